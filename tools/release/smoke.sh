#!/usr/bin/env bash
# smoke.sh WHEEL [PYTHON]: install WHEEL as a user does, in a new virtual environment with no compiler
# on PATH, and run tests/smoke on it, outside the source tree.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
wheel=$(realpath "$1")
place=$(mktemp -d)
trap '/bin/rm -rf "$place"' EXIT

"${2:-python3}" -m venv "$place/venv"
export PATH=$place/venv/bin  # nothing else: no compiler, CMake or make
started=$EPOCHREALTIME
python -m pip install --quiet --disable-pip-version-check --only-binary :all: "$wheel"
printf 'installed in %d ms\n' "$(((${EPOCHREALTIME/[.,]/} - ${started/[.,]/}) / 1000))"
python -m pip install --quiet --disable-pip-version-check --only-binary :all: pytest

/bin/mkdir "$place/tests"
/bin/cp -r "$root/tests/smoke" "$place/tests/smoke"
/bin/cp -r "$root/samples" "$place/samples"
cd "$place"
python -m pytest -q tests/smoke
for _ in 1 2 3; do
  started=$EPOCHREALTIME
  digitcli predict samples/seven.png --json >answer
  printf 'digitcli predict: %d ms\n' "$(((${EPOCHREALTIME/[.,]/} - ${started/[.,]/}) / 1000))"
done
