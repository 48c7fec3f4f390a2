"""Progress of `digitcli batch` in a log."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from rich.console import Console

from digitcli.report.batch import BatchReport, summary


@dataclass
class Batch:
    shards: list[str]
    passed_over: list[str] = field(default_factory=list)
    parts: int = 0
    rows: int = 0
    errors: int = 0
    earlier_rows: int = 0


def test_a_log_has_the_plan_and_the_end():
    stream = io.StringIO()
    batch = Batch(
        ["a", "b", "c"], ["x.txt", "[red].md", "y", "z"], parts=1, rows=10, earlier_rows=10
    )
    with BatchReport(Console(file=stream, width=60)) as report:
        report.on_plan(batch)
        report.on_workers(2)
        batch.parts, batch.rows = 2, 20
        report.on_done(batch)
        batch.parts, batch.rows = 3, 5000
        report.on_done(batch)

    lines = stream.getvalue().splitlines()
    assert lines[:4] == [
        "3 shards; parts that are there already: 1",
        "4 files of other kinds: x.txt, [red].md, y, ...",
        "Ray starts ...",
        "2 workers",
    ]
    assert [line.partition(" pictures")[0] for line in lines[4:]] == ["3/3 shards  5,000"]


def test_nothing_left_to_do_starts_nothing():
    stream = io.StringIO()
    with BatchReport(Console(file=stream)) as report:
        report.on_plan(Batch(["a"], parts=1))

    assert stream.getvalue() == "1 shard; parts that are there already: 1\n"


def test_the_summary_is_one_line_with_the_name_as_it_is():
    text = summary(Batch(["a"], parts=1, rows=12345), "[out]")

    assert text.plain == "[out]: 12,345 pictures in 1 part"
