"""How close to this machine's peak does each step of the float32 engine run, on every ISA?

One thread. The peak (fused multiply-add in registers, the same ISA) and the steps are measured in
turns, and the best of each counts, because virtual cores change their speed. "done" are operations
that the algorithm really executes, transforms included; "direct" those of the plain convolution.
Prints a table; the last line of stdout is the same data as one JSON document.

    python benchmarks/bench_kernels.py runs/deck --batch 1024
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from digitcli.data.store import load_split
from digitcli.inference.engine import Engine, available_isas
from digitcli.inference.layer_times import layer_times
from digitcli.machine import conditions as machine
from digitcli.machine.peaks import measure_peaks
from digitcli.model.weights import find_weights, load_weights

TURNS = 5


def main() -> None:
    """Measure, print the table, end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", help="a bundled name, file or run folder")
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--data", default="mnist")
    arguments = parser.parse_args()
    weights = load_weights(find_weights(arguments.weights))
    pictures = np.ascontiguousarray(load_split(arguments.data, "test").images[: arguments.batch])

    conditions = machine.capture().to_json()
    rows = []
    for isa in available_isas():
        engine = Engine(weights, isa=isa)
        peak = measure_peaks(isa, seconds=0.1)
        best = layer_times(engine, pictures, 1)
        for _ in range(TURNS):
            again = layer_times(engine, pictures, 2)
            best = [min(pair, key=lambda layer: layer.us) for pair in zip(best, again, strict=True)]
            peak = peak.best_of(measure_peaks(isa, seconds=0.1))
        print(f"\n{isa}: peak {peak.fma_gflops:.0f} GFLOP/s")
        for layer in best:
            speed = layer.mflop_done / layer.us * 1e3
            row = {
                "isa": isa,
                "layer": layer.layer,
                "algorithm": layer.algorithm,
                "us_per_picture": round(layer.us / len(pictures), 2),
                "gflops_done": round(speed, 1),
                "gflops_direct": round(layer.mflop_direct / layer.us * 1e3, 1),
                "peak_gflops": round(peak.fma_gflops, 1),
                "share_of_peak": round(speed / peak.fma_gflops, 3),
            }
            rows.append(row)
            print(
                f"{layer.layer:24} {layer.algorithm:20} {row['us_per_picture']:8.2f} us "
                f"{row['gflops_done']:8.1f} GFLOP/s done {row['share_of_peak']:6.0%} of peak"
            )
    print(json.dumps({"machine": conditions, "batch": len(pictures), "rows": rows}))


if __name__ == "__main__":
    main()
