"""How a network is trained: every setting of a preset, `--set` or a config file.

Pure Python, so that a recipe can be checked before TensorFlow is loaded.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Literal

from ..errors import ModelError, UsageError
from ..model.frozen import dataclass
from ..model.settings import refuse_unknown, setting
from .augmentation import Augmentation, augmentation_from_table
from .lengths import Length, lengths_from_table
from .mixture.shares import mixture_from_table

_INNER = {"augmentation": augmentation_from_table, "mixture": mixture_from_table}
_LISTS = ("teachers", "without_writers")


@dataclass(frozen=True)
class Recipe:
    """One training run, apart from its network and its data.

    Exactly one of `epochs` and `steps` says how long. `validation` pictures are split off the
    training set, by class and `validation_seed` (so that runs of several seeds can be compared and
    averaged); 0 trains on everything. `test_every_epoch` computes the test accuracy after each
    epoch in `test_chunks` chunks, as the notebook's source does. `average` is the factor per step
    of an exponential average of the weights, which is then tested and exported. `momentum` is
    Nesterov's for SGD, `beta2` Adam's. `precision` is that of the products. `teachers` are weights
    (names, files, folders of `train --seeds`) whose mean probabilities are `teacher_share` of the
    target; the labels are the rest. `mixture` says how many pictures of each further source are
    learnt, as a share of the data set's own; those of `without_writers` are left out of its
    folders; of a network that reads lines, how many of them each source writes. Such a network
    learns `drawn` lines an epoch, drawn for it. Pictures that show no digit count `outlier_weight`
    times in the loss. `start` names weights to go on from, in place of random ones. `earlier` are
    the lengths of a run that was made longer: until its step, each says how the schedule goes.
    Raises ModelError naming the setting that is wrong.
    """

    optimizer: Literal["adam", "adamw", "muon", "sgd"] = setting(
        "adamw", "what changes the weights"
    )
    learning_rate: float = setting(0.001, "step size, or its peak")
    schedule: Literal["constant", "cosine", "one_cycle"] = setting(
        "constant", "how the step size goes over the run"
    )
    momentum: float = setting(0.0, "of `sgd`, as Nesterov's")
    beta2: float = setting(0.999, "of `adam`, `adamw` and `muon`'s Adam part")
    weight_decay: float = setting(0.0, "pull of the weights to zero; not with `adam`")
    label_smoothing: float = setting(0.0, "share of the target that is spread over all digits")
    average: float = setting(
        0.0,
        "factor a step of an exponential average of the weights, which is tested and saved; "
        "0: none",
    )
    precision: Literal["float32", "bfloat16"] = setting(
        "float32", "of the products; weights and sums stay float32"
    )
    teachers: tuple[str, ...] = setting(
        (),
        "weights (names, files, folders of `train --seeds`) whose mean probabilities "
        "are learnt too",
    )
    teacher_share: float = setting(
        0.9, "how much of the target the teachers make up; the labels are the rest"
    )
    mixture: dict[str, float] = setting(
        dict, "further sources, and how many pictures of each for one of the data set"
    )
    without_writers: tuple[str, ...] = setting(
        (), "writers whose pictures are left out of folders in the mixture"
    )
    outlier_weight: float = setting(1.0, "how much a picture without a digit counts in the loss")
    batch_size: int = setting(128, "learnt from in each step", "pictures")
    epochs: int | None = setting(
        None, "passes over the data; give either this or `steps`", "epochs"
    )
    steps: int | None = setting(None, "optimizer steps; give either this or `epochs`", "steps")
    validation: int = setting(
        5_000, "split off the training set, or lines drawn, to validate on; 0: none", "pictures"
    )
    drawn: int = setting(
        0, "drawn for each epoch, of networks that read or find lines", "lines or pages"
    )
    test_every_epoch: bool = setting(False, "also test after each epoch")
    test_chunks: int = setting(100, "in how many parts that test goes")
    start: str = setting(
        "", "weights to go on from: a name, a file or a run folder; empty: random ones"
    )
    seed: int = setting(0, "of first weights, order, augmentation and dropout")
    validation_seed: int = setting(
        0, "which pictures are split off; the same for all seeds of a comparison"
    )
    earlier: tuple[Length, ...] = setting(
        (),
        "lengths that the run was asked for before it was made longer, and the step until which "
        "each held",
    )
    augmentation: Augmentation = setting(
        Augmentation, "largest random changes of a training picture"
    )

    def __post_init__(self) -> None:
        if (self.epochs is None) == (self.steps is None):
            raise ModelError("training: give either epochs or steps")
        _choice("optimizer", self.optimizer, ("adam", "adamw", "muon", "sgd"))
        _choice("schedule", self.schedule, ("constant", "cosine", "one_cycle"))
        _choice("precision", self.precision, ("float32", "bfloat16"))
        _number("learning_rate", self.learning_rate, 1e-9, 10)
        _number("momentum", self.momentum, 0, 0.9999)
        _number("beta2", self.beta2, 0, 0.999999)
        _number("weight_decay", self.weight_decay, 0, 1)
        _words("teachers", self.teachers, "weight files or names")
        _words("without_writers", self.without_writers, "names")
        _number("outlier_weight", self.outlier_weight, 0, 100)
        _number("teacher_share", self.teacher_share, 0, 1)
        _number("average", self.average, 0, 0.999999)
        _number("label_smoothing", self.label_smoothing, 0, 0.9)
        _whole("batch_size", self.batch_size, 1, 1_000_000)
        _whole("validation", self.validation, 0, 10_000_000)
        _whole("drawn", self.drawn, 0, 100_000_000)
        _whole("test_chunks", self.test_chunks, 1, 1_000_000)
        _whole("seed", self.seed, 0, 2**31 - 1)
        _whole("validation_seed", self.validation_seed, 0, 2**31 - 1)
        if not isinstance(self.start, str):
            raise ModelError("training: start must be the name of weights")
        for name in ("epochs", "steps"):
            if (value := getattr(self, name)) is not None:
                _whole(name, value, 1, 1_000_000_000)
        if not isinstance(self.test_every_epoch, bool):
            raise ModelError("training: test_every_epoch must be true or false")
        if self.momentum and self.optimizer != "sgd":
            raise ModelError("training: momentum belongs to optimizer sgd")
        if self.weight_decay and self.optimizer == "adam":
            raise ModelError("training: weight_decay belongs to optimizers adamw, muon and sgd")

    def to_table(self) -> dict[str, Any]:
        """The settings as a table for TOML or JSON; `None` is left out."""
        table = {name: value for name, value in asdict(self).items() if value is not None}
        inner: dict[str, Any] = {name: list(getattr(self, name)) for name in _LISTS}
        inner["earlier"] = [one.to_table() for one in self.earlier]
        inner["augmentation"] = self.augmentation.to_table()
        if not self.mixture:
            del table["outlier_weight"]
        for name in ("drawn", "start"):
            if not table[name]:
                del table[name]
        return {name: value for name, value in (table | inner).items() if value not in ([], {})}

    def total_steps(self, steps_per_epoch: int) -> int:
        """Optimizer steps of the whole run."""
        if self.steps is not None:
            return self.steps
        assert self.epochs is not None  # checked above: one of the two is there
        return self.epochs * steps_per_epoch


def recipe_from_table(table: Mapping[str, Any]) -> Recipe:
    """Read the [training] table of a preset; refuses unknown settings by name."""
    refuse_unknown("training", table, [one.name for one in fields(Recipe)])
    inner = {name: read(table[name]) for name, read in _INNER.items() if name in table}
    return Recipe(**_as_tuples({**table, **inner}))


def _as_tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    """The same table with tuples for lists, and for words separated by commas."""
    changed = dict(table)
    for name in _LISTS:
        value = table.get(name)
        if isinstance(value, str):
            value = [word for word in value.split(",") if word]
        if isinstance(value, list):
            changed[name] = tuple(value)
    if "earlier" in changed:
        changed["earlier"] = lengths_from_table(changed["earlier"])
    return changed


def with_changes(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """`recipe` with some settings replaced; setting epochs drops steps, and the other way round.

    `augmentation.rotation`, `mixture.strokes` and the like replace one setting of an inner table.
    Raises UsageError for an unknown setting, or a wrong value.
    """
    changes = dict(changes)
    if "epochs" in changes and "steps" in changes:
        raise UsageError("give either epochs or steps, not both")
    if "epochs" in changes:
        changes["steps"] = None
    elif "steps" in changes:
        changes["epochs"] = None
    try:
        for name in _INNER:
            _gather(name, recipe, changes)
        refuse_unknown("training", changes, [one.name for one in fields(Recipe)])
        return replace(recipe, **_as_tuples(changes))
    except ModelError as error:  # the wrong value came from an option, not from a file
        raise UsageError(str(error), error.hint) from error


def _gather(name: str, recipe: Recipe, changes: dict[str, Any]) -> None:
    """Join all changes of settings in the inner table `name` into one change of that table."""
    start = f"{name}."
    inner = {key: changes.pop(key) for key in list(changes) if key.startswith(start)}
    if not inner and name not in changes:
        return
    table = changes[name] if name in changes else recipe.to_table().get(name, {})
    if isinstance(table, Augmentation):
        table = table.to_table()
    settings = {key.removeprefix(start): value for key, value in inner.items()}
    changes[name] = _INNER[name]({**table, **settings} if isinstance(table, Mapping) else table)


def parse_setting(text: str) -> tuple[str, Any]:
    """Read `key=value` from the command line: true or false, a number, or else words.

    Words need no quotes, as in `optimizer=sgd`.
    """
    key, found, value = text.partition("=")
    if not found or not key.strip():
        raise UsageError(f"--set {text}: expected key=value", hint="e.g. --set learning_rate=0.001")
    return key.strip(), _literal(value.strip())


def _literal(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text.strip("\"'")


def _choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        near = difflib.get_close_matches(str(value), choices, n=1)
        raise ModelError(
            f"training: {name} must be one of {', '.join(choices)}; got {value!r}",
            hint=f"did you mean {near[0]}?" if near else "",
        )


def _words(name: str, value: object, what: str) -> None:
    if not isinstance(value, tuple) or not all(isinstance(word, str) for word in value):
        raise ModelError(f"training: {name} must be a list of {what}")


def _number(name: str, value: object, least: float, most: float) -> None:
    whole_or_real = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not whole_or_real or not least <= value <= most:  # type: ignore[operator]
        raise ModelError(f"training: {name} must be from {least:g} to {most:g}, got {value!r}")


def _whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ModelError(
            f"training: {name} must be a whole number from {least} to {most}, got {value!r}"
        )
