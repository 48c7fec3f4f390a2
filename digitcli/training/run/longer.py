"""Runs that are made longer than they were asked to be. Loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...errors import DigitError, UsageError
from ..lengths import Length, in_words
from ..recipes import Recipe, recipe_from_table
from .history import EpochRow
from .resume import TrainingRequest, folder_name, reopen, resume_hint

if TYPE_CHECKING:
    from .checkpoint import Checkpoint


def longer(request: TrainingRequest, epochs: int | None, steps: int | None) -> TrainingRequest:
    """The request of a run that has begun, to go on until `epochs` or `steps` of the whole run.

    Its recipe keeps what was asked for before, as `earlier`. The length that it has already changes
    nothing. Raises UsageError where the run is longer, has reached its target, or is one of
    several seeds that are not finished; ModelError where no checkpoint can be read.
    """
    recipe = request.recipe
    if epochs is not None and steps is not None:
        raise UsageError("give either --epochs or --steps, not both")
    for name, count, before in (("epochs", epochs, recipe.epochs), ("steps", steps, recipe.steps)):
        if count is not None and before is not None and count < before:
            raise _no_longer(request, name, count, before)
    if (epochs, steps) in ((None, None), (recipe.epochs, recipe.steps)):
        return request
    found = _newest(request)
    if steps is not None and steps < found.meta["total_steps"]:
        raise _no_longer(request, "steps", steps, found.meta["total_steps"])
    held = recipe_from_table(found.meta["identity"]["training"])
    before_now = Length(found.meta["total_steps"], found.step, held.epochs)
    earlier = (*held.earlier, before_now)
    return replace(request, recipe=replace(recipe, epochs=epochs, steps=steps, earlier=earlier))


def _no_longer(request: TrainingRequest, unit: str, count: int, before: int) -> UsageError:
    return UsageError(
        f"--{unit} {count}: {request.folder} was asked for {before:,} {unit}",
        hint=f"--{unit} counts from the start of the run: give more than {before}",
    )


def asked_again(request: TrainingRequest) -> TrainingRequest:
    """The run that `--out` names, if `request` only makes it longer; else `request` itself.

    With a constant learning rate a longer run goes on where a shorter one ended.
    """
    recipe = request.recipe
    try:
        there = replace(reopen(request.folder), target=request.target)
    except DigitError:
        return request
    bare = replace(there.recipe, epochs=recipe.epochs, steps=recipe.steps, earlier=())
    same = replace(there, recipe=bare) == request
    if not same or recipe.schedule != "constant" or _shorter(recipe, there.recipe):
        return request
    return longer(there, recipe.epochs, recipe.steps)


def lengthened(recipe: Recipe, rate: float) -> str:
    """What making a run longer means for its result; `rate` is the next step's learning rate."""
    whole = in_words(recipe.epochs, recipe.steps)
    first = recipe.earlier[-1]
    text = (
        f"made longer: {in_words(first.epochs, first.steps)} were asked for before, {whole} now; "
        "weights, optimizer state, order and random numbers go on"
    )
    if recipe.schedule == "constant":
        return f"{text}; so does the learning rate: the result is that of {whole} at once"
    return (
        f"{text}; the learning rate is that of {recipe.schedule} over {whole} from here, {rate:.3g}"
        f" now: the result is not that of {whole} at once"
    )


def earlier_identities(identity: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The identities that a run had before it was made longer, the last one first."""
    training = dict(identity["training"])
    earlier = list(training.pop("earlier", []))
    while earlier:
        before = earlier.pop()
        unit = "epochs" if "epochs" in before else "steps"
        others = {name: v for name, v in training.items() if name not in ("epochs", "steps")}
        kept = {"earlier": list(earlier)} if earlier else {}
        yield {**identity, "training": {**others, unit: before[unit], **kept}}


def _newest(request: TrainingRequest) -> Checkpoint:
    """The newest checkpoint, which runs of several seeds have all at the same step."""
    from .checkpoint import newest_checkpoint

    folders = [request.folder / folder_name(seed) for seed in request.seeds] or [request.folder]
    newest: list[Checkpoint] = []
    for folder in folders:
        found, _ = newest_checkpoint(folder / "checkpoints")
        if found is None or (request.seeds and found.step < found.meta["total_steps"]):
            raise UsageError(
                f"{folder}: is not finished, and only finished runs of several seeds can be made "
                "longer",
                resume_hint(request.folder),
            )
        _refuse_reached(request, found)
        newest.append(found)
    return newest[-1]


def _refuse_reached(request: TrainingRequest, found: Checkpoint) -> None:
    rows = [EpochRow(**row) for row in found.meta["history"]]
    if request.target and request.target.reached(rows):
        raise UsageError(
            f"{request.folder}: stopped because it had reached its target of "
            f"{request.target.percent:g} % accuracy",
            hint="a new run with another --target-accuracy goes on for longer",
        )


def _shorter(recipe: Recipe, there: Recipe) -> bool:
    """Whether `recipe` is shorter than `there`, or counts in another unit."""
    pairs = ((recipe.epochs, there.epochs), (recipe.steps, there.steps))
    return not any(one is not None and other is not None and one >= other for one, other in pairs)
