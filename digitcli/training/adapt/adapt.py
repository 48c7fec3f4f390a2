"""A trained network adapted to somebody's handwriting by a few more steps.

The training set and the drawn pictures that the network learnt from stay in the mix, so that little
is forgotten: rehearsal, after A. Robins, "Catastrophic Forgetting, Rehearsal and
Pseudorehearsal" (1995).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.drawn.fonts import installed
from ...data.splits import validation_split
from ...data.store import Split
from ...errors import ModelError
from ...evaluation.calibration import calibrated
from ...evaluation.quantization import Comparison, compare, validation_of
from ...model.spec import NetworkSpec
from ...model.weights import Weights
from ...signs import DIGITS
from ...version import __version__
from ...vision.labelled.pictures import LabelledPictures, sha256
from ..augmentation import Augmentation
from ..compute.backend import to_numpy, versions
from ..compute.choice import make_compute
from ..digit_trainer import DigitTrainer
from ..mixture.mix import Mixture, Part, mix
from ..mixture.sources import is_drawn
from ..network import export_weights, load_twin
from ..recipes import Recipe
from ..run.history import Observer
from ..run.pictures import check_split, epoch_order
from .adapted import Adapted, doubts
from .hand import Division
from .origin import before_adapting, deployed
from .steps import Taught, take_steps

REHEARSED = 15_000  # pictures of the training set in the mix; drawn sources are shares of this
SHARE = 0.25  # of the mix that is the new handwriting

RECIPE = Recipe(
    optimizer="adamw",
    learning_rate=1e-3,
    schedule="one_cycle",
    weight_decay=1e-4,
    label_smoothing=0.05,
    average=0.99,
    steps=600,
    augmentation=Augmentation(rotation=12, shift=2, scale=0.1, shear=0.15),
)


def adapt(
    weights: Weights,
    hand: LabelledPictures,
    division: Division,
    train: Split,
    recipe: Recipe,
    observer: Observer,
) -> Adapted:
    """Go on training `weights` on the pictures of `hand`, a handwriting, and those of `train`.

    `division` says which of the hand's pictures are learnt. The validation pictures of the run that
    made the weights are not learnt here either. Raises StoppedError on Ctrl-C or SIGTERM,
    ModelError when the weights are not float32 or the loss is not finite, DataError as `mix` does.
    """
    begin = time.perf_counter()
    _check_digits(weights)
    check_split(train)
    start = [to_numpy(value) for value in load_twin(weights).trainable_variables]
    count, seed = validation_of(weights, len(train.labels))
    recipe = replace(recipe, validation=count, validation_seed=seed)
    recipe = _rehearsing(weights, recipe, observer.on_note)
    learn, check = validation_split(train.labels, count, seed)
    learn = learn[np.sort(epoch_order(len(learn), recipe.seed, 0)[:REHEARSED])]
    mixture = mix(recipe, len(learn), observer.on_note)
    others = len(learn) + sum(len(part.labels) for part in mixture.parts)
    own = _own(hand, division, others)
    pictures = Mixture((*mixture.parts, own)).added_to(train.images[learn], train.labels[learn])
    trainer = _train(deployed(weights.spec), start, recipe, *pictures, observer)
    images = np.concatenate([train.images[check], own.check_images])
    labels = np.concatenate([train.labels[check], own.check_labels])
    logits = trainer.logits(images)
    made = _exported(weights, trainer, recipe, train, _learnt(hand, division))
    after = calibrated(made, logits, labels, f"{train.name} + {own.name}")

    def compared(chosen: npt.NDArray[Any]) -> Comparison:
        return compare(weights, after, hand.images[chosen], hand.labels[chosen])

    return Adapted(
        after,
        len(division.learn),
        compare(weights, after, train.images[check], train.labels[check]),
        compared(division.held_out) if len(division.held_out) else None,
        {name: compared(chosen) for name, chosen in division.others.items()},
        doubts(after, hand),
        time.perf_counter() - begin,
    )


def _rehearsing(weights: Weights, recipe: Recipe, note: Callable[[str], None]) -> Recipe:
    """`recipe` with the drawn sources that the weights learnt from, where they are installed."""
    made = weights.trained.get("recipe")
    theirs: dict[str, Any] = made if isinstance(made, dict) else {}
    drawn = {name: share for name, share in theirs.get("mixture", {}).items() if is_drawn(name)}
    if "fonts" in drawn and not installed():
        note("printed digits are not learnt again: no font of the extra `fonts` is installed")
        del drawn["fonts"]
    weight = theirs.get("outlier_weight", recipe.outlier_weight)
    return replace(recipe, mixture=drawn, outlier_weight=weight)


def _own(hand: LabelledPictures, division: Division, others: int) -> Part:
    """The hand's pictures, repeated to be SHARE of a mix with so many `others`."""
    wanted = round(others * SHARE / (1 - SHARE))
    chosen = np.resize(division.learn, max(wanted, len(division.learn)))
    held = division.held_out
    return Part(
        str(hand.path),
        hand.images[chosen],
        hand.labels[chosen],
        hand.images[held],
        hand.labels[held],
    )


def _check_digits(weights: Weights) -> None:
    """Raise ModelError for a network that names other things than digits."""
    if not weights.spec.names_digits:
        raise ModelError(
            f"{weights.spec.name}: adapting is for networks that read digits; this one names "
            f"{len(weights.spec.classes)} other classes",
            "train it on more pictures of its classes instead",
        )


def _train(
    spec: NetworkSpec,
    start: Sequence[npt.NDArray[np.float32]],
    recipe: Recipe,
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.uint8],
    observer: Observer,
) -> DigitTrainer:
    """Take all steps, beginning with the values `start`."""
    recipe = replace(recipe, batch_size=min(recipe.batch_size, len(labels)))
    steps, compute = recipe.total_steps(len(labels) // recipe.batch_size), make_compute()
    trainer = DigitTrainer(spec, recipe, images, labels, steps, compute, start=lambda _: start)
    what = f"{spec.name}: {len(labels):,} pictures, batch {recipe.batch_size}, {steps:,} steps"
    observer.on_start(what, compute.why, steps, 0)
    taught = (
        Taught(epoch, (chosen,), int((labels[chosen] < len(DIGITS)).sum()))
        for epoch, chosen in _batches(len(labels), recipe, steps)
    )
    take_steps(trainer, taught, recipe.batch_size, steps, observer)
    return trainer


def _batches(count: int, recipe: Recipe, steps: int) -> Iterator[tuple[int, npt.NDArray[np.int32]]]:
    """Epoch, from 1 on, and pictures of each step."""
    size = recipe.batch_size
    for step in range(steps):
        epoch, place = divmod(step, count // size)
        if place == 0:
            order = epoch_order(count, recipe.seed, epoch)
        yield epoch + 1, order[place * size : (place + 1) * size]


def _learnt(hand: LabelledPictures, division: Division) -> dict[str, Any]:
    """The record of the learnt pictures in a weight file."""
    images, labels = hand.images[division.learn], hand.labels[division.learn]
    return {
        "pictures": len(labels),
        "per_digit": np.bincount(labels, minlength=len(DIGITS)).tolist(),
        "writers": sorted(set(hand.writers[division.learn].tolist()) - {""}),
        "sha256": sha256(images, labels),
        "share": SHARE,
    }


def _exported(
    weights: Weights, trainer: DigitTrainer, recipe: Recipe, train: Split, learnt: dict[str, Any]
) -> Weights:
    """Deployed weights under their network's own name, with the record of their origin."""
    trained = {
        "recipe": recipe.to_table(),
        "seed": recipe.seed,
        "steps": recipe.steps,
        "data": {"name": train.name, "sha256": train.sha256},
        "adapted": {**learnt, "from": before_adapting(weights)},
        "versions": {"digitcli": __version__, **versions()},
    }
    made = export_weights(trainer.tested_model(), deployed(weights.spec), trained)
    return replace(made, spec=weights.spec)
