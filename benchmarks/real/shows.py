"""What is asked of `digitcli predict` beside whole numbers: rows, section by section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from digitcli.errors import DigitError
from digitcli.evaluation.alignment import StringAnswer
from digitcli.evaluation.strings import StringMetrics, measure_strings
from digitcli.inference.networks import Networks
from digitcli.model.thresholds import threshold_for
from digitcli.vision.look import Mode
from digitcli.vision.reader import LEAST, Reader
from digitcli.vision.reading import Reading

from . import refusal, sets
from .encodings import encodings_of, file_of, plain
from .grid import outside
from .peer import Peer
from .scores import read, score
from .sets import Labelled
from .table import Row
from .whole import SETS, Measured, answer_of, measure, together

ENCODED = 100  # numbers, and digits of MNIST, however many pictures are left out
SURE = 0.9  # confidence of the numbers that every encoding must leave as they are
NO_DIGIT = ("blank", "not a digit")
RISK, RISK_ASKED = 0.02, 0.015  # largest shares of wrong answers: by default, and with 1 % asked


@dataclass(frozen=True)
class Task:
    """What to measure: each `every`-th picture below `folder`, of `writers` (none: of all)."""

    folder: Path
    weights: str
    every: int = 1
    writers: tuple[str, ...] = ()
    mode: Mode = "auto"
    threads: int = 2
    peer: Peer | None = None
    done: dict[str, Measured] = field(default_factory=dict)

    @cached_property
    def networks(self) -> Networks:
        """These weights, and the bundled ones for what they do not read."""
        return Networks(self.weights.split(","))

    @cached_property
    def reader(self) -> Reader:
        """As `digitcli predict`."""
        return Reader.of(self.networks, threads=self.threads, mode=self.mode)

    def measured(self, name: str) -> Measured:
        """The results on a set, measured once."""
        if name not in self.done:
            pictures = SETS[name].load(self.folder)
            if name == "scans" and self.writers:
                pictures = [one for one in pictures if one.writer in self.writers]
            chosen = pictures if name in ("photo-pages", "hsf") else pictures[:: self.every]
            self.done[name] = measure(name, chosen, self.reader, self.peer)
        return self.done[name]


def writers(task: Task) -> Iterator[Row]:
    """How the writers of the scans differ."""
    found = task.measured("scans")
    count, right = Counter(one.writer for one in found.pictures), Counter[str]()
    for picture, reading in zip(found.pictures, found.readings, strict=True):
        right[picture.writer] += reading.text == picture.text
    shares = {writer: right[writer] / count[writer] for writer in sorted(count)}
    for writer, share in shares.items():
        yield Row("scans", f"writer {writer}", share, count[writer])
    worst = min(shares, key=shares.__getitem__)
    yield Row("scans", "worst writer", shares[worst], count[worst], 0.96, note=worst)


def strokes(task: Task) -> Iterator[Row]:
    """Strokes that mean "no score"; cells without a digit, and with several small ones."""
    drawn, blank = _strokes(task), _cells(task, "blank")
    yield _share(task, "scores", "strokes answered", drawn, _is_answered, 0.0, at_most=True)
    yield _share(task, "photo-cells", "blank: no digit", blank, _has_none, 1.0)
    several = _cells(task, "candidates")
    name = "candidates: one sure digit"
    yield _share(task, "photo-cells", name, several, _is_sure_single, 0.05, at_most=True)


def pages(task: Task) -> Iterator[Row]:
    """Digits read outside the grids of photographed pages."""
    found = task.measured("photo-pages")
    pairs = zip(found.pictures, found.readings, strict=True)
    counts = [outside(picture.text, reading) for picture, reading in pairs]
    note = ", ".join(map(str, counts)) + " on each page"
    share = sum(counts) / max(1, sum(len(one.digits) for one in found.readings))
    yield Row("photo-pages", "digits outside the grid", share, len(counts), 0.0, True, note=note)


def risk(task: Task) -> Iterator[Row]:
    """Wrong ones among the answers to all real pictures, and how many are answered."""
    answers = [*_real(task), *_without_number(task)]
    yield from _risk("default threshold", measure_strings(answers, task.reader.least), RISK)
    longer = [answer for answer in answers if len(answer.digits) > 1]
    if longer:  # most pictures show one digit, and hide these
        found = measure_strings(longer, task.reader.least)
        yield from _risk("default threshold", found, None, "of them numbers")
    try:
        least = max(
            threshold_for(one.weights.trained, 0.01, task.weights, LEAST).confidence
            for one in (task.networks.digit, task.networks.line)
        )
    except DigitError as error:
        print(f"--target-error 1% left out: {error}")
        return
    yield from _risk("--target-error 1%", measure_strings(answers, least), RISK_ASKED)


def encodings(task: Task) -> Iterator[Row]:
    """The same text, whatever the file format."""
    numbers = sets.labelled(task.folder / "cheques") + sets.labelled(task.folder / "fields/marks")
    for name, pictures in (("numbers", numbers), ("MNIST", sets.mnist_validation(1))):
        some = pictures[:: max(1, len(pictures) // (2 * ENCODED))]
        sure = [one for one in some if (task.reader.read(one.source).confidence or 0.0) > SURE]
        yield same_texts(task.reader, name, [plain(one.source) for one in sure[:ENCODED]])


def same_texts(reader: Reader, name: str, pictures: Sequence[Image.Image]) -> Row:
    """How many of the encodings of all pictures (mode L) say what the plain PNG says."""
    wanted, files, names = [], [], []
    for picture in pictures:
        plain = reader.read(file_of(picture, "PNG")).text
        for encoding, file in encodings_of(picture).items():
            wanted.append(plain)
            files.append(file)
            names.append(encoding)
    answers = [reading.text for reading in reader.read_many(files)]
    pairs = zip(names, wanted, answers, strict=True)
    wrong = Counter(encoding for encoding, plain, answer in pairs if answer != plain)
    note = ", ".join(f"{encoding} {count}" for encoding, count in wrong.most_common())
    share = 1 - wrong.total() / len(files)
    return Row(f"encodings of {name}", "same text", share, len(files), 1.0, note=note)


def refused(task: Task) -> Iterator[Row]:
    """Pictures without digits, at the confidence that 1 % of the real numbers do not reach."""
    answers = _real(task)
    least = float(np.quantile([answer.confidence or 0.0 for answer in answers], 0.01))
    yield from refusal.rows(task.reader, least, max(20, refusal.COUNT // task.every))


def mnist(task: Task) -> Iterator[Row]:
    """The test set as files, and the validation split, which may choose what the test may not."""
    for name, pictures, goal in (
        ("MNIST test", sets.mnist_test()[:: task.every], 0.997),
        ("MNIST validation", sets.mnist_validation(task.every), None),
    ):
        readings, time = read(task.reader, pictures)
        found = score([one.text for one in pictures], [reading.text for reading in readings])
        yield Row(name, "digits", found.exact, len(pictures), goal, milliseconds=time)


SECTIONS: dict[str, Callable[[Task], Iterator[Row]]] = {
    "writers": writers,
    "strokes": strokes,
    "pages": pages,
    "risk": risk,
    "encodings": encodings,
    "refusal": refused,
    "mnist": mnist,
}


def _strokes(task: Task) -> list[Labelled]:
    """The strokes that mean "no score"; they are few, so all."""
    return [one for one in sets.labelled(task.folder / "fields/scores") if not one.text]


def _cells(task: Task, text: str) -> list[Labelled]:
    """Cells of photos that are "blank", or hold small "candidates"."""
    cells = sets.labelled(task.folder / "photo-cells")
    return [cell for cell in cells if cell.text == text][:: task.every]


def _real(task: Task) -> list[StringAnswer]:
    """The answers to all real numbers."""
    return together(task.measured(name) for name in SETS if not SETS[name].drawn)


def _without_number(task: Task) -> list[StringAnswer]:
    """The answers to strokes and blank cells: any digit is wrong."""
    pictures = [one._replace(text="") for one in (*_strokes(task), *_cells(task, "blank"))]
    readings = task.reader.read_many(one.source for one in pictures)
    return [answer_of(*pair) for pair in zip(pictures, readings, strict=True)]


def _share(
    task: Task,
    name: str,
    measure: str,
    pictures: Sequence[Labelled],
    is_so: Callable[[Reading], bool],
    goal: float,
    *,
    at_most: bool = False,
) -> Row:
    """How many of the pictures are read so."""
    readings, time = read(task.reader, pictures)
    share = sum(map(is_so, readings)) / len(readings)
    return Row(name, measure, share, len(readings), goal, at_most, milliseconds=time)


def _risk(
    measure: str, found: StringMetrics, goal: float | None, name: str = "all real pictures"
) -> Iterator[Row]:
    note = f"confidence {found.least:.4g} or more"
    wrong, n = found.wrong.value or 0.0, found.wrong.n
    yield Row(name, f"wrong, {measure}", wrong, n, goal, True, note=note)
    yield Row(name, f"answered, {measure}", found.answered.value or 0.0, found.n)


def _has_none(reading: Reading) -> bool:
    return reading.answer in NO_DIGIT


def _is_answered(reading: Reading) -> bool:
    return reading.answer == "digits"


def _is_sure_single(reading: Reading) -> bool:
    return reading.answer == "digits" and len(reading.text) == 1
