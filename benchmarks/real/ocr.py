"""The same pictures to several programs: who reads more of them, and in less time?

A peer gets each set in the preparation and mode that is best for it on a sample of other pictures:
as it is, or dark on light, enlarged and with a margin (a page: reduced). That work is not timed.
Times are those of whole processes in turns, the shortest of some rounds: with one picture, which
is the start-up, and with all; what the others add is the time of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from digitcli.bench.coldstart import Launch

from . import sets
from .encodings import plain
from .readers import Kind, ReaderProgram, Run, run
from .scores import Score, score
from .sets import Labelled
from .table import Row

SAMPLE = 30  # pictures to choose by
AS_IT_IS = "as it is"
PREPARATIONS: dict[Kind, dict[str, int]] = {  # the height in pixels that it gets
    "digit": {"32 high": 32, "48 high": 48, "100 high": 100},
    "number": {"32 high": 32, "48 high": 48, "100 high": 100},
    "page": {"1,500 high": 1500},
}


@dataclass(frozen=True)
class Set:
    """Pictures to measure with, others to choose by, and whether their ink is light."""

    name: str
    kind: Kind
    pictures: Sequence[Labelled]
    others: Sequence[Labelled]
    light_ink: bool = False


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

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "score": vars(self.score)}


def all_sets(folder: Path, every: int) -> Iterator[Set]:
    """Each `every`-th picture of the sets, and a sample of those between."""
    digits = {name: sets.single_digits(folder / name) for name in ("scans", "photo-cells", "usps")}
    for name, pictures in digits.items():
        yield _parted(name, "digit", pictures, every, light_ink=name == "usps")
    yield _parted("MNIST validation", "digit", sets.mnist_validation(1), every, light_ink=True)
    yield _parted("cheques", "number", sets.labelled(folder / "cheques"), every)
    pages = sets.labelled(folder / "photo-pages")
    yield Set("photo-pages", "page", pages, pages[:1])


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
    firsts = [_first_of(names) for names in lists]
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
    """How far the first program is before each other one: digits read, time, start-up."""
    ours, *others = results
    for other in others:
        name, count = f"{ours.set} / {other.program}", ours.score.pictures
        more = ours.score.digits - other.score.digits
        yield Row(name, "digits read more", more, count, 0.0)
        times = other.milliseconds / ours.milliseconds
        yield Row(name, "times as fast", times, count, 1.0, unit="x")
        start = other.start_milliseconds / ours.start_milliseconds
        yield Row(name, "times as fast to start", start, 1, 1.0, unit="x")


def _parted(
    name: str, kind: Kind, pictures: Sequence[Labelled], every: int, light_ink: bool = False
) -> Set:
    """Pictures to measure with; the sample stands between them, where any do."""
    between = pictures[every // 2 :: every]
    return Set(name, kind, pictures[::every], _some(between), light_ink)


def _some(pictures: Sequence[Labelled]) -> Sequence[Labelled]:
    return pictures[:: max(1, len(pictures) // SAMPLE)][:SAMPLE]


def _best_way(program: ReaderProgram, chosen: Set, launch: Launch, folder: Path) -> tuple[str, str]:
    """The preparation and mode with which a program reads most digits of the sample."""
    modes = program.modes[chosen.kind]
    if not program.prepares:
        return AS_IT_IS, modes[0]
    wanted, best = [one.text for one in chosen.others], {}
    for preparation in (AS_IT_IS, *PREPARATIONS[chosen.kind]):
        part = folder / f"{program.name}-sample-{preparation.replace(' ', '-')}"
        names = _files(chosen, chosen.others, part, preparation)
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


def _first_of(names: Path) -> Path:
    """A list of the first file alone."""
    first = names.with_name("first.txt")
    first.write_text(names.read_text().partition("\n")[0] + "\n")
    return first


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
    more = len(chosen.pictures) - 1
    start = min(one.seconds for one in short)
    wall = (min(one.seconds for one in long) - start) / max(more, 1)
    cpu = (min(one.cpu for one in long) - min(one.cpu for one in short)) / max(more, 1)
    found = score([one.text for one in chosen.pictures], long[0].texts)
    return Result(chosen.name, name, how, found, 1e3 * wall, 1e3 * cpu, 1e3 * start)
