"""A model in its own runtime beside the network made of it."""

from __future__ import annotations

import numpy as np

from ...errors import GateError, ModelError
from ...inference.engine import Engine
from ..check import TOLERANCE, Check, Images, Probabilities
from .builder import Built, Output
from .ops import Values
from .pixels import Pixels
from .runtimes import Opened

_BATCH = 250
_NOISE = 4 * float(np.finfo(np.float32).eps)  # of the largest logit: rounding of float32 sums


def compare(opened: Opened, built: Built, pixels: Pixels, images: Images) -> Check:
    """Run both on uint8 pictures (n, 28, 28).

    Two probabilities may differ by TOLERANCE, or where logits are so large that float32 is less
    exact, by 4 units in the last place of the largest logit.

    Raises GateError when digits differ or a probability is further off, ModelError when the
    model's own runtime cannot run it.
    """
    try:
        answers = _run(opened, pixels, images)
    except Exception as error:  # every runtime has errors of its own
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError(f"{opened.runtime} cannot run it: {lines[0][:200]}") from error
    theirs = _probabilities(answers, built.output)
    engine = Engine(built.weights)
    ours = engine.predict(images, threads=0).probabilities
    if theirs.shape != ours.shape or not np.isfinite(theirs).all():
        raise GateError(
            f"{opened.runtime} gives {theirs.shape} values for {len(images)} pictures, or "
            f"some that are not finite; {ours.shape} were expected",
            "nothing was written",
        )
    difference = float(np.abs(theirs - ours).max(initial=0.0))
    allowed = TOLERANCE if difference <= TOLERANCE else max(TOLERANCE, _noise(engine, images))
    equal = int(_same(theirs, ours, allowed).sum())
    found = Check(opened.runtime, len(images), equal, difference, allowed)
    if not found.passed:
        raise GateError(
            f"the network made of it answers differently: {equal} of {len(images)} digits equal, "
            f"largest difference of two probabilities {difference:.2g}, at most {allowed:.2g} "
            f"expected (run by {opened.runtime})",
            "nothing was written; please report this model as a bug",
        )
    return found


def _run(opened: Opened, pixels: Pixels, images: Images) -> Values:
    """The model's own answers, in batches of the size that it takes."""
    size = opened.chain.batch or _BATCH
    found = []
    for first in range(0, len(images), size):
        part = images[first : first + size]
        missing = size - len(part) if opened.chain.batch else 0
        filled = np.pad(part, ((0, missing), (0, 0), (0, 0)))
        found.append(opened.run(pixels.prepare(filled, opened.chain))[: len(part)])
    return np.concatenate(found)


def _probabilities(answers: Values, output: Output) -> Probabilities:
    rows = np.asarray(answers, np.float64).reshape(len(answers), -1)
    if output == "probabilities":
        return np.asarray(rows, np.float32)
    powers = np.exp(rows - (rows.max(axis=1, keepdims=True) if output == "logits" else 0))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _noise(engine: Engine, images: Images) -> float:
    logits = engine.activations(np.ascontiguousarray(images[:_BATCH]))[-1]
    return _NOISE * float(np.abs(np.asarray(logits.values)).max())


def _same(theirs: Probabilities, ours: Probabilities, allowed: float) -> Values:
    """Whether both name the same digit; two that are as likely up to `allowed` count as either."""
    rows = np.arange(len(ours))
    first, second = theirs.argmax(axis=1), ours.argmax(axis=1)
    tied = np.abs(ours[rows, first] - ours[rows, second]) <= allowed
    same: Values = (first == second) | tied
    return same
