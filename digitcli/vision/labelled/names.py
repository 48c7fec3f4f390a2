"""What the names of files and arrays say: which part they belong to, what is no picture."""

from __future__ import annotations

import re
from pathlib import Path

from .pictures import TEST, TRAIN, VALIDATION, WHOLE

_PARTS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("test", "testing", "t10k"), TEST),
    **dict.fromkeys(("val", "valid", "validation"), VALIDATION),
}
_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "__macosx", "icon\r"})  # Windows, macOS
_ABOUT = ("readme", "license", "licence", "copying", "changelog", "citation", "makefile")
_OTHER_SUFFIXES = (
    ".txt .md .rst .csv .tsv .json .jsonl .xml .yaml .yml .toml .html .htm .log .py .ipynb .sh "
    ".ini .cfg .db .zip .tar .gz .tgz .7z .npy .npz .parquet .mat .pkl .h5 .sha256 .md5"
)
_NO_PICTURES = frozenset(_OTHER_SUFFIXES.split())


def words_of(name: str) -> list[str]:
    """The words of a name in small letters: `X_train.npy` has x, train and npy."""
    return re.findall(r"[a-z0-9]+", name.lower())


def part_of(name: str) -> str:
    """The part that the first word of its kind in a name says; WHOLE where none does."""
    return next((_PARTS[word] for word in words_of(name) if word in _PARTS), WHOLE)


def folder_part(name: str) -> str:
    """The part that a whole folder is, by its name; WHOLE for any other name."""
    return _PARTS.get(name.lower(), WHOLE)


def no_picture(path: Path) -> str:
    """Why a file among pictures is none, as its name says it; "" where it may be one."""
    name = path.name.lower()
    if name.startswith(".") or name in _SYSTEM:
        return "hidden"
    if path.is_dir():
        return "folders"
    if Path(name).suffix in _NO_PICTURES or name.startswith(_ABOUT):
        return "other files"
    return ""
