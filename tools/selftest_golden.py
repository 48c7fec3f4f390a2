"""Write cpp/selftest/golden.bin: networks, pictures, and what the oracles in tests/ make of them.

Run: `python tools/selftest_golden.py FILE`. `cpp/selftest/golden.cpp` reads it. All values are
little-endian. Weights and pictures are not in it: both sides draw them by `drawn`, from a seed.
"""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import int8_reference
import reference

MAGIC = b"digitcli selftest 1\n"
KINDS = ("conv", "max_pool", "global_average_pool", "dense")  # as network::Kind
PASSES = ("fold", "winograd", "fuse")
PIXEL = np.float32(1 / 255)


def drawn(seed, count):
    """`count` whole numbers of 64 bits: SplitMix64 of seed * 2^32 + 0, 1, 2, ..."""
    z = np.uint64(seed << 32) + np.arange(count, dtype=np.uint64)
    z += np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def floats(seed, shape, scale):
    """24 bits each, from -scale to scale; scale is a power of two."""
    whole = (drawn(seed, math.prod(shape)) >> np.uint64(40)).astype(np.int64) - (1 << 23)
    return (np.float32(whole) * np.float32(scale / (1 << 23))).reshape(shape)


def signed_bytes(seed, shape):
    """-127 to 127."""
    top = (drawn(seed, math.prod(shape)) >> np.uint64(56)).astype(np.int64)
    return (top % 255 - 127).astype(np.int8).reshape(shape)


def with_zeros(values):
    """Runs of zeros, as blank paper and ReLU leave them."""
    flat = values.reshape(-1).copy()
    flat[np.arange(flat.size) // 97 % 3 == 0] = 0
    return flat.reshape(values.shape)


def pixels(seed, shape):
    """0 to 255."""
    top = (drawn(seed, math.prod(shape)) >> np.uint64(56)).astype(np.uint8)
    return with_zeros(top.reshape(shape))


class Maker:
    """Layers of one case, in either precision, each fitted to what the one before it gives."""

    def __init__(self, int8, shape, seed):
        self.int8, self.shape, self.seed, self.layers = int8, shape, seed, []

    def conv(self, units, window=3, stride=1, same=True, relu=True):
        """A convolution."""
        rows, columns = reference.sides(window)
        layer = self.product("conv", (rows, columns, self.shape[2], units), relu)
        layer |= {"window": window, "stride": stride, "same": same}
        return self.add(layer)

    def dense(self, units, relu=False, logits=False):
        """A dense layer; in int8 it gives bytes unless `logits`."""
        return self.add(self.product("dense", (math.prod(self.shape), units), relu, logits))

    def pool(self, size=2, stride=2, same=False):
        """A max pool."""
        return self.add({"kind": "max_pool", "window": size, "stride": stride, "same": same})

    def average(self, logits=False):
        """The average over a picture."""
        scale = np.float32([1.9 / (self.shape[0] * self.shape[1])])
        layer = {"kind": "global_average_pool"}
        return self.add(layer | ({"scale": scale, "logits": logits} if self.int8 else {}))

    def product(self, kind, shape, relu, logits=False):
        """Weights that both sides draw; biases and scales that the file has."""
        seed, units, depth = self.seed + len(self.layers), shape[-1], math.prod(shape[:-1])
        rng = np.random.default_rng(seed)
        layer = {"kind": kind, "units": units, "relu": relu, "seed": seed}
        if not self.int8:
            spread = 2.0 ** math.floor(math.log2(2 / math.sqrt(depth)))
            bias = np.float32(rng.standard_normal(units))
            return layer | {"spread": spread, "weight": floats(seed, shape, spread), "bias": bias}
        spread = 127 * 74 * math.sqrt(depth)  # of the sums; scales leave both clamps work to do
        return layer | {
            "weight": signed_bytes(seed, shape),
            "bias": rng.integers(-int(spread) // 2, int(spread) + 1, units, dtype=np.int32),
            "scale": np.float32(rng.uniform(60, 400, units) / spread),
            "logits": logits,
        }

    def add(self, layer):
        """Append a layer; the next one takes what it gives."""
        self.layers.append({"name": f"layer{len(self.layers) + 1}"} | layer)
        x = np.zeros((1, *self.shape), np.uint8)
        with np.errstate(all="ignore"):
            made = int8_reference.run if self.int8 else (lambda *a: reference.run(*a)[0])
            self.shape = made([self.layers[-1]], x).shape[1:]
        return self


def network(make):
    """Every kind of layer, as the presets have them."""
    make.conv(8, 5).pool().conv(20).pool(same=True).conv(12, 5)
    return make.dense(40, relu=True).dense(10, logits=True)


# name, (height, width, channels), pictures, what to add, passes to leave out. Of pictures the
# engine is given bytes, and probabilities are asked for too.
LAYERS = [
    ("conv 3x3, 3 to 17, stride 2x1", (7, 9, 3), 2, lambda m: m.conv(17, 3, (2, 1), False), ()),
    ("conv 1x5, 2 to 40, a long row", (2, 29, 2), 1, lambda m: m.conv(40, (1, 5)), ()),
    ("conv 6x6, 9 to 5", (8, 7, 9), 1, lambda m: m.conv(5, 6, 1, True, False), ()),
    ("conv 3x3, 16 to 20, 4x4 tiles", (10, 11, 16), 1, lambda m: m.conv(20), ()),
    ("conv 3x3, 16 to 20, direct", (10, 11, 16), 1, lambda m: m.conv(20), ("winograd",)),
    ("conv 5x5, 8 to 33, 4x4 tiles", (9, 8, 8), 1, lambda m: m.conv(33, 5), ()),
    (
        "conv 5x5, 24 to 16, short tiles, pooled",
        (14, 14, 24),
        1,
        lambda m: m.conv(16, 5).pool(),
        (),
    ),
    ("conv 5x5, 16 to 16, short rows", (6, 8, 16), 2, lambda m: m.conv(16, 5), ()),
    ("conv 5x5, 16 to 16, 2x2 tiles", (2, 2, 16), 2, lambda m: m.conv(16, 5), ()),
    ("conv 3x3, 32 to 70, pooled", (6, 7, 32), 1, lambda m: m.conv(70).pool(), ()),
    ("conv 3x3, 32 to 70, pooled apart", (6, 7, 32), 1, lambda m: m.conv(70).pool(), ("fuse",)),
    ("conv 3x3, 32 to 48, pooled", (14, 14, 32), 1, lambda m: m.conv(48).pool(), ()),
    ("conv 5x5, 32 to 48, pooled", (14, 14, 32), 1, lambda m: m.conv(48, 5).pool(), ()),
    ("conv 5x5, 1 to 8, pooled", (28, 28, 1), 1, lambda m: m.conv(8, 5).pool(), ()),
    ("conv 5x5, 1 to 20", (9, 11, 1), 1, lambda m: m.conv(20, 5, 1, False), ()),
    ("conv 3x3, 1 to 20, pooled", (13, 11, 1), 2, lambda m: m.conv(20).pool(), ()),
    ("conv 3x3, 1 to 8", (5, 13, 1), 1, lambda m: m.conv(8), ()),
    ("max pool 3x2, stride 2x1", (9, 8, 5), 2, lambda m: m.pool((3, 2), (2, 1), True), ()),
    ("average", (7, 5, 33), 2, lambda m: m.average(), ()),
    ("dense 300 to 33, 1 row", (1, 1, 300), 1, lambda m: m.dense(33, relu=True), ()),
    ("dense 513 to 10, 17 rows", (1, 1, 513), 17, lambda m: m.dense(10), ()),
    ("dense 1100 to 130, 3 rows", (1, 1, 1100), 3, lambda m: m.dense(130), ()),
    ("dense 90 to 70 to 10, folded", (1, 1, 90), 5, lambda m: m.dense(70).dense(10), ()),
]
NETWORKS = [
    ("network", (28, 28, 1), 5, network, ()),
    ("network, no passes", (28, 28, 1), 2, network, PASSES),
    ("network of one size more", (29, 27, 1), 3, network, ()),
]


def without_of(passes, int8):
    """The passes of these that this precision has."""
    return [name for name in passes if not int8 or name != "fold"]


def packed_layer(layer):
    """One layer in the file."""
    both = [*reference.sides(layer.get("window", 1)), *reference.sides(layer.get("stride", 1))]
    flags = [layer.get(name, False) for name in ("same", "relu", "logits")]
    arrays = [layer.get(name, np.empty(0, np.float32)) for name in ("bias", "scale")]
    count = layer["weight"].size if "weight" in layer else 0
    numbers = [KINDS.index(layer["kind"]), layer.get("units", 0), *both, *map(int, flags)]
    numbers += [layer.get("seed", 0), count, *(array.size for array in arrays)]
    head = struct.pack("<13if", *numbers, layer.get("spread", 0.0))
    return head + b"".join(array.tobytes() for array in arrays)


def answer_of(make, x, is_pictures):
    """The oracle's answer, and how far float32 may be from it; the rounding to float32 included."""
    if make.int8:
        exact = int8_reference.run(make.layers, x)
        return exact, np.zeros(0, np.float32)
    values = np.float64(x) * np.float64(PIXEL) if is_pictures else x
    error = 2 * reference.EPS * np.abs(values) if is_pictures else 0.0
    exact, bound = run_with_error(make.layers, values, error)
    return np.float32(exact), np.float32((bound + reference.EPS * np.abs(exact)) * 1.0001)


def run_with_error(layers, x, error):
    """reference.run of inputs that are themselves off by `error`, which grows on its way."""
    exact, bound = reference.run(layers, x)
    if np.max(error) == 0:
        return exact, bound
    magnitudes = [
        {**layer, **{name: np.abs(layer[name]) for name in ("weight",) if name in layer}}
        | ({"bias": np.zeros_like(layer["bias"])} if "bias" in layer else {})
        for layer in layers
    ]
    carried, _ = reference.run(magnitudes, np.broadcast_to(error, x.shape))
    return exact, bound + carried


def packed_case(int8, is_pictures, seed, row):
    """One row of LAYERS or NETWORKS in the file, with its answer."""
    name, shape, count, add, passes = row
    make = Maker(int8, shape, seed + 1)
    add(make)
    bytes_in = int8 or is_pictures
    x = (
        pixels(seed, (count, *shape))
        if bytes_in
        else with_zeros(floats(seed, (count, *shape), 1.0))
    )
    exact, bound = answer_of(make, x, is_pictures)
    mask = sum(1 << PASSES.index(each) for each in without_of(passes, int8))
    text = name.encode()
    head = struct.pack("<i", len(text)) + text
    head += struct.pack("<8i", int(int8), int(is_pictures), count, *shape, mask, seed)
    head += struct.pack("<i", len(make.layers)) + b"".join(map(packed_layer, make.layers))
    return head + struct.pack("<ii", exact.itemsize, exact.size) + exact.tobytes() + bound.tobytes()


def golden():
    """The bytes of the file."""
    rows = [
        (int8, kind, row)
        for int8 in (False, True)
        for kind, table in enumerate((LAYERS, NETWORKS))
        for row in table
    ]
    cases = [
        packed_case(int8, kind == 1, 100 * i + 1, row) for i, (int8, kind, row) in enumerate(rows)
    ]
    return MAGIC + struct.pack("<i", len(cases)) + b"".join(cases)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(golden())
