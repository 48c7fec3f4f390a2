"""One training set of several sources: drawn, printed or scanned digits, and pictures of none.

Pictures that are not 28 x 28 are normalised as `predict` does it, so that a network learns from
what it will be given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.catalog import CATALOG
from ...data.drawn.drawn_picture import NO_DIGIT
from ...data.splits import validation_split
from ...data.store import load_split
from ...errors import DataError, UsageError
from ...vision.labelled.division import is_own, to_learn
from ...vision.labelled.kinds import KINDS_IN_WORDS, read_labelled
from ...vision.labelled.pictures import LabelledPictures, sha256
from ..recipes import Recipe
from .sample import Images, Labels
from .sources import FORMER, SOURCES, drawn, gathered, is_drawn

Logits = Callable[[Images], npt.NDArray[np.float32]]

CHECKED = 500  # pictures of each drawn source to validate on
HELD_OUT = 0.1  # of the pictures of any other source, to validate on
REFUSED = 0.01  # share of the digits below the confidence that outliers are compared with

_LEARN, _CHECK, _ORDER = range(3)  # streams of random numbers
_GIVEN = 4  # their first number for folders and data sets; drawn sources have their place


@dataclass(frozen=True, eq=False)
class Part:
    """The pictures of one source: those to learn from, and others to validate on.

    Images uint8 (n, 28, 28), labels uint8 (n,), where 10 is no digit.
    """

    name: str
    images: Images
    labels: Labels
    check_images: Images
    check_labels: Labels
    writers: frozenset[str] = frozenset()  # whose pictures it has, to learn from or to validate on


@dataclass(frozen=True, eq=False)
class Mixture:
    """The sources that are learnt beside the data set."""

    parts: tuple[Part, ...] = ()

    def added_to(self, images: Images, labels: Labels) -> tuple[Images, Labels]:
        """The data set's pictures and labels, then those of every source."""
        if not self.parts:
            return images, labels
        return (
            np.concatenate([images, *(part.images for part in self.parts)]),
            np.concatenate([labels, *(part.labels for part in self.parts)]),
        )

    def identity(self) -> dict[str, Any]:
        """The sha256 of the bytes of each source, for `identity` of a run; empty without any."""
        hashes = {part.name: sha256(part.images, part.labels) for part in self.parts}
        return {"mixture": hashes} if hashes else {}

    def evaluate(self, logits: Logits, digits: Images) -> dict[str, Any]:
        """How well each source's validation pictures are read: plain JSON, by the source's name.

        For outliers `refused` is the share below the confidence that 1 % of `digits`, the data
        set's validation pictures, are below (None without those), and `confidence` the mean of the
        largest probability.
        """
        sure = _confidence(logits(digits))
        threshold = float(np.quantile(sure, REFUSED)) if len(sure) else None
        return {part.name: _evaluated(part, logits, threshold) for part in self.parts}


def mix(recipe: Recipe, count: int, note: Callable[[str], None]) -> Mixture:
    """Gather the sources of a recipe's mixture; shares are of `count` pictures.

    `note` is called with each source, and what it lacks on this machine, before it is drawn or
    read. The same recipe gives the same bytes with the same Pillow and fonts. Raises UsageError for
    an unknown source or writer, DataError for one that cannot be learnt from, MachineError
    where no font is installed.
    """
    _refuse_unknown(recipe.mixture)  # before the known ones take their time
    parts = []
    for name, share in recipe.mixture.items():
        wanted = round(share * count)
        verb = "drawing" if is_drawn(name) else "reading"
        note(f"{verb} {name}: {wanted:,} pictures{_lack(name)}")
        if is_drawn(name):
            parts.append(_drawn(name, wanted, recipe))
        else:
            parts.append(_given(name, wanted, recipe, note))
    _refuse_unknown_writers(recipe.without_writers, {w for part in parts for w in part.writers})
    return Mixture(tuple(parts))


def read_by_source(judged: dict[str, Any]) -> str:
    """The results of `Mixture.evaluate` in one line."""
    words = []
    for name, facts in judged.items():
        if "accuracy" in facts:
            words.append(f"{name} {100 * facts['accuracy']:.2f} % right of {facts['digits']}")
        if facts.get("refused") is not None:
            words.append(f"{name} {100 * facts['refused']:.1f} % refused of {facts['outliers']}")
    return "validation by source: " + (", ".join(words) or "nothing")


def is_source(name: str) -> bool:
    """Whether `name` is a drawn source, a file or a folder, and not a data set."""
    return is_drawn(name) or is_own(name)


def _drawn(name: str, wanted: int, recipe: Recipe) -> Part:
    """Pictures drawn for this run; those to validate on are the same for every seed."""
    number = SOURCES.index(name)
    learn = gathered(drawn(name, wanted, recipe.seed, number, _LEARN))
    check = gathered(drawn(name, CHECKED, recipe.validation_seed, number, _CHECK))
    return Part(name, *learn, *check)


def _given(name: str, wanted: int, recipe: Recipe, note: Callable[[str], None]) -> Part:
    """`wanted` pictures of a source or data set, repeated evenly where it has fewer."""
    found = _open(name)
    if said := found.account.in_words():
        note(f"{name}: {len(found.labels):,} pictures read; {said}")
    images, labels, check = found.images, found.labels, _held_out(found, recipe)
    learn = np.flatnonzero(~check)
    refuse_one_class(name, labels[learn])
    order = np.random.PCG64([recipe.seed, _GIVEN, _ORDER]).random_raw(len(learn))
    shuffled = learn[np.argsort(order, kind="stable")]
    chosen = np.resize(shuffled, wanted)
    writers = frozenset(found.writers.tolist())
    return Part(name, images[chosen], labels[chosen], images[check], labels[check], writers)


def _open(name: str) -> LabelledPictures:
    """The pictures of a source, or those of a data set to learn from."""
    if name in _data_sets():
        split = load_split(name, "train")
        nobody = np.full(len(split.labels), "")
        return LabelledPictures(Path(name), split.images, split.labels, nobody)
    return to_learn(read_labelled(name))


def _refuse_unknown(names: Collection[str]) -> None:
    known = [*SOURCES, *_data_sets()]
    for name in names:
        if name in FORMER and not is_own(name):
            raise UsageError(
                f"the source {name!r} is no more: networks read lines, and nothing cuts them",
                hint="leave it out of the mixture; the bundled weights that learnt from it stay",
            )
        if name not in known and not is_own(name):
            raise UsageError(
                f"unknown source {name!r} (choose from: {', '.join(known)}, or a path)",
                hint=KINDS_IN_WORDS,
            )


def _data_sets() -> list[str]:
    return [dataset.name for dataset in CATALOG]


def _held_out(found: LabelledPictures, recipe: Recipe) -> npt.NDArray[np.bool_]:
    """Which pictures are never learnt: those of `without_writers`, or else one in ten."""
    chosen = np.isin(found.writers, recipe.without_writers)
    if not chosen.any():
        count = round(HELD_OUT * len(found.labels))
        _, check = validation_split(found.labels, count, recipe.validation_seed)
        chosen[check] = True
    return chosen


def _refuse_unknown_writers(asked: Collection[str], there: set[str]) -> None:
    """Refuse a misspelt name: the run would learn from that writer."""
    if strangers := sorted(set(asked) - there):
        known = ", ".join(sorted(there - {""}))
        raise UsageError(
            f"without_writers: no source has a writer {strangers[0]!r}",
            hint=f"there are {known}" if known else "a folder's labels.csv names them",
        )


def refuse_one_class(name: str, labels: Collection[int]) -> None:
    """Raise DataError unless `labels` name at least two different digits."""
    if len(classes := np.unique(np.asarray(labels))) < 2:
        found = f"every label is {classes[0]}" if len(classes) else "no picture is left"
        raise DataError(f"{name}: {found}, expected at least two different digits to learn")


def _lack(name: str) -> str:
    """What a source lacks on this machine, in words."""
    from ...data.drawn.fonts import missing

    if name not in ("fonts", "outliers") or not (absent := missing()):
        return ""
    return f" (without {', '.join(absent)}, which the extra `fonts` installs)"


def _evaluated(part: Part, logits: Logits, threshold: float | None) -> dict[str, Any]:
    answers, digits = logits(part.check_images), part.check_labels != NO_DIGIT
    facts: dict[str, Any] = {"learnt": len(part.labels), "n": len(part.check_labels)}
    if digits.any():
        right = answers[digits].argmax(axis=1) == part.check_labels[digits]
        facts |= {"digits": int(digits.sum()), "accuracy": float(right.mean())}
    if not digits.all():
        sure = _confidence(answers[~digits])
        refused = None if threshold is None else float((sure < threshold).mean())
        facts |= {
            "outliers": int((~digits).sum()),
            "confidence": float(sure.mean()),
            "refused": refused,
        }
    return facts


def _confidence(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The largest probability of each picture, float64 (n,)."""
    scaled = logits.astype(np.float64)
    scaled -= scaled.max(axis=1, keepdims=True, initial=-np.inf)
    confidence: npt.NDArray[np.float64] = 1 / np.exp(scaled).sum(axis=1)
    return confidence
