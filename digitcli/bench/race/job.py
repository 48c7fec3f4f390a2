"""One run of `digitcli bench`, from a weight file's name to a `digitcli.bench/1` document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..pictures import Pictures
from ..runtimes import OURS, RUNTIMES, Precision
from .entry import Entry, RacePlan
from .scope import Scope

# Pictures on which all engines must agree before one of them is timed.
COMPARED = 1_000


@dataclass(frozen=True)
class Job:
    """What the user asked for."""

    weights: Path
    network: str
    flops: int
    data: str
    against: tuple[str, ...]
    batches: tuple[int, ...]
    threads: tuple[int, ...]
    seconds: float
    rounds: int
    precisions: tuple[Precision, ...] = ("fp32",)
    missing: tuple[str, ...] = ()  # peers that would have been taken, had they been installed
    weights_sha256: str = ""  # of the weight file
    scope: Scope = "model"
    compared: int = COMPARED
    pin: bool = False
    is_int8: bool = False  # the weight file: which no other runtime reads

    @property
    def pictures(self) -> int:
        """How many pictures the comparison and the largest batch need."""
        return max(self.compared, *self.batches)

    def plan(self, pictures: Pictures) -> RacePlan:
        """First our engine as it is, the reference; then every runtime in each precision."""
        compared = min(self.compared, pictures.distinct)
        reference = Entry(OURS, None, "int8") if self.is_int8 else Entry(OURS)
        return RacePlan(
            entries=tuple(dict.fromkeys((reference, *self._entries()))),
            batches=self.batches,
            threads=(1,) if self.scope == "kernel" else self.threads,  # as the engine times itself
            flops=self.flops,
            compared=compared,
            labels=pictures.labels[:compared],
            scope=self.scope,
            seconds=self.seconds,
            rounds=self.rounds,
        )

    def _entries(self) -> list[Entry]:
        """Ours and every way of calling every peer, in the precisions that each of them has."""
        if self.is_int8:
            return []
        return [
            Entry(engine, variant, precision)
            for precision in self.precisions
            for engine in (OURS, *self.against)
            if precision in RUNTIMES[engine].ways
            for variant in RUNTIMES[engine].ways[precision].variants
        ]

    def facts(self, pictures: Pictures) -> dict[str, str]:
        """What every document says of the network and the pictures."""
        return {
            "network": self.network,
            "weights": str(self.weights),
            "weights_sha256": self.weights_sha256,
            "data": pictures.source,
        }

    @property
    def lacks(self) -> list[str]:
        """One sentence for each precision that some of the peers do not have."""
        sentences = []
        if self.is_int8:
            return [
                "alone, because other runtimes cannot read int8 weights: give the float32 file, "
                "--precision int8, and each quantises it by its own means"
            ]
        for precision in self.precisions:
            names = [name for name in self.against if precision not in RUNTIMES[name].ways]
            if names:
                sentences.append(f"no {precision} in {', '.join(names)}")
        return sentences
