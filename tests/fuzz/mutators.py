"""Changes to files that keep checksums right, so that what lies behind them is reached."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import warnings
import zipfile
import zlib
from collections.abc import Callable

Mutate = Callable[[bytes, int], bytes]  # bytes and the most there may be -> changed ones

Members = list[tuple[str, bytes]]


def mutated_idx(data: bytes, mutate: Mutate, most: int, rng: random.Random) -> bytes:
    """Change what a gzip file holds and pack it again, or the file as it is."""
    if data[:2] != b"\x1f\x8b" or rng.random() < 0.3:
        changed = mutate(data, most)
        return gzip.compress(changed, rng.randrange(10), mtime=0) if rng.random() < 0.1 else changed
    try:
        content = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return mutate(data, most)
    return gzip.compress(mutate(content, most), rng.randrange(10), mtime=0)


def mutated_weights(data: bytes, mutate: Mutate, most: int, rng: random.Random) -> bytes:
    """Change one member of the archive and give it its checksums, or the file as it is."""
    if rng.random() < 0.2:
        return mutate(data, most)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # whatever zipfile thinks of it
        return mutate(data, most)
    if not members:
        return mutate(data, most)
    at = rng.randrange(len(members))
    name, content = members[at]
    match rng.randrange(8):
        case 0:
            members.append(rng.choice(members))
        case 1:
            del members[at]
        case 2:
            changed = mutate(name.encode(), 64).decode("latin-1")
            members[at] = (changed.replace("\0", ""), content)
        case _:
            members[at] = (name, mutate(content, most))
    if rng.random() < 0.7:
        members = _with_digests(members)
    return _packed(members, zipfile.ZIP_DEFLATED if rng.random() < 0.2 else zipfile.ZIP_STORED)


def _packed(members: Members, method: int) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name or "x"), content, method)
    return buffer.getvalue()


def _with_digests(members: Members) -> Members:
    """The same with the sha256 of each tensor in the header, where it can be read."""
    try:
        name, header = members[0]
        head, brace, text = header.partition(b'{"')
        document = json.loads(brace + text)
        for other, content in members[1:]:
            values = content.partition(b"}")[2].lstrip(b" ").removeprefix(b"\n")
            document["tensors"][other.removesuffix(".npy")] = hashlib.sha256(values).hexdigest()
    except (ValueError, LookupError, TypeError, RecursionError):
        return members
    made = json.dumps(document).encode()
    if len(made) != len(brace + text):
        return members  # the array's own length would be wrong
    return [(name, head + made), *members[1:]]


MUTATORS = {"idx_python": mutated_idx, "weights": mutated_weights}
