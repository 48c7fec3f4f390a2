"""Does `digitcli predict` read more digits than other programs, and in less time?

Beside it: Tesseract (digits only, its best page mode, many pictures for each start) and RapidOCR,
a neural OCR whose PyPI wheel holds its weights. The pictures are those of `make real`. How they
are prepared for whom, and how time is taken: real/ocr.py. Every program has one thread. The last
line of stdout is the same data as one JSON document.

    python benchmarks/bench_ocr.py --every 5 --only scans,cheques
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

from common import TEST_DATA, finish, names, parser_of, positive, refuse_unknown
from real.ocr import SETS, Result, ahead, compare, set_of
from real.readers import PEERS, one_thread, ours
from real.table import print_table

from digitcli.bench.cold.coldstart import Launcher

HEAD = (
    f"{'set':<13}{'program':<11}{'pictures':>8}{'exact':>8}{'digits':>8}{'ms':>9}{'CPU':>9}{'start':>9}"
    f"{'CPU':>7}  how"
)


def main() -> None:
    """Let all programs read, print, end with the JSON document."""
    parser = parser_of(__doc__)
    parser.add_argument("--data", type=Path, default=TEST_DATA / "real", help="the real pictures")
    parser.add_argument("--every", type=positive, default=20, metavar="N", help="each N-th picture")
    parser.add_argument("--only", type=names, default=tuple(SETS), help=", ".join(SETS))
    parser.add_argument("--rounds", type=positive, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the document here too")
    options = parser.parse_args()
    refuse_unknown(parser, "--only", options.only, SETS)
    programs = [ours(options.weights), *(peer for peer in PEERS if peer.is_there())]
    for peer in PEERS:
        if not peer.is_there():
            print(f"{peer.name} is not installed, so left out: {peer.install}")
    print(HEAD)
    one_thread()
    results, rows = [], []
    with tempfile.TemporaryDirectory() as folder, Launcher() as launch:
        for name in options.only:
            chosen = set_of(name, options.data, options.every)
            found = compare(chosen, programs, launch, options.rounds, Path(folder) / name)
            for result in found:
                print(line_of(result), flush=True)
            results += found
            rows += ahead(found)
    print()
    print_table(rows)
    document = {
        "schema": "digitcli.bench.ocr/1",
        "weights": options.weights,
        "every": options.every,
        "programs": {program.name: program.version() for program in programs},
        "results": [result.to_json() for result in results],
        "rows": [row.to_json() for row in rows],
    }
    finish(document, options.json)


def line_of(result: Result) -> str:
    """One line of the table."""
    score = result.score
    return (
        f"{result.set:<13}{result.program:<11}{score.pictures:>8}{score.exact:>8.1%}"
        f"{score.digits:>8.1%}{result.milliseconds:>9.2f}{result.cpu_milliseconds:>9.2f}"
        f"{result.start_milliseconds:>9.0f}{result.start_cpu_milliseconds:>7.0f}  {result.how}"
    )


if __name__ == "__main__":
    main()
