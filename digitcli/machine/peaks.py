"""What this machine can do at best, measured on the spot by the C++ module."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from .. import _core
from ..errors import MachineError, UsageError, reason_of


@dataclass(frozen=True)
class Peaks:
    """Arithmetic in 10^9 operations per second, loads in GB/s; 0 where there is no such memory.

    A fused multiply-add is two operations; `int8_gops` are products of unsigned and signed bytes
    summed in int32. `..._bytes` is how much memory the rate was measured in, all threads together.
    """

    fma_gflops: float
    int8_gops: float
    l2_bytes: int
    l2_gb_per_s: float
    l3_bytes: int
    l3_gb_per_s: float
    dram_bytes: int
    dram_gb_per_s: float

    def best_of(self, other: Peaks) -> Peaks:
        """The higher one of each rate."""
        mine, theirs = asdict(self), asdict(other)
        return Peaks(**{name: max(value, theirs[name]) for name, value in mine.items()})

    def to_json(self) -> dict[str, float]:
        """Plain values, rates with a tenth."""
        return {name: round(value, 1) for name, value in asdict(self).items()}


def measure_peaks(isa: str | None = None, threads: int = 1, seconds: float = 0.5) -> Peaks:
    """Measure with the kernels of one instruction set (None: the one in use), on `threads` at once.

    Raises MachineError if this CPU lacks the ISA or refuses the threads, UsageError for an
    impossible number of threads or seconds.
    """
    try:
        return Peaks(**_core.measure_peaks(isa or "", threads, seconds))  # type: ignore[arg-type]
    except ValueError as error:
        raise UsageError(str(error)) from error
    except _core.UnknownIsaError as error:
        raise MachineError(str(error)) from error
    except RuntimeError as error:
        raise MachineError(f"peaks on {threads} threads: {reason_of(error)}") from error
