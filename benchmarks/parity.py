"""Do C++ and TensorFlow give the same answers, and do all ISAs and thread counts agree?

For each weight file: labels that are equal and the largest difference of a probability on the
whole test set, C++ against TensorFlow, on every ISA of this machine; whether AVX2 and AVX-512,
and one and two threads, return the same bits. Prints a table; the last line of stdout is the same
data as one JSON document. Exits 1 if a claim of the README does not hold.

    python benchmarks/parity.py small runs/deck runs/notebook
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from digitcli.data.store import load_split
from digitcli.inference.engine import Engine, available_isas
from digitcli.machine import conditions as machine
from digitcli.model.weights import find_weights, load_weights
from digitcli.training.network import predictor

LARGEST = 1e-5  # difference of a probability: float32 rounding through the deepest preset


def main() -> int:
    """Compare, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", nargs="+", help="bundled names, files or run folders")
    parser.add_argument("--data", default="mnist")
    arguments = parser.parse_args()
    split = load_split(arguments.data, "test")

    rows = [row for name in arguments.weights for row in compare(name, split.images)]
    print(f"{'weights':24} {'isa':9} {'equal labels':>15} {'largest diff':>13}  threads 1 = 2")
    for row in rows:
        equal = f"{row['equal_labels']} of {row['n']}"
        same = "same bits" if row["threads_equal"] else "DIFFER"
        name, isa, largest = row["weights"][-24:], row["isa"], row["largest"]
        print(f"{name:24} {isa:9} {equal:>15} {largest:13.2e}  {same}")
        if row["same_bits_as"]:
            print(f"{'':24} {'':9} same bits as {row['same_bits_as']}")
    conditions = machine.capture(checkout=Path(__file__).parent)
    print(json.dumps({"machine": conditions.to_json(), "data": arguments.data, "rows": rows}))
    return 0 if all(map(holds, rows)) else 1


def compare(name: str, images: np.ndarray) -> list[dict[str, object]]:
    """One row for each ISA, best first."""
    weights = load_weights(find_weights(name))
    tensorflow = np.concatenate(
        [predictor(weights)(images[i : i + 1000]) for i in range(0, len(images), 1000)]
    )
    rows, answers = [], {}
    for isa in available_isas():
        engine = Engine(weights, isa=isa)
        answers[isa] = engine.predict(images).probabilities
        equal = answers[isa].argmax(axis=1) == tensorflow.argmax(axis=1)
        rows.append(
            {
                "weights": name,
                "isa": isa,
                "n": len(images),
                "equal_labels": int(equal.sum()),
                "largest": float(np.abs(answers[isa] - tensorflow).max()),
                "threads_equal": bool(
                    (engine.predict(images, threads=2).probabilities == answers[isa]).all()
                ),
                "same_bits_as": "",
            }
        )
    for (one, row), (other, _) in pairwise(zip(answers, rows, strict=True)):
        if (answers[one] == answers[other]).all():
            row["same_bits_as"] = other
    return rows


def holds(row: dict[str, object]) -> bool:
    """Whether a row is what the README claims."""
    same = row["isa"] != "avx512" or row["same_bits_as"] == "avx2"
    return (
        row["equal_labels"] == row["n"]
        and float(str(row["largest"])) <= LARGEST
        and bool(row["threads_equal"])
        and same
    )


if __name__ == "__main__":
    sys.exit(main())
