"""Weights as cpp/wasm/reader.cpp takes them: layers, and values of fewer bits than float32 has."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from digitcli.inference.description import Description, describe_layers
from digitcli.model.precision import FLOAT32
from digitcli.model.weights import Weights

Floats = npt.NDArray[np.float32]

KINDS = "conv", "max_pool", "global_average_pool", "dense"  # in the order of network::Kind
ARRAYS = "weight", "bias"
MANTISSA = 13  # bits that are kept of 23; of at most 15 the lowest byte of a float32 is zero


def pack(weights: Weights) -> bytes:
    """The blob of a network. Raises ValueError unless it reads digits, in float32."""
    spec = weights.spec
    if spec.task != "digit" or weights.precision != FLOAT32:
        raise ValueError(f"{spec.name}: the page needs a float32 network that reads digits")
    layers = describe_layers(weights)
    values = rounded(np.concatenate([_values(layer, name) for layer in layers for name in ARRAYS]))
    header = struct.pack("<ddii", weights.temperature, spec.scale, len(layers), len(values))
    planes = values.astype("<f4").view(np.uint8).reshape(-1, 4).T[1:]
    return header + b"".join(map(_describe, layers)) + planes.tobytes()


def rounded(values: npt.NDArray[Any]) -> Floats:
    """float32 `values` to the nearest with MANTISSA bits."""
    dropped = 23 - MANTISSA
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    half = np.uint32(1 << (dropped - 1))
    return ((bits + half) >> dropped << dropped).view(np.float32)


def _values(layer: Description, name: str) -> Floats:
    return np.asarray(layer.get(name, ()), np.float32).ravel()


def _describe(layer: Description) -> bytes:
    """One LayerHeader."""
    sides = [side for name in ("window", "stride") for side in _sides(layer.get(name, 1))]
    flags = layer.get("same", False), layer.get("relu", False)
    sizes = [_values(layer, name).size for name in ARRAYS]
    kind = KINDS.index(layer["kind"])
    return struct.pack("<10i", kind, layer.get("units", 0), *sides, *flags, *sizes)


def _sides(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value
