"""Damaged IDX files: our verdict and bytes against the strict oracle's. `make mutants` runs it."""

from __future__ import annotations

import argparse
import gzip
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data import idx_oracle
from data.idx_samples import CODES, SHAPES, answer, example, file_of

from digitcli.data import idx, inflate
from digitcli.errors import DataError


@dataclass
class Comparison:
    """What came of some mutants."""

    accepted: int = 0  # by the oracle
    refused: Counter[str] = field(default_factory=Counter)  # by the oracle, and why
    disagreements: list[str] = field(default_factory=list)  # decoder and bytes of each

    @property
    def count(self) -> int:
        return self.accepted + self.refused.total()


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


def compare(count: int, seed: int) -> Comparison:
    """Give `count` mutants to the oracle and to every decoder."""
    rng, files, result = random.Random(seed), originals(), Comparison()
    for _ in range(count):
        data = mutated(rng.choice(files), rng)
        try:
            expected = idx_oracle.read(data)
            result.accepted += 1
        except idx_oracle.RefusedError as error:
            expected = None
            result.refused[str(error)] += 1
        for decoder in inflate.decoders():
            try:
                found = answer(idx.parse_idx(data, "x", decoder=decoder))
            except DataError:
                found = None
            if found != expected:
                result.disagreements.append(f"{decoder}: {data.hex()}")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=28)
    options = parser.parse_args()
    result = compare(options.count, options.seed)
    print(
        f"{result.count:,} mutants by {', '.join(inflate.decoders())}: {result.accepted:,} accepted"
    )
    for reason, count in sorted(result.refused.items()):
        print(f"  {count:>7,} refused: {reason}")
    print(*result.disagreements, f"{len(result.disagreements)} disagreements", sep="\n")
    return int(bool(result.disagreements))


if __name__ == "__main__":
    sys.exit(main())
