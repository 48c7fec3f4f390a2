"""What `evaluate` found, of single digits or of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..signs import Mode

if TYPE_CHECKING:
    from ..evaluation.evaluate import Evaluation
    from ..evaluation.strings import StringMetrics
    from ..vision.labelled.pictures import Account


@dataclass(frozen=True)
class EvaluatedDigits:
    """How well single digits were classified; `isa` is None where TensorFlow ran the network.

    `account` says which labelled pictures were left out, and what was passed over.
    """

    result: Evaluation
    weights: tuple[str, ...]
    data: str
    split: str
    engine: str
    isa: str | None
    tta: bool
    account: Account

    @property
    def accuracy(self) -> float:
        """The share that was right, 0 to 1."""
        return self.result.metrics.accuracy

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of `accuracy`."""
        return self.result.metrics.interval

    @property
    def title(self) -> str:
        """What was measured, on what, and how."""
        what = " + ".join(self.weights)
        return (
            f"{what} on {self.data} ({self.split}), {self.isa or self.engine}{', tta' * self.tta}"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON, as `digitcli eval --json` has it."""
        names = {"weights": " + ".join(self.weights), "data": self.data, "split": self.split}
        how = {"engine": self.engine, "isa": self.isa, "members": list(self.weights)}
        return {
            "schema": "digitcli.eval/1",
            **self.result.to_json(),
            **names,
            **how,
            "tta": self.tta,
            **self.account.to_json(),
        }


@dataclass(frozen=True)
class EvaluatedNumbers:
    """How well numbers of any length were read, as `mode` says, in `seconds`.

    `networks` are the names of all that read together, the bundled ones too.
    """

    result: StringMetrics
    weights: tuple[str, ...]
    data: str
    mode: Mode
    isa: str
    seconds: float
    networks: tuple[str, ...] = ()

    @property
    def accuracy(self) -> float:
        """The share of pictures whose number is exact, 0 to 1."""
        return self.result.exact.value or 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of `accuracy`."""
        return self.result.exact.interval

    @property
    def title(self) -> str:
        """What was measured, on what, and how."""
        names = ", ".join(self.networks or self.weights)
        return f"{names} on {self.data}, {self.isa}, --digits {self.mode}"

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON, as `digitcli eval --json` has it."""
        found = {"schema": "digitcli.eval-strings/1", **self.result.to_json()}
        names = {"weights": self.weights[0], "data": self.data}
        return {**found, "seconds": self.seconds, **names, "mode": self.mode, "isa": self.isa}
