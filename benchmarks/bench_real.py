"""How well does `digitcli predict` read pictures that are not MNIST?

Sections, each a few rows: scans, cells and pages of phone photos, cheques and envelopes (the sets
of $DIGITCLI_TEST_DATA/real), one digit in sixteen encodings, pictures without digits, MNIST, and
Tesseract beside it all. Every row has its goal, where there is one, and says when it is missed;
the exit code is 0 all the same. The last line of stdout is the same data as one JSON document.

    python benchmarks/bench_real.py --every 10 --only scans,usps --weights runs/mine
    python benchmarks/bench_real.py --only scans --writers 0001_CH4M,0004_CH4M
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

from common import TEST_DATA, finish, names, parser_of, positive, refuse_unknown
from real import sets
from real.shows import SECTIONS, Task
from real.table import Row, print_table


def main() -> None:
    """Measure what was asked for, print, end with the JSON document."""
    parser = parser_of(__doc__)
    parser.add_argument("--data", type=Path, default=TEST_DATA / "real", help="the real pictures")
    parser.add_argument("--every", type=positive, default=1, metavar="N", help="each N-th picture")
    parser.add_argument("--only", type=names, default=tuple(SECTIONS), help=", ".join(SECTIONS))
    parser.add_argument("--writers", type=names, default=(), help="of scans, only theirs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the document here too")
    options = parser.parse_args()
    refuse_unknown(parser, "--only", options.only, SECTIONS)
    if options.writers:
        there = {one.writer for one in sets.labelled(options.data / "scans")}
        refuse_unknown(parser, "--writers", options.writers, there)
    task = Task(options.data, options.weights, options.every, options.writers)
    rows = print_table(measured(task, options.only))
    document = {
        "schema": "digitcli.bench.real/2",
        "weights": options.weights,
        "every": options.every,
        "writers": options.writers,
        "rows": [row.to_json() for row in rows],
    }
    finish(document, options.json)


def measured(task: Task, only: tuple[str, ...]) -> Iterator[Row]:
    """The rows of these sections, one after the other."""
    for name, section in SECTIONS.items():
        if name in only:
            yield from section(task)


if __name__ == "__main__":
    main()
