"""RapidOCR's answers, kept on the disk: it is slow, and gives the same ones each time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from common import REPOSITORY

from .readers import RAPID, RAPIDOCR, Kind

CACHE = REPOSITORY / ".cache" / "real"


class Peer:
    """Reads pictures with RapidOCR in a process of its own, those alone that it has not yet read.

    Answers are kept in `folder` by the picture's sha256, a line each as soon as it is there, so
    that a run that is stopped goes on where it was.
    """

    def __init__(self, folder: Path = CACHE) -> None:
        self.folder = folder

    @property
    def modes(self) -> dict[Kind, Sequence[str]]:
        """The modes that suit each kind of picture."""
        return RAPIDOCR.modes

    @cached_property
    def version(self) -> str:
        """Of the installed package."""
        return RAPIDOCR.version()

    def read(self, sources: Sequence[Path | bytes], mode: str) -> list[str]:
        """The digits of each picture, a line feed between lines."""
        path = self.folder / f"rapidocr-{self.version}-{mode}.jsonl"
        keys = [_key(source) for source in sources]
        known = _known(path)
        new = {key: one for key, one in zip(keys, sources, strict=True) if key not in known}
        if new:
            self._read_new(new, mode, path)
            known = _known(path)
        return [known[key] for key in keys]

    def _read_new(self, sources: dict[str, Path | bytes], mode: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder, path.open("a") as kept:
            names = Path(folder) / "names.txt"
            files = [_file(source, Path(folder) / f"{key}.pgm") for key, source in sources.items()]
            kept.write("\n" * (kept.tell() > 0))  # the last line may have been cut off
            names.write_text("".join(f"{file}\n" for file in files))
            command = [sys.executable, str(RAPID), str(names), mode]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                for key, line in zip(sources, process.stdout or (), strict=False):
                    kept.write(json.dumps([key, json.loads(line)]) + "\n")
                    kept.flush()
        if process.returncode:
            raise SystemExit(f"rapidocr: exit code {process.returncode}")


def _key(source: Path | bytes) -> str:
    data = source if isinstance(source, bytes) else source.read_bytes()
    return hashlib.sha256(data).hexdigest()


def _file(source: Path | bytes, path: Path) -> Path:
    if isinstance(source, Path):
        return source
    path.write_bytes(source)
    return path


def _known(path: Path) -> dict[str, str]:
    """The answers that are there; a line that was cut off is left out."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        with contextlib.suppress(json.JSONDecodeError):
            key, text = json.loads(line)
            found[key] = text
    return found
