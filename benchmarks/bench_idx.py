"""How fast is reading IDX, beside gzip + NumPy and the other readers that are installed?

Every reader goes from the path to an array, page cache warm, memory freed after each call. The goal
for the compressed file is a third of gzip + NumPy's time. A mapped file costs nothing until it is
touched, so the raw file is measured twice: opened, and opened and read to its last byte.
Prints a table; the last line of stdout is the same data as one JSON document.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from digitcli.data import idx, inflate

NAME = "train-images-idx3-ubyte.gz"
REPOSITORY = Path(__file__).resolve().parents[1]
TEST_DATA = Path(os.environ.get("DIGITCLI_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
PACKAGES = ("digitcli", "numpy", "deflate", "idx2numpy", "isal", "zlib-ng")

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
            "raw, opened": compare(raw, raw_readers(), images, options.rounds),
            "raw, every byte read": compare(raw, touching(raw_readers()), images, options.rounds),
        }
    for title, rows in groups.items():
        print_table(title, rows)
    document = {"schema": "digitcli.bench.idx/1", "file": content, "rounds": options.rounds}
    print(json.dumps(document | {"results": groups, "conditions": conditions()}))


def source(data: Path, folder: Path) -> tuple[Path, str]:
    """The file to read, and what it is."""
    if (data / NAME).is_file():
        return data / NAME, NAME
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60_000, 28, 28), np.uint8)
    images[rng.random(images.shape) < 0.8] = 0  # MNIST's own share of empty pixels
    idx.write_idx(folder / NAME, images)
    return folder / NAME, f"synthetic noise ({NAME} is not in {data})"


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


def raw_readers() -> dict[str, Reader]:
    """Readers of the uncompressed file; the first is what the others are compared with."""
    readers: dict[str, Reader] = {"numpy.fromfile": from_file, "digitcli (mapped)": idx.read_idx}
    if idx2numpy := optional("idx2numpy"):
        readers["idx2numpy"] = lambda path: idx2numpy.convert_from_file(str(path))
    return readers


def touching(readers: dict[str, Reader]) -> dict[str, Reader]:
    """The same readers, followed by one pass over the array."""

    def touch(read: Reader, path: Path) -> np.ndarray:
        images = read(path)
        images.max()
        return images

    return {name: partial(touch, read) for name, read in readers.items()}


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


# ---- measuring: to be replaced by digitcli.bench.stopwatch ---------------------------------------


def compare(path: Path, readers: dict[str, Reader], expected: np.ndarray, rounds: int) -> list:
    """Median and spread of each reader, turn by turn, after each has given the right answer."""
    for name, read in readers.items():
        assert np.array_equal(read(path), expected), f"{name}: wrong answer"
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    order = list(readers)
    for _ in range(rounds):
        for name in order:
            start = time.perf_counter()
            readers[name](path)
            seconds[name].append(time.perf_counter() - start)
        order = order[1:] + order[:1]
    base = statistics.median(seconds[next(iter(readers))])
    return [row(name, values, base) for name, values in seconds.items()]


def row(name: str, seconds: list[float], base: float) -> dict[str, object]:
    """One line of a table; the spread is the interquartile range over the median."""
    low, median, high = statistics.quantiles(seconds, n=4, method="inclusive")
    return {
        "reader": name,
        "median_ms": round(1e3 * median, 4),
        "spread": round((high - low) / median, 3),
        "times_faster": round(base / median, 2),
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
    """The machine, the versions and the commit."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "machine": cpu(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": found,
        "commit": commit(),
    }


def cpu() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def commit() -> str:
    """The commit of the source tree, marked when it has changes."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


if __name__ == "__main__":
    main()
