"""Where our own engine spends its time, beside what this machine can do at best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..inference.engine import Engine
from ..inference.layer_times import LayerTime, layer_times
from ..machine import conditions as machine
from ..machine.peaks import Peaks, measure_peaks
from .race.job import Job
from .race.perform import Outcome

if TYPE_CHECKING:
    from .pictures import Pictures

SCHEMA = "digitcli.bench-layers/1"
PEAK_SECONDS = 0.5  # for all peaks of one thread count


def perform(job: Job, engine: Engine, pictures: Pictures) -> Outcome:
    """Time every layer on one thread for each batch size.

    The machine's peaks are measured before and after, and the better ones count: on a shared
    machine the clock may change in between. A layer that is faster than both is the peak.
    """
    engine.predict(pictures.images[:1])  # weights that overflow have no speed: ModelError
    conditions = machine.capture(engine.isa)
    rounds = max(job.rounds, 1)
    before = _peaks(job, engine)
    layers = {size: layer_times(engine, pictures.images[:size], rounds) for size in job.batches}
    after = _peaks(job, engine)
    peaks = {count: found.best_of(after[count]) for count, found in before.items()}
    peaks[1] = peaks[1].best_of(reached([layer for found in layers.values() for layer in found]))
    rows = [row for batch, found in layers.items() for row in layer_rows(found, batch, peaks[1])]
    document = {
        "schema": SCHEMA,
        "machine": conditions.to_json(),
        **job.facts(pictures),
        "threads": 1,
        "repeats": rounds,
        "peaks": [{"threads": count, **found.to_json()} for count, found in peaks.items()],
        "rows": rows,
        "notes": [],
    }
    return Outcome(document, None)


def _peaks(job: Job, engine: Engine) -> dict[int, Peaks]:
    """By thread count: 1, and what `job` asks for."""
    counts = sorted({1, *job.threads})
    return {count: measure_peaks(engine.isa, count, PEAK_SECONDS) for count in counts}


def layer_rows(layers: Sequence[LayerTime], batch: int, peaks: Peaks) -> list[dict[str, Any]]:
    """Each layer's share of the time, its rate, and its share of the peak on one thread.

    The rate counts the arithmetic that was done on these pictures: kernels leave out zeros. `saved`
    is the share of the direct algorithm's that was not done. Layers without arithmetic have none of
    these.
    """
    total = sum(layer.us for layer in layers)
    return [
        {
            "batch": batch,
            "layer": layer.layer,
            "algorithm": layer.algorithm,
            "us": round(layer.us, 3),
            "share": _ratio(layer.us, total),
            "mflop_done": round(layer.mflop_done, 4),
            "mflop_direct": round(layer.mflop_direct, 4),
            "saved": _saved(layer),
            "gflops": _ratio(layer.mflop_done * 1e3, layer.us),
            "share_of_peak": _ratio(layer.mflop_done * 1e3, layer.us * peak_of(layer, peaks)),
        }
        for layer in layers
    ]


def peak_of(layer: LayerTime, peaks: Peaks) -> float:
    """The peak of the arithmetic that an algorithm uses, which its name tells."""
    return peaks.int8_gops * _of_bytes(layer) if _is_int8(layer) else peaks.fma_gflops


def reached(layers: Sequence[LayerTime]) -> Peaks:
    """The highest rates that layers reached, which the machine can do, too."""
    rates: dict[bool, float] = {False: 0.0, True: 0.0}
    for layer in layers:
        rate = layer.mflop_done * 1e3 / layer.us if layer.us > 0 else 0.0
        rates[_is_int8(layer)] = max(rates[_is_int8(layer)], rate / _of_bytes(layer))
    return Peaks(rates[False], rates[True], 0, 0.0, 0, 0.0, 0, 0.0)


def _is_int8(layer: LayerTime) -> bool:
    return "int8" in layer.algorithm


def _of_bytes(layer: LayerTime) -> float:
    """How many operations there are for each that could be done on bytes.

    Winograd's method multiplies numbers of 16 bits in int8 networks: half as many in a vector.
    """
    return 0.5 if _is_int8(layer) and "winograd" in layer.algorithm else 1.0


def _saved(layer: LayerTime) -> float | None:
    share = _ratio(layer.mflop_done, layer.mflop_direct)
    return None if share is None else round(1 - share, 4)


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if part > 0 and whole > 0 else None
