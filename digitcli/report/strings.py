"""How well numbers are read, for people: a table for the terminal, rows of CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TextIO

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..evaluation.alignment import StringAnswer
from ..evaluation.strings import NOTHING, DigitScore, Share, StringMetrics
from .kit.format import percent
from .kit.text import brief, encodable, visible

COLUMNS = "file", "label", "text", "written", "confidence", "exact", "edits", "error"

_WORST = 10  # pictures
_CONFUSIONS = 8
_NAME = 32  # columns of a file's name


def render(metrics: StringMetrics, title: str) -> RenderableType:
    """The output of `digitcli eval` under the line `title`, at most 80 columns wide."""
    parts: list[RenderableType] = [Text(title), headline(metrics), Text(), length_table(metrics)]
    if metrics.confusions():
        parts += [Text(), confusion_table(metrics)]
    if metrics.worst:
        parts += [Text(), worst_table(metrics)]
    return Group(*parts)


def headline(metrics: StringMetrics) -> Text:
    """Exact numbers, digits, and what is answered with how many errors: a line each."""
    exact, digits, answered = metrics.exact, metrics.digits, metrics.answered
    lines = [
        Text.assemble(
            ("exact    ", "bold"),
            (_percent(exact.value), "bold green"),
            f"   95 % interval {_interval(exact)}   {exact.n - exact.count:,} wrong of {exact.n:,}",
        ),
        Text.assemble(
            ("digits   ", "bold"),
            (_percent(digits.accuracy), "bold green"),
            f"   95 % interval {_interval(digits)}   {digits.edits:,} edits, {digits.n:,} digits",
        ),
        Text(
            f"         {metrics.substitutions:,} substituted, {metrics.insertions:,} inserted, "
            f"{metrics.deletions:,} missed"
        ),
        Text.assemble(
            ("answered ", "bold"),
            (_percent(answered.value), "bold"),
            f"   {metrics.wrong.count:,} of {answered.count:,} wrong"
            f" ({percent(metrics.wrong.value)}), confidence {metrics.least:g} or more",
        ),
    ]
    if metrics.written is not None:
        lines.append(_written(metrics.written))
    if metrics.unreadable:
        lines.append(Text(f"{len(metrics.unreadable):,} could not be read", "red"))
    return Text("\n").join(lines)


def length_table(metrics: StringMetrics) -> Table:
    """A row for each length of a label, in digits."""
    table = _table("by length", "digits", "pictures", "exact", "95 % interval", "digits right")
    for score in metrics.by_length:
        name = score.name if score.digits else "none"
        cells = percent(score.exact.value), _interval(score.exact), percent(score.score.accuracy)
        table.add_row(name, f"{score.exact.n:,}", *cells)
    return table


def confusion_table(metrics: StringMetrics) -> Table:
    """The most frequent edits."""
    table = _table("most frequent confusions", "digit", "read as", "times", "of")
    for truth, read, count in metrics.confusions()[:_CONFUSIONS]:
        total = int(metrics.confusion[truth].sum())
        of = "" if truth == NOTHING else f"{total:,}"
        table.add_row(_sign(truth, "nothing"), _sign(read, "missed"), f"{count:,}", of)
    return table


def worst_table(metrics: StringMetrics) -> Table:
    """Up to ten pictures read wrongly, the most confident first."""
    count = len(metrics.worst)
    shown = f"{_WORST} of {count:,}" if count > _WORST else f"{count}"
    table = _table(f"wrong, most confident first ({shown})")
    table.add_column("file", overflow="fold")
    table.add_column("label", overflow="fold")
    table.add_column("read as", overflow="fold")
    table.add_column("confidence", justify="right")
    for index in metrics.worst[:_WORST]:
        answer = metrics.answers[index]
        sure = "-" if answer.confidence is None else percent(answer.confidence)
        table.add_row(Text(_name(answer.file)), _label(answer), _read(answer), sure)
    return table


def write_rows(stream: TextIO, metrics: StringMetrics) -> None:
    """CSV with a row for each picture; line feeds in texts become slashes."""
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_rows(metrics))


def _rows(metrics: StringMetrics) -> Iterator[list[object]]:
    for answer in metrics.answers:
        sure = "" if answer.confidence is None else f"{answer.confidence:.6g}"
        texts = (_one_line(text) for text in (answer.label, answer.text, answer.written or ""))
        found = [encodable(answer.file), *texts, sure]
        yield [*found, int(answer.exact), answer.edits, encodable(answer.error)]


def _table(title: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right")
    return table


def _percent(share: float | None) -> str:
    return f"{percent(share):>8}"


def _interval(score: Share | DigitScore) -> str:
    if score.interval is None:
        return "-"
    low, high = score.interval
    return f"{100 * low:.2f} to {100 * high:.2f} %"


def _written(share: Share) -> Text:
    return Text.assemble(
        ("written  ", "bold"),
        (_percent(share.value), "bold"),
        f"   separators right too: {share.count:,} of {share.n:,} labels that have them",
    )


def _sign(digit: int, nothing: str) -> str:
    return nothing if digit == NOTHING else str(digit)


def _name(file: str) -> str:
    """A file's name without its middle, if it is long: the end tells files apart."""
    name = visible(file)
    return name if len(name) <= _NAME else f"{name[: _NAME // 3]}...{name[3 - 2 * _NAME // 3 :]}"


def _label(answer: StringAnswer) -> Text:
    return Text(_one_line(answer.label)) if answer.label else Text("no number", "dim")


def _read(answer: StringAnswer) -> Text:
    if answer.error:
        return Text(brief(answer.error.removeprefix(f"{answer.file}: ")), "red")
    return Text(_one_line(answer.text)) if answer.text else Text("nothing", "dim")


def _one_line(text: str) -> str:
    return text.replace("\n", " / ")
