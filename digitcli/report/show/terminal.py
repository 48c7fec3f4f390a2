"""The inside of a network in the terminal, in short, and as a `digitcli.show/1` document."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...inference.insight import Insight
from ...model.spec import Step
from ..kit.format import probability
from ..kit.pixels import draw
from ..kit.printer import Piece, Printer
from ..kit.text import brief, cells
from ..predict.predictions import bar, padded, stripped

SCHEMA = "digitcli.show/1"


def document(insight: Insight, weights: str, picture: str) -> dict[str, Any]:
    """Numbers of every layer, the answer, and what mattered, ready for JSON."""
    found = insight.occlusion
    row, column = found.worst
    return {
        "schema": SCHEMA,
        "weights": weights,
        "network": insight.spec.name,
        "isa": insight.isa,
        "picture": picture,
        "digit": insight.digit,
        "name": insight.name,
        "classes": list(insight.spec.classes),
        "probabilities": insight.probabilities.tolist(),
        "layers": [_layer(insight, step) for step in insight.spec.steps],
        "occlusion": {
            "patch": found.patch,
            "worst": {
                "row": row,
                "column": column,
                "drop": float(found.drop[row, column]),
                "digit": int(found.digits[row, column]),
            },
            "changed": int((found.digits != found.digit).sum()),
            "drop": found.drop.tolist(),
        },
    }


def _layer(insight: Insight, step: Step) -> dict[str, Any]:
    values = insight.values(step.name)
    peaks = values.reshape(-1, values.shape[-1]).max(axis=0)
    return {
        "name": step.name,
        "kind": step.layer.kind,
        "shape": list(step.output_shape),
        "parameters": step.parameters,
        "least": float(values.min()),
        "largest": float(values.max()),
        "mean": float(values.mean()),
        "active": int((peaks > 0).sum()),
    }


def show(printer: Printer, insight: Insight, picture: str) -> None:
    """Print the picture and the answer, the map of what mattered, and a row for each layer."""
    found = insight.occlusion
    printer.write((brief(picture, printer.encoding), "bold"))
    shares = [float(share) for share in insight.probabilities]
    names = insight.spec.classes
    wide = max(map(cells, names))
    most = insight.picture.shape[0] // 2 - 2  # what fits beside the picture
    ranked = sorted(range(len(names)), key=lambda number: -shares[number])[:most]
    beside = [
        bar(printer, shares, number, insight.digit, padded(names[number], wide))
        for number in sorted(ranked)
    ]
    _side_by_side(printer, insight.picture.tolist(), beside)
    printer.write()
    row, column = found.worst
    legend: list[list[Piece]] = [
        [("what mattered: bright where a blank patch", "")],
        [(f"of {found.patch}x{found.patch} pixels costs the {insight.name} probability", "")],
        [(f"at most {probability(float(found.drop[row, column])).strip()}", "")],
    ]
    strongest = max(float(found.drop.max()), 1e-9)
    heat = np.clip(found.drop / strongest, 0, 1) * 255
    _side_by_side(printer, heat.astype(int).tolist(), legend)
    printer.write()
    printer.write((f"{'layer':<10}{'output':>12}  {'active':>13}  {'largest':>8}", "bold"))
    for layer in document(insight, "", picture)["layers"]:
        shape = "x".join(map(str, layer["shape"]))
        active = f"{layer['active']} of {layer['shape'][-1]}"
        printer.write(
            (f"{layer['name']:<10}{shape:>12}  {active:>13}  {layer['largest']:8.2f}", "")
        )


def _side_by_side(printer: Printer, picture: list[list[int]], beside: list[list[Piece]]) -> None:
    for number, left in enumerate(draw(printer, picture)):
        right = beside[number - 1] if 0 < number <= len(beside) else []
        printer.write(*stripped([*left, ("   ", ""), *right]))
