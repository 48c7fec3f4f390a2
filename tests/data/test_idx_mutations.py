"""Ten thousand damaged IDX files: our verdict and bytes against the oracle's."""

from __future__ import annotations

import gzip
import random

from data import idx_oracle
from data.idx_samples import CODES, SHAPES, answer, example, file_of

from digitcli.data import idx, inflate
from digitcli.errors import DataError


def originals() -> list[bytes]:
    """Small files of every type and rank, raw and packed in every way that is allowed."""
    raw = [file_of(example(dtype, shape)) for dtype in CODES for shape in SHAPES.values()]
    packed = [gzip.compress(data, level) for data in raw[::3] for level in (0, 9)]
    split = [gzip.compress(d[:7]) + b"\0\0" + gzip.compress(d[7:]) + bytes(5) for d in raw[::4]]
    named = [b"\x1f\x8b\x08\x08" + gzip.compress(d)[4:10] + b"name\0" + gzip.compress(d)[10:]
             for d in raw[::6]]  # fmt: skip
    return raw + packed + split + named


def mutated(data: bytes, rng: random.Random) -> bytes:
    """`data` with one or two changes of the kinds that disks, networks and people make."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2))):
        at, size = rng.randrange(len(changed) + 1), rng.randrange(1, 9)
        match rng.randrange(8):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << rng.randrange(8)
            case 1 if changed:
                changed[at % len(changed)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del changed[at:]
            case 3:
                changed[at:at] = changed[at : at + size]
            case 4:
                del changed[at : at + size]
            case 5:
                changed += rng.choice((bytes(size), rng.randbytes(size), b"\x1f\x8b"))
            case 6:
                edit = rng.randrange(20)  # somewhere in the header
                changed[edit : edit + 1] = bytes([rng.randrange(16)])
            case _:
                changed = bytearray(gzip.compress(changed)) if rng.random() < 0.5 else changed
    return bytes(changed)


def test_ten_thousand_mutated_files_get_the_oracles_verdict_and_bytes():
    rng, files = random.Random(28), originals()
    accepted = 0

    for _ in range(10_000):
        data = mutated(rng.choice(files), rng)
        try:
            expected = idx_oracle.read(data)
        except idx_oracle.RefusedError:
            expected = None
        for decoder in inflate.decoders():
            try:
                found = answer(idx.parse_idx(data, "x", decoder=decoder))
            except DataError:
                found = None
            assert found == expected, (decoder, data.hex())
        accepted += expected is not None

    assert 1_000 < accepted < 9_000
