"""Does `digitcli serve` keep what is asked of it when many ask at once?

throughput: how many a second 32 connections of wrk get, beside `digitcli.read_many` on the same
cores and pictures, turn by turn. latency: what HTTP adds to one picture. connections: 1,000 at
once. tail: p99 at 80 % of the capacity, for a client that does not wait. slow: a client beside 500
that send a byte a second and ten that upload 100 MB, and the memory of all that. stop: SIGTERM at
work. soak: memory over half an hour. hostile: ordinary clients, memory, the log and SIGTERM beside
hostile files, broken HTTP and wrong documents. The last two only if they are named. Clients and
server share the machine.
Each picture's answer is compared with what `digitcli.read` says of the same bytes.

A line for each figure with what is asked of it; the exit code is 1 if one falls short. The last
line of stdout is the same data as one JSON document.

    python benchmarks/bench_serve.py --only throughput,tail --serve "--threads 1"
    python benchmarks/bench_serve.py --only soak --minutes 30 --json build/serve.json
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

from common import REPOSITORY, TEST_DATA, finish, names, parser_of, positive, refuse_unknown
from serving import crowds, speed, under_attack
from serving.rows import Row, line_of
from serving.task import Task

from digitcli.machine import conditions as machine

PARTS: dict[str, Callable[[Task], Iterator[Row]]] = {
    "throughput": speed.throughput,
    "latency": speed.latency,
    "connections": crowds.connections,
    "tail": speed.tail,
    "slow": crowds.slow,
    "stop": crowds.stop,
    "soak": crowds.soak,
    "hostile": under_attack.hostile,
}
USUAL = tuple(name for name in PARTS if name not in ("soak", "hostile"))


def main() -> None:
    """Measure what was asked for, print, end with the JSON document and the exit code."""
    parser = parser_of(__doc__)
    parser.add_argument("--only", type=names, default=USUAL, help=", ".join(PARTS))
    parser.add_argument("--serve", type=shlex.split, default=[], help="options for the server")
    parser.add_argument("--data", type=Path, default=TEST_DATA / "real", help="the real pictures")
    parser.add_argument("--turns", type=positive, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=positive, default=5, help="of a turn")
    parser.add_argument("--minutes", type=float, default=30, help="of soak, of hostile")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the document here too")
    options = parser.parse_args()
    refuse_unknown(parser, "--only", options.only, PARTS)
    if shutil.which("wrk") is None:
        parser.error("wrk is not installed: `apt-get install wrk`")
    print_conditions(options)
    with tempfile.TemporaryDirectory() as folder:
        task = Task(
            options.weights,
            tuple(options.serve),
            options.data,
            Path(folder),
            options.turns,
            options.seconds,
            options.minutes,
        )
        rows = []
        for name, part in PARTS.items():
            if name in options.only:
                for row in part(task):
                    rows.append(row)
                    print(line_of(row), flush=True)
    short = sum(not row.met for row in rows)
    print(f"{short} of {len(rows)} figures fall short")
    document = {
        "schema": "digitcli.bench.serve/1",
        "weights": options.weights,
        "serve": options.serve,
        "turns": options.turns,
        "seconds": options.seconds,
        "rows": [row.to_json() for row in rows],
    }
    finish(document, options.json)
    sys.exit(short > 0)


def print_conditions(options: argparse.Namespace) -> None:
    """What the figures are from."""
    here = machine.capture(checkout=REPOSITORY)
    print(
        f"{here.cpu}, {here.usable_cores} cores for server and clients, load {here.load}; digitcli "
        f"{here.digitcli}, commit {here.commit}; {options.turns} turns of {options.seconds} s\n"
        f"digitcli serve -w {options.weights} {shlex.join(options.serve)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
