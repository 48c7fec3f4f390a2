"""Fuzz a Python reader by Atheris.

`python_fuzzer.py --target=NAME [libFuzzer's options and folders]`. libFuzzer passes over options
with two dashes, and has the shell call this again with all of them when it merges.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["digitcli.data", "digitcli.model"]):
    from fuzz.mutators import MUTATORS
    from fuzz.python_targets import TARGETS, traced


def main() -> None:
    """Run libFuzzer, which ends the process."""
    sys.argv[0] = f"{sys.executable} {sys.argv[0]}"
    name = sys.argv[1].removeprefix("--target=")
    target, mutator = TARGETS[name], MUTATORS[name]

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        return mutator(data, atheris.Mutate, most, random.Random(seed))[:most]

    atheris.Setup(sys.argv, target, custom_mutator=mutated)
    with traced():
        atheris.Fuzz()


if __name__ == "__main__":
    main()
