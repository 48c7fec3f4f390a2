"""What is asked of `digitcli predict` on each set: rows, section by section."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from digitcli.bench.cold.coldstart import Launcher
from digitcli.inference.engine import Engine, load
from digitcli.vision.files.decode import decode_pixels
from digitcli.vision.normalize import normalize_ink
from digitcli.vision.page import prepare
from digitcli.vision.reader import Reader
from digitcli.vision.reading import Reading
from digitcli.vision.seen import Mode

from . import ocr, refusal, sets
from .encodings import encodings_of, file_of, plain
from .readers import TESSERACT, one_thread, ours
from .scores import read, score
from .sets import Labelled
from .table import Row

ENCODED = 100  # digits of a set, however many pictures are left out
OCR_EVERY = 20  # at least: Tesseract is slow
NO_DIGIT = ("blank", "not a digit")


@dataclass(frozen=True)
class Task:
    """What to measure: each `every`-th picture below `folder`, of `writers` (none: of all)."""

    folder: Path
    weights: str
    every: int = 1
    writers: tuple[str, ...] = ()

    @cached_property
    def network(self) -> Engine:
        """The engine with these weights."""
        return load(self.weights)

    def reader(self, mode: Mode) -> Reader:
        """As `digitcli predict --digits MODE --threads 1`."""
        return Reader(self.network, mode=mode)

    @cached_property
    def mnist_test(self) -> tuple[list[Labelled], list[Reading], float]:
        """All of MNIST's test pictures and what is read, which two sections ask for."""
        pictures = sets.mnist_test()
        return pictures, *read(self.reader("auto"), pictures)


def scans(task: Task) -> Iterator[Row]:
    """Digits, and how the writers differ."""
    pictures = sets.single_digits(task.folder / "scans", task.writers)[:: task.every]
    readings = yield from _digits(task, "scans", 0.96, pictures)
    count, right = Counter(one.writer for one in pictures), Counter[str]()
    for picture, reading in zip(pictures, readings, strict=True):
        right[picture.writer] += reading.text == picture.text
    shares = {writer: right[writer] / count[writer] for writer in sorted(count)}
    for writer, share in shares.items():
        yield Row("scans, auto", f"writer {writer}", share, count[writer])
    worst = min(shares, key=shares.__getitem__)
    yield Row("scans, auto", "worst writer", shares[worst], count[worst], 0.9, note=worst)


def photo_cells(task: Task) -> Iterator[Row]:
    """Cells with a digit, cells without, and cells with several small ones."""
    folder = task.folder / "photo-cells"
    digits = sets.single_digits(folder)[:: task.every]
    yield from _digits(task, "photo-cells", 0.96, digits)
    cells = sets.labelled(folder)
    for mode in ("one", "auto"):
        for text, measure, goal, at_most in (
            ("blank", "blank: no digit", 0.99, False),
            ("candidates", "candidates: a sure digit", 0.05, True),
        ):
            pictures = [cell for cell in cells if cell.text == text][:: task.every]
            readings, time = read(task.reader(mode), pictures)
            is_so = _has_none if text == "blank" else _is_sure_single
            share = sum(map(is_so, readings)) / len(readings)
            name = f"photo-cells, {mode}"
            yield Row(name, measure, share, len(readings), goal, at_most, milliseconds=time)


def usps(task: Task) -> Iterator[Row]:
    """Digits of 16 x 16 pixels."""
    pictures = sets.single_digits(task.folder / "usps")[:: task.every]
    yield from _digits(task, "usps", 0.965, pictures)


def cheques(task: Task) -> Iterator[Row]:
    """Numbers; the rules and weights of the scoring were chosen on the even cheques."""
    pictures = sets.labelled(task.folder / "cheques")
    halves = {"even": pictures[::2], "odd": pictures[1::2]}
    for mode in ("many", "auto"):
        for half, chosen in halves.items():
            chosen = chosen[:: task.every]
            readings, time = read(task.reader(mode), chosen)
            found = score(_texts(chosen), [reading.text for reading in readings])
            name = f"cheques, {half}, {mode}"
            count = found.pictures
            yield Row(name, "exact", found.exact, count, 0.7, milliseconds=time)
            yield Row(name, "digits by edit distance", found.digits, count, 0.92)
    for half, chosen in halves.items():
        yield _boxed(task, f"cheques, {half}, boxes", chosen[:: task.every])


def photo_pages(task: Task) -> Iterator[Row]:
    """Whole photos of 12 megapixels; there are few, so none is left out."""
    pictures = sets.labelled(task.folder / "photo-pages")
    for mode in ("many", "auto"):
        readings, time = read(task.reader(mode), pictures)
        found = score(_texts(pictures), [reading.text for reading in readings])
        name = f"photo-pages, {mode}"
        yield Row(
            name, "digits by edit distance", found.digits, len(pictures), 0.9, False, "%", time
        )


def encodings(task: Task) -> Iterator[Row]:
    """The same label, whatever the file format."""
    scanned = sets.single_digits(task.folder / "scans")
    for name, pictures in (("scans", scanned), ("MNIST", sets.mnist_validation(1))):
        chosen = pictures[:: max(1, len(pictures) // ENCODED)][:ENCODED]
        yield same_labels(task.reader("auto"), name, [plain(one.source) for one in chosen])


def same_labels(reader: Reader, name: str, pictures: Sequence[Image.Image]) -> Row:
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
    return Row(f"encodings of {name}", "same label", share, len(files), 1.0, note=note)


def refused(task: Task) -> Iterator[Row]:
    """Pictures without digits, at the confidence that 1 % of MNIST's test digits do not reach."""
    _, readings, _ = task.mnist_test
    least = float(np.quantile([reading.confidence or 0.0 for reading in readings], 0.01))
    yield from refusal.rows(task.reader("auto"), least, max(20, refusal.COUNT // task.every))


def mnist(task: Task) -> Iterator[Row]:
    """The test set as files, and the validation split, which may choose what the test may not."""
    pictures, readings, time = task.mnist_test
    found = score(_texts(pictures), [reading.text for reading in readings])
    yield Row("MNIST test, auto", "digits", found.exact, len(pictures), 0.996, False, "%", time)
    pictures = sets.mnist_validation(task.every)
    readings, time = read(task.reader("auto"), pictures)
    found = score(_texts(pictures), [reading.text for reading in readings])
    yield Row("MNIST validation, auto", "digits", found.exact, len(pictures), milliseconds=time)


def tesseract(task: Task) -> Iterator[Row]:
    """More digits than Tesseract, in less time; benchmarks/bench_ocr.py has the numbers of both."""
    if not TESSERACT.is_there():
        print(f"tesseract is not installed, so left out: {TESSERACT.install}")
        return
    one_thread()
    programs = [ours(task.weights), TESSERACT]
    with tempfile.TemporaryDirectory() as folder, Launcher() as launch:
        for name in ocr.SETS:
            chosen = ocr.set_of(name, task.folder, max(OCR_EVERY, task.every))
            yield from ocr.ahead(ocr.compare(chosen, programs, launch, 2, Path(folder) / name))


SECTIONS: dict[str, Callable[[Task], Iterator[Row]]] = {
    "scans": scans,
    "photo-cells": photo_cells,
    "cheques": cheques,
    "usps": usps,
    "photo-pages": photo_pages,
    "encodings": encodings,
    "refusal": refused,
    "mnist": mnist,
    "ocr": tesseract,
}


def _digits(
    task: Task, name: str, goal: float, pictures: Sequence[Labelled]
) -> Generator[Row, None, list[Reading]]:
    """Pictures of one digit each in both modes; returns what was read in that which decides."""
    for mode in ("one", "auto"):
        readings, time = read(task.reader(mode), pictures)
        found = score(_texts(pictures), [reading.text for reading in readings])
        row = f"{name}, {mode}"
        yield Row(row, "digits", found.exact, found.pictures, goal, False, "%", time)
    return readings


def _boxed(task: Task, name: str, pictures: Sequence[Labelled]) -> Row:
    """What each box of a prepared picture holds, as one digit."""
    wanted, normalized = "", []
    for picture in pictures:
        page = prepare(decode_pixels(picture.source))
        height, width = page.ink.shape or ()
        for left, top, wide, tall in picture.boxes:
            x, y = max(left, 0), max(top, 0)
            found = normalize_ink(page, (x, y, min(wide, width - x), min(tall, height - y)))
            normalized.append(np.zeros((28, 28), np.uint8) if found is None else found.picture)
        wanted += picture.text
    read = task.network.predict(np.stack(normalized)).classes
    found = score(list(wanted), [str(digit) for digit in read])
    return Row(name, "digits", found.exact, found.pictures, 0.94)


def _texts(pictures: Sequence[Labelled]) -> list[str]:
    return [picture.text for picture in pictures]


def _has_none(reading: Reading) -> bool:
    return reading.answer in NO_DIGIT


def _is_sure_single(reading: Reading) -> bool:
    return reading.answer == "digits" and len(reading.text) == 1
