"""Ask for known vulnerabilities of what digitcli and each of its extras would install today.

    python tools/release/audit.py [EXTRA...]

pip finds the versions, without installing them; pip-audit asks PyPI for each. Prints a line for the
core and for each extra. Exits with 1 if there is a vulnerability, with 2 if it could not ask for
every package: that is no pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


class CannotAskError(Exception):
    """pip or pip-audit did not answer for every package; the message is the last that it said."""


def main() -> int:
    """Audit the extras that are named, else all of them; the exit code."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    wanted = sys.argv[1:] or ["core", *extras]
    found = 0
    try:
        for name in wanted:
            more = [] if name == "core" else extras[name]
            pins = pins_of([*project["dependencies"], *more])
            known = vulnerabilities(pins)
            found += len(known)
            said = ", ".join(known) or "no known vulnerability"
            print(f"{name:<12} {len(pins):>4} packages   {said}", flush=True)
    except CannotAskError as error:
        print(f"{name}: not audited: {error}", file=sys.stderr)
        print("this needs pypi.org with its vulnerabilities", file=sys.stderr)
        return 2
    return 1 if found else 0


def pins_of(requirements: list[str]) -> list[str]:
    """NAME==VERSION of all that pip would install for these."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    report = _output([*command, "--quiet", "--report", "-", *requirements])
    entries = [entry["metadata"] for entry in json.loads(report)["install"]]
    return sorted(f"{entry['name']}=={entry['version']}" for entry in entries)


def vulnerabilities(pins: list[str]) -> list[str]:
    """NAME VERSION ID of each that is known. Raises CannotAskError if one is not answered."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pins))
        file.flush()
        command = [sys.executable, "-m", "pip_audit", "--strict", "--no-deps", "--disable-pip"]
        text = _output([*command, "--format", "json", "--requirement", file.name], codes=(0, 1))
    return [
        f"{package['name']} {package['version']} {one['id']}"
        for package in json.loads(text)["dependencies"]
        for one in package["vulns"]
    ]


def _output(command: list[str], codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in codes or not done.stdout.strip():
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise CannotAskError(lines[-1])
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
