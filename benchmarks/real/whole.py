"""How well whole numbers are read on each set of real pictures, beside RapidOCR."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitcli.evaluation.alignment import StringAnswer
from digitcli.evaluation.strings import StringMetrics, measure_strings
from digitcli.vision.reader import Reader
from digitcli.vision.reading import Reading

from . import sets
from .combs import combs
from .peer import Peer
from .readers import Kind
from .scores import read
from .sets import Labelled

SAMPLE = 30  # pictures by which a peer's mode is chosen
_FIRST_LINE = ", first line"
FIRST = f"detect{_FIRST_LINE}"  # in a peer's favour: a picture of one number has no other lines
PEER_MOST = 1_000  # pictures of a set that a peer reads: it is slow


@dataclass(frozen=True)
class NumberSet:
    """A set of pictures, and the least shares that are wanted of it; None: nothing is.

    `wrong` is the largest share of all pictures that may be answered wrongly.
    """

    kind: Kind
    load: Callable[[Path], list[Labelled]]
    exact: float | None = None
    digits: float | None = None
    wrong: float | None = None
    drawn: bool = False  # by the project, so not one of the real pictures


SETS: dict[str, NumberSet] = {
    "cheques": NumberSet("number", lambda folder: sets.labelled(folder / "cheques"), 0.86, 0.96),
    "marks": NumberSet("number", lambda folder: sets.labelled(folder / "fields/marks"), 0.97),
    "scores": NumberSet("number", lambda folder: sets.numbers(folder / "fields/scores"), 0.96),
    "hsf": NumberSet("number", lambda folder: sets.labelled(folder / "fields/hsf"), 1.0),
    "registers": NumberSet(
        "number", lambda folder: sets.labelled(folder / "fields/registers"), 0.85, wrong=0.03
    ),
    "photo-pages": NumberSet(
        "page", lambda folder: sets.labelled(folder / "photo-pages"), digits=0.98
    ),
    "photo-cells": NumberSet(
        "digit", lambda folder: sets.single_digits(folder / "photo-cells"), 0.993
    ),
    "usps": NumberSet("digit", lambda folder: sets.single_digits(folder / "usps"), 0.99),
    "scans": NumberSet("digit", lambda folder: sets.single_digits(folder / "scans"), 0.985),
    "combs": NumberSet("number", lambda folder: combs(), 0.97, drawn=True),
}


@dataclass(frozen=True, eq=False)
class Measured:
    """What was read of a set, by us and, with its mode, by a peer."""

    name: str
    pictures: Sequence[Labelled]
    readings: Sequence[Reading]
    ours: StringMetrics
    milliseconds: float  # for each picture
    theirs: StringMetrics | None = None
    mode: str = ""

    @property
    def goals(self) -> NumberSet:
        """What is wanted."""
        return SETS[self.name]

    def missed(self) -> list[str]:
        """The measures whose goal is missed."""
        wanted, found = self.goals, self.ours
        wrong = found.wrong.count / found.n
        misses = {
            "exact": wanted.exact is not None and (found.exact.value or 0.0) < wanted.exact,
            "digits": wanted.digits is not None and (found.digits.accuracy or 0.0) < wanted.digits,
            "wrong": wanted.wrong is not None and wrong > wanted.wrong,
        }
        return [name for name, is_missed in misses.items() if is_missed]

    def to_json(self) -> dict[str, Any]:
        """Both results without single pictures, and what is wanted."""
        goals = {name: getattr(self.goals, name) for name in ("exact", "digits", "wrong")}
        peer = self.theirs and {"mode": self.mode, **self.theirs.to_json(worst=0)}
        return {
            "set": self.name,
            "goals": goals,
            "missed": self.missed(),
            "digitcli": self.ours.to_json(worst=10),
            "rapidocr": peer,
            "milliseconds": self.milliseconds,
        }


def measure(name: str, pictures: Sequence[Labelled], reader: Reader, peer: Peer | None) -> Measured:
    """Let both read the pictures, as they are."""
    readings, time = read(reader, pictures)
    answers = [answer_of(*pair) for pair in zip(pictures, readings, strict=True)]
    ours = measure_strings(answers, reader.least)
    if peer is None:
        return Measured(name, pictures, readings, ours, time)
    some = _spread(pictures, PEER_MOST)
    mode = _best_mode(peer, some, SETS[name].kind)
    return Measured(name, pictures, readings, ours, time, _theirs(peer, some, mode), mode)


def answer_of(picture: Labelled, reading: Reading) -> StringAnswer:
    """What was read beside what is there."""
    name = picture.source.name if isinstance(picture.source, Path) else ""
    error = "" if reading.error is None else str(reading.error)
    written = reading.written
    return StringAnswer(picture.text, reading.text, reading.confidence, written, name, error)


def together(found: Iterable[Measured]) -> list[StringAnswer]:
    """All answers to real pictures."""
    return [answer for one in found if not one.goals.drawn for answer in one.ours.answers]


def _best_mode(peer: Peer, pictures: Sequence[Labelled], kind: Kind) -> str:
    """The mode that reads most of a sample, because the detector takes long."""
    modes = [*peer.modes[kind], *([FIRST] if kind == "number" else [])]
    if len(modes) == 1:
        return modes[0]
    sample = _spread(pictures, SAMPLE)
    found = {mode: _theirs(peer, sample, mode) for mode in modes}
    return max(modes, key=lambda mode: (found[mode].exact.count, -found[mode].digits.edits))


def _spread(pictures: Sequence[Labelled], most: int) -> Sequence[Labelled]:
    """At most so many of the pictures, evenly spread."""
    return pictures[:: -(-len(pictures) // most)]


def _theirs(peer: Peer, pictures: Sequence[Labelled], mode: str) -> StringMetrics:
    texts = peer.read([picture.source for picture in pictures], mode.removesuffix(_FIRST_LINE))
    if mode.endswith(_FIRST_LINE):
        texts = [text.partition("\n")[0] for text in texts]
    pairs = zip(pictures, texts, strict=True)
    return measure_strings(StringAnswer(one.text, text, 1.0) for one, text in pairs)


HEAD = (
    f"{'set':<13}{'pictures':>8}{'exact':>8}{'goal':>6}{'digits':>8}{'goal':>6}{'answered':>10}"
    f"{'wrong':>9}{'ms':>7}  {'RapidOCR: exact':>15}{'digits':>8}  mode"
)


def line_of(found: Measured) -> str:
    """One line of the table."""
    ours, goals = found.ours, found.goals
    peer = ""
    if found.theirs is not None:
        shares = found.theirs.exact.value, found.theirs.digits.accuracy
        part = f" of {found.theirs.n:,}" if found.theirs.n < ours.n else ""
        peer = f"  {_percent(shares[0]):>15}{_percent(shares[1]):>8}  {found.mode}{part}"
    missed = "".join(f"  {name} MISSED" for name in found.missed())
    return (
        f"{found.name:<13}{ours.n:>8,}{_percent(ours.exact.value):>8}{_goal(goals.exact):>6}"
        f"{_percent(ours.digits.accuracy):>8}{_goal(goals.digits):>6}"
        f"{_percent(ours.answered.value):>10}{_percent(ours.wrong.value):>9}"
        f"{found.milliseconds:>7.1f}{peer}{missed}"
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}%"


def _goal(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.4g}"
