"""How fast is reading IDX, beside gzip + NumPy and the other readers that are installed?

Every reader goes from the path to an array, page cache warm, memory freed after each call.

The goal for the compressed file: at most 1.15 times what libdeflate itself takes to decompress the
same bytes, which are in memory already, into the same kind of memory (fresh, as numpy.empty gives
it: huge pages where the system has them). What fresh pages cost is seen beside it.
Prints a table; the last line of stdout is the same data as one JSON document.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import importlib.metadata
import json
import mmap
import os
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from digitcli import _core
from digitcli.bench.stopwatch import Timing, interleave, lap
from digitcli.data import idx, inflate
from digitcli.data.drawn import synthetic
from digitcli.machine import conditions as machine

NAME = "train-images-idx3-ubyte.gz"
REPOSITORY = Path(__file__).resolve().parents[1]
TEST_DATA = Path(os.environ.get("DIGITCLI_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
PEERS = ("deflate", "idx2numpy", "isal", "zlib-ng")

Reader = Callable[[Path], np.ndarray]


def main() -> None:
    """Measure, print the tables, end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=TEST_DATA / "mnist", help="folder with MNIST")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        packed, content = source(options.data, Path(folder))
        images = idx.read_images(packed)
        raw = Path(folder) / "images"
        idx.write_idx(raw, images)
        print(f"{content}: {packed.stat().st_size:,} bytes compressed, {images.nbytes:,} raw\n")
        groups = {
            "compressed": compare(packed, packed_readers(), images, options.rounds),
            "beside plain libdeflate": compare(packed, bare_calls(packed), images, options.rounds),
            "raw": compare(raw, raw_readers(), images, options.rounds),
        }
    for title, rows in groups.items():
        print_table(title, rows)
    plain, ours, *_ = (entry["median_ms"] for entry in groups["beside plain libdeflate"])
    ratio = round(ours / plain, 3)
    print(f"digitcli / plain libdeflate: {ratio} (goal: at most 1.15)")
    document = {"schema": "digitcli.bench.idx/3", "file": content, "rounds": options.rounds}
    document["libdeflate_ratio"] = ratio
    print(json.dumps(document | {"results": groups, "conditions": conditions()}))


def source(data: Path, folder: Path) -> tuple[Path, str]:
    """The file to read, and what it is."""
    if (data / NAME).is_file():
        return data / NAME, NAME
    images, _ = synthetic.draw(2_000, seed=0)
    # Deflate looks 32 kB back, 41 pictures: it does not see that they come again.
    idx.write_idx(folder / NAME, np.tile(images, (30, 1, 1)))
    return folder / NAME, f"synthetic digits ({NAME} is not in {data})"


# ---- readers: from a path to an array ----------------------------------------------------------


def packed_readers() -> dict[str, Reader]:
    """Readers of the compressed file; the first is what the others are compared with."""
    readers: dict[str, Reader] = {"gzip + numpy": partial(through, gzip.open)}
    for decoder in inflate.decoders():
        readers[f"digitcli ({decoder})"] = partial(idx.read_idx, decoder=decoder)
    for package, module in {"isal": "isal.igzip", "zlib-ng": "zlib_ng.gzip_ng"}.items():
        if found := optional(module):
            readers[f"{package} + numpy"] = partial(through, found.open)
    if idx2numpy := optional("idx2numpy"):
        readers["gzip + idx2numpy"] = lambda path: idx2numpy.convert_from_string(
            gzip.decompress(path.read_bytes())
        )
    if deflate := optional("deflate"):
        readers["deflate + numpy"] = partial(bare_wheel, deflate)
    return readers


def bare_calls(path: Path) -> dict[str, Reader]:
    """One call of the decompressor for the bytes of `path`, into memory of several kinds."""
    name, decode = next(iter(inflate.decoders().items()))
    assert name != "zlib", "this build has no libdeflate"
    data = memoryview(path.read_bytes())
    size = int.from_bytes(data[-4:], "little")
    resident = np.zeros(size, np.uint8)

    def into(memory: Callable[[], np.ndarray], _: Path) -> np.ndarray:
        out = memory()
        assert decode(data, out) == (len(data), size)
        return out[16:].reshape(-1, 28, 28)

    return {
        "libdeflate, fresh": partial(into, lambda: np.empty(size, np.uint8)),
        "digitcli": idx.read_idx,
        "libdeflate, small pages": partial(into, partial(small_pages, size)),
        "libdeflate, resident": partial(into, lambda: resident),
    }


def small_pages(size: int) -> np.ndarray:
    """Fresh memory that is handed out page by page."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, np.uint8)


def raw_readers() -> dict[str, Reader]:
    """Readers of the uncompressed file; the first is what the others are compared with."""
    readers: dict[str, Reader] = {"numpy.fromfile": from_file, "digitcli": idx.read_idx}
    if idx2numpy := optional("idx2numpy"):
        readers["idx2numpy"] = lambda path: idx2numpy.convert_from_file(str(path))
    return readers


def optional(module: str):
    """A module, or None where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def through(open_file: Callable, path: Path) -> np.ndarray:
    """What most people write, with any module that opens gzip files."""
    with open_file(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)


def bare_wheel(deflate, path: Path) -> np.ndarray:
    """The wheel's own function: trusts the trailer's length, reads one member."""
    data = path.read_bytes()
    size = int.from_bytes(data[-4:], "little")
    return np.frombuffer(deflate.gzip_decompress(data, size), np.uint8, offset=16).reshape(
        -1, 28, 28
    )


def from_file(path: Path) -> np.ndarray:
    """NumPy's own reader, which copies the file into fresh memory."""
    return np.fromfile(path, np.uint8, offset=16).reshape(-1, 28, 28)


# ---- measuring -----------------------------------------------------------------------------------


def compare(path: Path, readers: dict[str, Reader], expected: np.ndarray, rounds: int) -> list:
    """Median and spread of each reader, turn by turn, after each has given the right answer."""
    for name, read in readers.items():
        assert np.array_equal(read(path), expected), f"{name}: wrong answer"
    laps = {name: partial(lap, partial(read, path)) for name, read in readers.items()}
    timings = interleave(laps, seconds=0, rounds=rounds)
    base = timings[next(iter(readers))].median
    return [row(name, timing, base) for name, timing in timings.items()]


def row(name: str, timing: Timing, base: float) -> dict[str, object]:
    """One line of a table; the spread is the interquartile range over the median."""
    return {
        "reader": name,
        "median_ms": round(1e3 * timing.median, 4),
        "spread": round(timing.spread, 3),
        "times_faster": round(base / timing.median, 2),
    }


def print_table(title: str, rows: Iterable[dict[str, object]]) -> None:
    """Print one group of readers."""
    print(f"{title:<24} {'median':>12} {'spread':>8} {'faster':>9}")
    for entry in rows:
        print(
            f"  {entry['reader']:<22} {entry['median_ms']:>9.3f} ms {entry['spread']:>8.2f} "
            f"{entry['times_faster']:>8.2f}x"
        )
    print()


def conditions() -> dict[str, object]:
    """The machine, the commit, and the versions of the readers too."""
    found = machine.capture(checkout=REPOSITORY).to_json()
    for package in PEERS:
        try:
            found["versions"][package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found | {"libdeflate_linked": _core.LIBDEFLATE}


if __name__ == "__main__":
    main()
