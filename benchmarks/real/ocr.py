"""The same pictures to several programs: who reads more of them, and in less time?

A peer gets each set in the preparation and mode that is best for it on a sample of other pictures
(of the same ones, in its favour, where all are measured, and one of the pages):
as it is, or dark on light, enlarged and with a margin (a page: reduced). That work is not timed.
Times are those of whole processes in turns, the shortest of some rounds: with one picture, which
is the start-up, and with all; what the others add is the time of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from digitcli.bench.cold.coldstart import Launch

from . import sets
from .encodings import plain
from .readers import TESSERACT, Kind, ReaderProgram, Run, run
from .scores import Score, score
from .sets import Labelled
from .table import Row

SAMPLE = 30  # pictures to choose by
TIMED = 200  # pictures at least in a process, or the start-up's noise would be all; pages are long
AS_IT_IS = "as it is"
PREPARATIONS: dict[Kind, dict[str, int]] = {  # the height in pixels that it gets
    "digit": {"32 high": 32, "48 high": 48, "100 high": 100},
    "number": {"32 high": 32, "48 high": 48, "100 high": 100},
    "page": {"1,500 high": 1500},
}


@dataclass(frozen=True)
class Set:
    """Pictures to measure with, and a sample to choose by."""

    name: str
    kind: Kind
    light_ink: bool
    pictures: Sequence[Labelled]
    sample: Sequence[Labelled]


@dataclass(frozen=True)
class Result:
    """What one program made of one set; milliseconds for each picture, and to start."""

    set: str
    program: str
    how: str
    score: Score
    milliseconds: float
    cpu_milliseconds: float
    start_milliseconds: float
    start_cpu_milliseconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "score": vars(self.score)}


# The kind of each set, whether its ink is light, and where its pictures come from.
SETS: dict[str, tuple[Kind, bool, Callable[[Path], list[Labelled]]]] = {
    "scans": ("digit", False, lambda folder: sets.single_digits(folder / "scans")),
    "photo-cells": ("digit", False, lambda folder: sets.single_digits(folder / "photo-cells")),
    "usps": ("digit", True, lambda folder: sets.single_digits(folder / "usps")),
    "mnist": ("digit", True, lambda folder: sets.mnist_validation(1)),
    "cheques": ("number", False, lambda folder: sets.labelled(folder / "cheques")),
    "photo-pages": ("page", False, lambda folder: sets.labelled(folder / "photo-pages")),
}


def set_of(name: str, folder: Path, every: int) -> Set:
    """Each `every`-th picture of a set, and a sample of those between; pages are few, so all."""
    kind, light_ink, load = SETS[name]
    pictures = load(folder)
    if kind == "page":
        return Set(name, kind, light_ink, pictures, pictures[:1])
    between = pictures[every // 2 :: every]
    sample = between[:: max(1, len(between) // SAMPLE)][:SAMPLE]
    return Set(name, kind, light_ink, pictures[::every], sample)


def compare(
    chosen: Set, programs: Sequence[ReaderProgram], launch: Launch, rounds: int, folder: Path
) -> list[Result]:
    """All programs on one set, in turns."""
    folder.mkdir(parents=True)
    ways = [_best_way(program, chosen, launch, folder) for program in programs]
    lists = [
        _files(chosen, chosen.pictures, folder / program.name, preparation)
        for program, (preparation, _) in zip(programs, ways, strict=True)
    ]
    firsts = [_repeated(names, 1) for names in lists]
    if chosen.kind != "page":
        lists = [_repeated(names, max(TIMED, len(chosen.pictures))) for names in lists]
    short: list[list[Run]] = [[] for _ in programs]
    long: list[list[Run]] = [[] for _ in programs]
    for _ in range(rounds):
        for place, (program, (_, mode)) in enumerate(zip(programs, ways, strict=True)):
            short[place].append(run(program, launch, firsts[place], mode))
            long[place].append(run(program, launch, lists[place], mode))
    return [
        _result(chosen, program.name, ", ".join(reversed(way)), once, all_)
        for program, way, once, all_ in zip(programs, ways, short, long, strict=True)
    ]


def ahead(results: Sequence[Result]) -> Iterator[Row]:
    """How far the first program is before each other one; only Tesseract must be left behind."""
    ours, *others = results
    for other in others:
        name, count = f"{ours.set} / {other.program}", ours.score.pictures
        more = ours.score.digits - other.score.digits
        must = other.program == TESSERACT.name
        yield Row(name, "digits read more", more, count, 0.0 if must else None)
        times = other.cpu_milliseconds / ours.cpu_milliseconds
        yield Row(name, "times as fast", times, count, 1.0 if must else None, unit="x")
        start = other.start_cpu_milliseconds / ours.start_cpu_milliseconds
        yield Row(name, "times as fast to start", start, 1, 1.0 if must else None, unit="x")


def _best_way(program: ReaderProgram, chosen: Set, launch: Launch, folder: Path) -> tuple[str, str]:
    """The preparation and mode with which a program reads most digits of the sample."""
    modes = program.modes[chosen.kind]
    if not program.prepares:
        return AS_IT_IS, modes[0]
    wanted, best = [one.text for one in chosen.sample], {}
    for preparation in (AS_IT_IS, *PREPARATIONS[chosen.kind]):
        part = folder / f"{program.name}-sample-{preparation.replace(' ', '-')}"
        names = _files(chosen, chosen.sample, part, preparation)
        for mode in modes:
            found = score(wanted, run(program, launch, names, mode).texts)
            best[preparation, mode] = (found.digits, found.exact)
    return max(best, key=best.__getitem__)


def _files(chosen: Set, pictures: Sequence[Labelled], folder: Path, preparation: str) -> Path:
    """A list of the pictures as files, prepared."""
    folder.mkdir()
    names = []
    height = PREPARATIONS[chosen.kind].get(preparation)
    for number, picture in enumerate(pictures):
        source, path = picture.source, folder / f"{number}.png"
        if height is not None:
            _prepared(source, height, chosen.light_ink).save(path)
        elif isinstance(source, bytes):
            path = path.with_suffix(".pgm")
            path.write_bytes(source)
        else:
            path = source
        names.append(str(path))
    (folder / "list.txt").write_text("\n".join(names) + "\n")
    return folder / "list.txt"


def _repeated(names: Path, count: int) -> Path:
    """A list of `count` files: those that `names` lists, once more from the first on."""
    files = names.read_text().splitlines()
    longer = names.with_name(f"{count}.txt")
    longer.write_text("".join(f"{file}\n" for file in islice(cycle(files), count)))
    return longer


def _prepared(source: Path | bytes, height: int, light_ink: bool) -> Image.Image:
    """Grey, dark on light, so high, and a margin of a third of that in the tone of the paper."""
    grey = plain(source)
    if light_ink:
        grey = Image.eval(grey, lambda value: 255 - value)
    width = max(1, round(grey.width * height / grey.height))
    sized = grey.resize((width, height), Image.Resampling.BICUBIC)
    margin = height // 3
    paper = int(np.median(np.asarray(sized)))
    sheet = Image.new("L", (width + 2 * margin, height + 2 * margin), paper)
    sheet.paste(sized, (margin, margin))
    return sheet


def _result(chosen: Set, name: str, how: str, short: list[Run], long: list[Run]) -> Result:
    """The shortest of each."""
    more = max(len(long[0].texts) - 1, 1)
    start, end = (min(one.seconds for one in runs) for runs in (short, long))
    start_cpu, end_cpu = (min(one.cpu for one in runs) for runs in (short, long))
    wanted = [one.text for one in chosen.pictures]
    found = score(wanted, long[0].texts[: len(wanted)])
    each, each_cpu = (end - start) / more, (end_cpu - start_cpu) / more
    times = (1e3 * seconds for seconds in (each, each_cpu, start, start_cpu))
    return Result(chosen.name, name, how, found, *times)
