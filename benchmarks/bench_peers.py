"""How many times as fast as the best other runtime is our engine, at every batch and thread count?

Runs `digitcli bench --against all --json` on each weight file, or (--random) on He-initialised
weights of the same network, whose activations are dense: no help from zeros. Prints our ratio to
the best peer of the same precision and to TensorFlow's tf.function at every point, and their
geometric means. The documents of bench and the ratios are written to --output; the last line of
stdout is the summary as one JSON document.

    python benchmarks/bench_peers.py runs/deck runs/notebook --precision fp32 --output peers.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

import numpy as np
from common import DIGITCLI

from digitcli.files import atomic_write
from digitcli.machine import conditions as machine
from digitcli.model.weights import Weights, find_weights, load_weights, save_weights

OURS = "digitcli"


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", nargs="+", help="bundled names, files or run folders")
    parser.add_argument("--random", action="store_true", help="the same networks, untrained")
    parser.add_argument("--output", type=Path, help="write all documents to this JSON file")
    arguments, options = parser.parse_known_args()

    conditions = machine.capture().to_json()
    documents, points = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.weights:
            path = find_weights(name)
            if arguments.random:
                path = untrained(load_weights(path), Path(folder))
            document = bench(path, options)
            documents.append(document)
            points += list(compare(document))
            print_points(document["network"], points)
    summary = {"machine": conditions, "random": arguments.random, "options": options}
    summary |= {"points": points, **means(points)}
    print(f"\ngeometric mean: {summary['mean_to_best']}x the best peer", end="")
    print(f", {summary['mean_to_tf_function']}x tf.function; least {summary['least_to_best']}x")
    if arguments.output is not None:
        with atomic_write(arguments.output) as file:
            file.write(json.dumps(summary | {"documents": documents}).encode())
    print(json.dumps(summary))


def untrained(weights: Weights, folder: Path) -> Path:
    """The same network with weights as they are before training: He et al. (2015), seed 0."""
    rng = np.random.default_rng(0)
    tensors = {}
    for name, array in weights.arrays.items():
        depth = int(np.prod(array.shape[:-1]))
        values = rng.standard_normal(array.shape) * np.sqrt(2 / depth)
        tensors[name] = np.zeros_like(array) if array.ndim == 1 else np.float32(values)
    path = folder / f"{weights.spec.name}.npz"
    save_weights(path, Weights(weights.spec, tensors, {"note": "untrained"}))
    return path


def bench(weights: Path, options: list[str]) -> dict[str, Any]:
    """What `digitcli bench` says; 7 means that a runtime dropped out, which the document tells."""
    command = [DIGITCLI, "bench", "--weights", str(weights), "--json"]
    done = subprocess.run([*command, "--against", "all", *options], capture_output=True, text=True)
    if done.returncode not in (0, 7):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def compare(document: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Our ratio of medians at every point of one document."""
    keys = sorted({(r["precision"], r["threads"], r["batch"]) for r in document["rows"]})
    for precision, threads, batch in keys:
        at = [
            row
            for row in document["rows"]
            if (row["precision"], row["threads"], row["batch"]) == (precision, threads, batch)
        ]
        ours = [row["median_us"] for row in at if row["engine"] == OURS]
        peers = {f"{r['engine']} {r['variant']}": r["median_us"] for r in at if r["engine"] != OURS}
        if ours and peers:
            best = min(peers, key=peers.__getitem__)
            function = peers.get("tensorflow tf.function")
            yield {
                "network": document["network"],
                "precision": precision,
                "threads": threads,
                "batch": batch,
                "us": ours[0],
                "best_peer": best,
                "best_peer_us": peers[best],
                "to_best": round(peers[best] / ours[0], 2),
                "to_tf_function": function and round(function / ours[0], 2),
            }


def means(points: list[dict[str, Any]]) -> dict[str, float | None]:
    """Geometric means over all points, and the least ratio."""
    best = [point["to_best"] for point in points]
    function = [point["to_tf_function"] for point in points if point["to_tf_function"]]
    return {
        "mean_to_best": round(statistics.geometric_mean(best), 2),
        "least_to_best": min(best),
        "mean_to_tf_function": round(statistics.geometric_mean(function), 2) if function else None,
    }


def print_points(network: str, points: list[dict[str, Any]]) -> None:
    """One line for each point of `network`."""
    print(f"\n{network:10} threads batch       us   x best  x tf.function  best peer", flush=True)
    for point in points:
        if point["network"] == network:
            print(
                f"{point['precision']:10} {point['threads']:7} {point['batch']:5} "
                f"{point['us']:8.0f} {point['to_best']:8} {point['to_tf_function'] or '-':>14}  "
                f"{point['best_peer']}"
            )


if __name__ == "__main__":
    main()
