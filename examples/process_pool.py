"""Read a folder of pictures with one process for each core.

    python examples/process_pool.py FOLDER > numbers.csv

`digitcli predict FOLDER --csv` does the same with threads; processes are worth their start from a
few thousand small pictures on, because they do not share Python's lock.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import digitcli

CHUNK = 64  # pictures that a process gets at once


def read_chunk(paths: list[Path]) -> list[tuple[str, str, str]]:
    """Name, number and kind of answer of each picture."""
    readings = digitcli.read_many(paths, threads=1)
    return [
        (path.name, reading.written, reading.answer)
        for path, reading in zip(paths, readings, strict=True)
    ]


def read_folder(folder: Path, processes: int | None = None) -> Iterator[tuple[str, str, str]]:
    """The same of all pictures in a folder, in the order of their names."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    with ProcessPoolExecutor(processes) as pool:
        for rows in pool.map(read_chunk, chunks):
            yield from rows


if __name__ == "__main__":
    table = csv.writer(sys.stdout)
    table.writerow(["file", "number", "answer"])
    table.writerows(read_folder(Path(sys.argv[1])))
