"""Measure how well a network reads labelled pictures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..arguments import checked
from ..errors import UsageError
from ..model.zoo import DEFAULT
from ..signs import MODES, Mode
from .choices import check_choice, data_named
from .evaluated import EvaluatedDigits, EvaluatedNumbers

if TYPE_CHECKING:
    from ..evaluation.alignment import StringAnswer
    from ..evaluation.ensemble import Predict, Predictor
    from ..model.weights import Weights
    from ..vision.reader import Reader
    from ..vision.sheet.labels import Label


Names: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@checked
def evaluate(
    weights: Names = DEFAULT,
    data: str | os.PathLike[str] | None = None,
    *,
    split: Literal["train", "test"] | None = None,
    writers: Sequence[str] = (),
    digits: Literal["one", "many", "auto"] | None = None,
    engine: Literal["cpp", "tensorflow"] = "cpp",
    threads: int | None = None,
    tta: bool = False,
    reliability: str | os.PathLike[str] | None = None,
    note: Callable[[str], None] | None = None,
) -> EvaluatedDigits | EvaluatedNumbers:
    """Read labelled pictures and compare: a data set, or a source of one's own.

    Options mean what they mean to `digitcli eval`. Several `weights` are asked together: the mean
    of their probabilities. `data` is MNIST by default; of networks for other classes, what they
    learnt; `split` None is the test part where there is one, else all of a source. Labels of a
    folder may be numbers of any length; then, and with
    `digits`, pictures are read as `read` does. `reliability` is where a reliability diagram is
    drawn. `note` is told what was left out, and how a part was made.

    Raises UsageError for an impossible option, DataError for labels or pictures that cannot be
    used, ModelError for weights that are none, MachineError without TensorFlow where it is asked.
    """
    check_choice("engine", engine, ("cpp", "tensorflow"))
    if split is not None:
        check_choice("split", split, ("train", "test"))
    if digits is not None:
        check_choice("digits", digits, MODES)
    names = [weights] if isinstance(weights, (str, os.PathLike)) else list(weights)
    members = tuple(os.fspath(name) for name in names)
    if not members:
        raise UsageError("there are no weights to evaluate")
    if reliability is not None:
        from ..report.kit.plots import check

        check(Path(reliability), "--reliability")
    single = {
        "--engine tensorflow": engine == "tensorflow",
        "several --weights": len(members) > 1,
        "--tta": tta,
        "--reliability": reliability is not None,
    }
    named = data_named(members[0], data)
    wanted = _Numbers(members, named, tuple(writers), digits, threads or 0, single)
    if _has_numbers(wanted):
        return _numbers(wanted)
    how = _How(engine, threads, tta, split, note or _unheard)
    found = _digits(wanted, how)
    if reliability is not None:
        from ..report.reliability import draw

        draw(found.to_dict()["calibration"], found.title, Path(reliability))
    return found


@dataclass(frozen=True)
class _How:
    """How single digits are classified."""

    engine: str
    threads: int | None
    tta: bool
    split: str | None
    note: Callable[[str], None]


def _digits(wanted: _Numbers, how: _How) -> EvaluatedDigits:
    """Classify single digits."""
    from ..evaluation.evaluate import evaluate as run
    from ..vision.labelled.division import load_part

    predictor, isa = _together(how.engine, wanted.weights, how.threads, how.tta)
    learnt = _learnt(wanted.weights, wanted.data)
    pictures, account, chosen = load_part(wanted.data, how.split, wanted.writers, learnt)
    for text in filter(None, (chosen and f"{pictures.split}: {chosen}", account.in_words())):
        how.note(f"{wanted.data}: {text}")
    return EvaluatedDigits(
        run(predictor, pictures),
        wanted.weights,
        wanted.data,
        pictures.split,
        how.engine,
        isa,
        how.tta,
        account,
    )


@dataclass(frozen=True)
class _Numbers:
    """What is asked for where pictures are read as numbers; `single`: options that cannot be."""

    weights: tuple[str, ...]
    data: str
    writers: tuple[str, ...]
    digits: Mode | None
    threads: int
    single: dict[str, bool]


def _has_numbers(wanted: _Numbers) -> bool:
    """Whether the data is a folder whose pictures are to be read as numbers.

    Raises UsageError for `digits` with a data set, DataError for a list that cannot be read.
    """
    from ..vision.labelled.division import is_own
    from ..vision.sheet.folder import labels_of, lists_pictures

    if not is_own(wanted.data) or not lists_pictures(Path(wanted.data)):
        if wanted.digits is not None:
            raise UsageError(f"{wanted.data}: --digits is for a folder of pictures")
        return False
    if wanted.digits is not None:
        return True
    return any(not label.is_digit for label in labels_of(Path(wanted.data))[1])


def _learnt(weights: tuple[str, ...], data: str) -> int | None:
    """The seed by which a run kept test pictures of a source of one's own, if it learnt from it."""
    from ..evaluation.quantization import validation_of
    from ..model.weights import find_weights, load_weights
    from ..vision.labelled.division import is_own

    for name in weights if is_own(data) else ():
        found = load_weights(find_weights(name))
        about = found.trained.get("data")
        if isinstance(about, dict) and about.get("name") == data:
            return validation_of(found, 1)[1]
    return None


def _unheard(text: str) -> None:
    """Nobody listens."""


def _numbers(wanted: _Numbers) -> EvaluatedNumbers:
    """Read every picture of a folder."""
    for name, given in wanted.single.items():
        if given:
            raise UsageError(f"{name}: is for pictures of single digits")
    listed, labels = _labels(wanted)
    from ..evaluation.strings import measure_strings
    from ..inference.networks import Networks
    from ..vision.reader import Reader

    networks, mode = Networks(wanted.weights), wanted.digits or "auto"
    reader = Reader.of(networks, threads=wanted.threads, mode=mode)
    start = time.perf_counter()
    metrics = measure_strings(_answers(reader, listed.parent, labels), reader.least)
    seconds = time.perf_counter() - start
    isa = networks.digit.isa
    names = tuple(networks.names.values()) if mode != "one" else wanted.weights
    return EvaluatedNumbers(metrics, wanted.weights, wanted.data, mode, isa, seconds, names)


def _labels(wanted: _Numbers) -> tuple[Path, list[Label]]:
    """The list and its rows, of the chosen writers alone."""
    from ..vision.sheet.folder import labels_of
    from ..vision.sheet.labels import check_files, check_numbers

    listed, labels = labels_of(Path(wanted.data))
    check_numbers(listed, labels)
    check_files(listed, labels)
    there = sorted({label.writer for label in labels} - {""})
    if unknown := sorted(set(wanted.writers) - set(there)):
        raise UsageError(
            f"{wanted.data}: no writer {unknown[0]!r}",
            f"its writers are {', '.join(there)}" if there else "it names no writers",
        )
    chosen = wanted.writers
    return listed, [label for label in labels if not chosen or label.writer in chosen]


def _answers(reader: Reader, folder: Path, labels: list[Label]) -> Iterator[StringAnswer]:
    """What is read of each picture, beside its label."""
    from ..evaluation.alignment import StringAnswer

    readings = reader.read_many(folder / label.file for label in labels)
    for label, reading in zip(labels, readings, strict=True):
        yield StringAnswer(
            label.text,
            reading.text,
            reading.confidence,
            reading.written,
            label.file,
            "" if reading.error is None else str(reading.error),
        )


def _together(
    engine: str, weights: tuple[str, ...], threads: int | None, tta: bool
) -> tuple[Predictor, str | None]:
    """The predictor of all `weights`, and the C++ engine's instruction set."""
    if engine == "tensorflow" and threads is not None:
        raise UsageError(
            "--threads is for the C++ engine; TensorFlow chooses its own",
            hint="set TF_NUM_INTRAOP_THREADS, or leave --threads away",
        )
    from ..evaluation.ensemble import ensemble, over_shifts

    make = _cpp if engine == "cpp" else _tensorflow
    members = [make(name, threads or 0) for name in weights]
    all_of_them = ensemble([predictor for predictor, _ in members])
    return over_shifts(all_of_them) if tta else all_of_them, members[0][1]


def _cpp(name: str, threads: int) -> tuple[Predictor, str | None]:
    from ..evaluation.ensemble import engine_predictor
    from ..inference.engine import load

    engine = load(name)
    return engine_predictor(engine, threads), engine.isa


def _tensorflow(name: str, threads: int) -> tuple[Predictor, str | None]:
    from ..evaluation.ensemble import Predictor
    from ..inference.prediction import Prediction
    from ..model.weights import find_weights, load_weights
    from ..training.network import predictor

    def at(weights: Weights) -> Predict:
        probabilities = predictor(weights)
        return lambda images: Prediction(probabilities(images), names=classes)

    weights = load_weights(find_weights(name))
    temperature, classes = weights.temperature, weights.spec.classes
    plain = at(replace(weights, temperature=1.0)) if temperature != 1 else None
    return Predictor(at(weights), (temperature,), plain, classes), None
