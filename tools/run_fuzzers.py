"""Fuzz every target for a while, and print one table: runs, speed, edges covered, crashes.

`tools/run_fuzzers.py FOLDER [TARGET ...]`: FOLDER has the programs that CMake builds with
DIGITCLI_FUZZ; what the fuzzers find is kept there in corpus/ and crashes/. A crash file makes it
fail. `--merge` writes the fewest files that cover as much to tests/fuzz/corpus instead, one archive
for each target: they are many, and tiny.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
COMMITTED = REPOSITORY / "tests" / "fuzz" / "corpus"
PYTHON_FUZZER = REPOSITORY / "tests" / "fuzz" / "python_fuzzer.py"
PYTHON_TARGETS = ("idx_python", "weights")
TARGETS = (
    *("idx", "gzip", "picture", "line", "find", "ctc", "float32", "int8"),
    *PYTHON_TARGETS,
)
LONGEST = {"picture": 2048, "idx_python": 8192, "weights": 8192}  # bytes of an input; else 1024
TIMEOUT = 10  # seconds of one run: under the sanitizers and on a busy machine
MEMORY = 2048  # MiB of a process, with the sanitizers' own


@dataclass(frozen=True)
class Outcome:
    """What one fuzzer says at its end."""

    target: str
    runs: int
    per_second: int
    edges: int
    crashes: tuple[Path, ...]


def command_of(folder: Path, target: str) -> list[str | Path]:
    """The program of a target, without options."""
    if target in PYTHON_TARGETS:
        return [sys.executable, PYTHON_FUZZER, f"--target={target}"]
    return [folder / f"digitcli-fuzz-{target}"]


def fuzz(folder: Path, target: str, seconds: int) -> Outcome:
    """Run one fuzzer, from the committed corpus and what was found before."""
    found, crashes = folder / "corpus" / target, folder / "crashes"
    for place in (found, crashes):
        place.mkdir(parents=True, exist_ok=True)
    before = set(crashes.iterdir())
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST.get(target, 1024)}",
        f"-timeout={TIMEOUT}",
        f"-rss_limit_mb={MEMORY}",
        f"-artifact_prefix={crashes}/{target}-",
        "-len_control=20",
        "-print_final_stats=1",
    ]
    log = folder / f"{target}.log"
    with log.open("w") as file:
        subprocess.run(
            [*command_of(folder, target), *options, found, unpacked(folder, target)],
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    text = log.read_text(errors="replace")
    own = set(crashes.glob(f"{target}-*")) - before  # others may be fuzzed at the same time
    kept = tuple(sorted(path for path in own if "slow-unit" not in path.name))
    stopped = not re.search(r"^Done \d+ runs", text, re.MULTILINE)
    return Outcome(
        target,
        number(text, r"stat::number_of_executed_units: +(\d+)"),
        number(text, r"stat::average_exec_per_sec: +(\d+)"),
        number(text, r"cov: (\d+)"),
        kept or ((log,) if stopped else ()),
    )


def number(text: str, pattern: str) -> int:
    """The last number that a log has at this place, 0 without one."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def unpacked(folder: Path, target: str) -> Path:
    """A folder with the committed files of a target."""
    seeds = folder / "seeds" / target
    shutil.rmtree(seeds, ignore_errors=True)
    seeds.mkdir(parents=True)
    archive = COMMITTED / f"{target}.tar.xz"
    if archive.exists():
        with tarfile.open(archive) as file:
            file.extractall(seeds, filter="data")
    return seeds


def merge(folder: Path, target: str) -> int:
    """Commit the fewest files that cover as much as all there are; the archive's size in bytes."""
    made = folder / "merged" / target
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    options = ["-set_cover_merge=1", f"-timeout={TIMEOUT}", "-rss_limit_mb=4096"]
    places = [made, unpacked(folder, target), folder / "corpus" / target]
    log = folder / f"{target}-merge.log"
    with log.open("w") as file:
        command = [*command_of(folder, target), *options, *places]
        subprocess.run(command, check=True, stdout=file, stderr=subprocess.STDOUT)
    files = sorted(made.iterdir())
    if not files:
        raise SystemExit(f"{target}: nothing came of it, see {log}")
    COMMITTED.mkdir(parents=True, exist_ok=True)
    archive = COMMITTED / f"{target}.tar.xz"
    with tarfile.open(archive, "w:xz") as packed:
        for number, path in enumerate(files):
            info = tarfile.TarInfo(str(number))  # dated 1970: the same files are the same archive
            info.size = path.stat().st_size
            with path.open("rb") as file:
                packed.addfile(info, file)
    return archive.stat().st_size


def table(outcomes: list[Outcome]) -> str:
    """The outcomes in columns."""
    rows = [f"{'target':<12}{'runs':>12}{'runs/s':>9}{'edges':>8}{'crashes':>9}"]
    for one in outcomes:
        rows.append(
            f"{one.target:<12}{one.runs:>12,}{one.per_second:>9,}{one.edges:>8,}"
            f"{len(one.crashes):>9}"
        )
    rows += [f"kept: {path}" for one in outcomes for path in one.crashes]
    return "\n".join(rows)


def main() -> int:
    """Fuzz or merge; 1 if anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--merge", action="store_true")
    options = parser.parse_intermixed_args()  # targets may stand behind options
    targets = options.targets or TARGETS
    if unknown := set(targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}, choose from {', '.join(TARGETS)}")
    folder = options.folder.resolve()
    if options.merge:
        for target in targets:
            print(f"{target}: {merge(folder, target)} bytes", flush=True)
        return 0
    outcomes = []
    for target in targets:
        print(f"{target}: {options.seconds} s", file=sys.stderr, flush=True)
        outcomes.append(fuzz(folder, target, options.seconds))
    print(table(outcomes))
    return int(any(one.crashes for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
