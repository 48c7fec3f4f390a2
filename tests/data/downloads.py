"""How the tests fetch."""

from __future__ import annotations

from pathlib import Path

from data.mirrors import STALL, Server, dataset

from digitcli.data.download import Fetched, fetch
from digitcli.data.web import TimeLimits

QUICK = TimeLimits(connect=1.0, stall=STALL, waits=(0.01, 0.02))
FIRST = "train-images.bin"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def get(server: Server, folder: Path, *behaviours: str, **options: object) -> Fetched:
    mirrors = (server.url(behaviour) for behaviour in behaviours)
    return fetch(dataset(*mirrors), folder, limits=QUICK, **options)
