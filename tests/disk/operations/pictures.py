"""Sheets, crops, pages and corrected pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from batch import kinds
from disk.operations.running import call, command
from disk.promises import Operation
from sheets import filled, photograph


def _nothing(folder: Path) -> None:
    """Nothing stands there before."""


def _sheet(name: str) -> Callable[[], Operation]:
    def prepare(folder: Path) -> None:
        command("adapt", "--sheet", name)(folder)

    ran = command("adapt", "--sheet", name, "--force")
    return lambda: Operation(f"adapt --sheet {name}", prepare, ran, _without_dates)


def _without_dates(name: str, content: bytes) -> bytes:
    return re.sub(rb"Date \(D:\d+Z\)", b"", content)


@cache
def _photo() -> bytes:
    file = BytesIO()
    photograph(filled(columns=1)[0], turn=180).save(file, "JPEG", quality=60)
    return file.getvalue()


def _crops() -> Operation:
    def prepare(folder: Path) -> None:
        (folder / "photo.jpg").write_bytes(_photo())

    return Operation(
        "adapt --crops", prepare, command("adapt", "--from", "photo.jpg", "--crops", "c")
    )


def _show() -> Operation:
    def prepare(folder: Path) -> None:
        (folder / "7.png").write_bytes(kinds.PICTURES[7])
        command("show", "tiny", "7.png", "--out", "page.html")(folder)

    return Operation("show --out", prepare, command("show", "small", "7.png", "--out", "page.html"))


def _correct(folder: Path, *digits: int) -> None:
    from digitcli.serve.corrections import Corrections

    kept = Corrections(folder / "mine")
    try:
        for digit in digits:
            kept.keep(kinds.PICTURES[digit], str(digit))
    finally:
        kept.close()


def _corrections() -> Operation:
    return Operation(
        "serve's corrections",
        lambda folder: _correct(folder, 1, 2),
        call(lambda folder: _correct(folder, 3)),
        holds=_correct,
    )


OPERATIONS: dict[str, Callable[[], Operation]] = {
    "adapt --sheet a.png": _sheet("a.png"),
    "adapt --sheet a.pdf": _sheet("a.pdf"),
    "adapt --crops": _crops,
    "show --out": _show,
    "serve's corrections": _corrections,
}
