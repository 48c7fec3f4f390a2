"""How well does `digitcli predict` read pictures that are not MNIST?

First a table of the sets of $DIGITCLI_TEST_DATA/real, with what RapidOCR reads of the same
pictures where it is installed (`make ocr`; its answers are kept in .cache/real). "answered" is the
share at the default threshold, "wrong" the share of the answered that is not exact. Then rows: the
writers, strokes and cells without a number, the risk on all sets together, sixteen encodings,
pictures without digits, MNIST. What misses its goal says so; the exit code is 0 all the same. The
last line of stdout is the same data as one JSON document.

    python benchmarks/bench_real.py --every 10 --only cheques,usps --weights runs/mine
    python benchmarks/bench_real.py --only scans,writers --writers 0001_CH4M,0004_CH4M
    python benchmarks/bench_real.py --answers build/answers --json build/real.json --peer none
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

from common import TEST_DATA, finish, names, parser_of, positive, refuse_unknown
from real import sets
from real.peer import Peer
from real.readers import RAPIDOCR
from real.shows import SECTIONS, Task
from real.table import Row, print_table
from real.whole import HEAD, SETS, Measured, line_of

from digitcli.files import atomic_write
from digitcli.report.strings import write_rows
from digitcli.signs import MODES


def main() -> None:
    """Measure what was asked for, print, end with the JSON document."""
    parser = parser_of(__doc__)
    known = (*SETS, *SECTIONS)
    parser.add_argument("--data", type=Path, default=TEST_DATA / "real", help="the real pictures")
    parser.add_argument("--every", type=positive, default=1, metavar="N", help="each N-th picture")
    parser.add_argument("--only", type=names, default=known, help=", ".join(known))
    parser.add_argument("--writers", type=names, default=(), help="of scans, only theirs")
    parser.add_argument("--digits", choices=MODES, default="auto")
    parser.add_argument("--threads", type=positive, default=2, help="pictures at a time")
    parser.add_argument("--peer", choices=("rapidocr", "none"), default="rapidocr")
    parser.add_argument("--answers", type=Path, metavar="FOLDER", help="write a CSV for each set")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the document here too")
    options = parser.parse_args()
    refuse_unknown(parser, "--only", options.only, known)
    if options.writers:
        there = {one.writer for one in sets.labelled(options.data / "scans")}
        refuse_unknown(parser, "--writers", options.writers, there)
    task = Task(
        options.data,
        options.weights,
        options.every,
        options.writers,
        options.digits,
        options.threads,
        _peer(options.peer),
    )
    tables = print_sets(task, options.only, options.answers)
    sections = set(options.only) & set(SECTIONS)
    rows = print_table(rows_of(task, sections)) if sections else []
    document = {
        "schema": "digitcli.bench.real/3",
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "weights": options.weights,
        "digits": options.digits,
        "every": options.every,
        "writers": options.writers,
        "rapidocr": task.peer and task.peer.version,
        "sets": tables,
        "rows": [row.to_json() for row in rows],
    }
    finish(document, options.json)


def _peer(name: str) -> Peer | None:
    if name == "none":
        return None
    if RAPIDOCR.is_there():
        return Peer()
    print(f"{RAPIDOCR.name} is not installed, so left out: {RAPIDOCR.install}")
    return None


def print_sets(task: Task, only: Iterable[str], answers: Path | None) -> list[dict[str, Any]]:
    """Print each line of the table as soon as it is there; all of them, for the document."""
    print(HEAD)
    found = []
    for name in SETS:
        if name in only:
            measured = task.measured(name)
            print(line_of(measured), flush=True)
            found.append(measured.to_json())
            if answers is not None:
                _write(answers / f"{name}.csv", measured)
    missed = sum(bool(one["missed"]) for one in found)
    print(f"{missed} of {len(found)} sets miss a goal\n")
    return found


def _write(path: Path, measured: Measured) -> None:
    import io

    text = io.StringIO()
    write_rows(text, measured.ours)
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())


def rows_of(task: Task, only: Iterable[str]) -> Iterator[Row]:
    """The rows of the other sections, one after the other."""
    for name, section in SECTIONS.items():
        if name in only:
            yield from section(task)


if __name__ == "__main__":
    main()
