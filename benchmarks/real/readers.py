"""Programs that read digits from picture files: ours, Tesseract and RapidOCR, as whole processes.

Each takes a list of files, so that it starts but once for many pictures, and has one thread. A
reader has modes for single digits, for numbers and for pages, and says how it is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from common import DIGITCLI

from digitcli.bench.cold.coldstart import Launch

Kind = Literal["digit", "number", "page"]

RAPID = Path(__file__).with_name("rapid.py")


@dataclass(frozen=True)
class ReaderProgram:
    """A program, the modes that suit each kind of picture, and how its answer is taken apart."""

    name: str
    version: Callable[[], str]
    install: str  # what to do when it is not there
    is_there: Callable[[], bool]
    modes: dict[Kind, Sequence[str]]
    command: Callable[[Path, str], list[str]]  # of a list of files, and a mode
    texts: Callable[[str], list[str]]  # of its output; a line feed between lines
    prepares: bool = True  # whether it may have the pictures enlarged, in its favour


@dataclass(frozen=True)
class Run:
    """One process: what it answered, seconds from start to end, and seconds of CPU time."""

    texts: list[str]
    seconds: float
    cpu: float


def run(program: ReaderProgram, launch: Launch, names: Path, mode: str) -> Run:
    """Start the program on a list of files; SystemExit with its last words when it fails."""
    done = launch(program.command(names, mode))
    if done["code"]:
        raise SystemExit(f"{program.name}: exit code {done['code']} ({done['last_words']})")
    wanted = len(names.read_text().splitlines())
    texts = program.texts(done["stdout"])[:wanted]  # Tesseract 4 also ends with a form feed
    if len(texts) != wanted:
        raise SystemExit(f"{program.name}: {len(texts)} answers to {wanted} pictures")
    return Run(texts, done["seconds"], done["cpu_seconds"])


def ours(weights: str) -> ReaderProgram:
    """`digitcli predict`, with any weights."""
    # A bundled name stays one; a file may be named from another folder.
    name = str(Path(weights).resolve()) if Path(weights).exists() else weights
    command = [DIGITCLI, "predict", "--jsonl", "--threads", "1"]
    return ReaderProgram(
        "digitcli",
        lambda: version("digitcli"),
        "pip install .",
        lambda: True,
        {"digit": ["one"], "number": ["many"], "page": ["many"]},
        lambda names, mode: [*command, "--weights", name, "--digits", mode, f"@{names}"],
        lambda output: [json.loads(line)["text"] or "" for line in output.splitlines()],
        prepares=False,
    )


def _tesseract(names: Path, mode: str) -> list[str]:
    """Digits only; a list of pictures is a batch, form feeds between its answers."""
    digits = "tessedit_char_whitelist=0123456789"
    return ["tesseract", str(names), "stdout", "--psm", mode.removeprefix("psm "), "-c", digits]


def _tesseract_texts(output: str) -> list[str]:
    pages = output.split("\f")
    return [
        "\n".join("".join(line.split()) for line in page.split("\n") if line.strip())
        for page in pages
    ]


def _tesseract_version() -> str:
    done = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


TESSERACT = ReaderProgram(
    "tesseract",
    _tesseract_version,
    "apt-get install tesseract-ocr",
    lambda: shutil.which("tesseract") is not None,
    {
        # 6: a block, 7: a line, 8: a word, 10: a character, 11: sparse text, 13: a raw line
        "digit": ["psm 10", "psm 13", "psm 8"],
        "number": ["psm 7", "psm 8", "psm 13"],
        "page": ["psm 6", "psm 11"],
    },
    _tesseract,
    _tesseract_texts,
)

RAPIDOCR = ReaderProgram(
    "rapidocr",
    lambda: version("rapidocr"),
    'pip install ".[ocr]"',
    lambda: find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None,
    {"digit": ["recognise"], "number": ["recognise", "detect"], "page": ["detect"]},
    lambda names, mode: [sys.executable, str(RAPID), str(names), mode],
    lambda output: [json.loads(line) for line in output.splitlines()],
)

PEERS = (TESSERACT, RAPIDOCR)


def one_thread() -> None:
    """For every process that is started from now on."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # Tesseract's
