"""Hints for files that were refused as IDX: what they seem to be, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

_MNIST_FILE = re.compile(r"(train|t10k)-(images|labels)")
_OTHER_FORMATS = (
    (b"PK\x03\x04", "this is a ZIP archive; unpack it first"),
    (b"BZh", "this is a bzip2 file; unpack it first"),
    (b"\xfd7zXZ", "this is an xz file; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "this is a zstd file; unpack it first"),
    (b"\x1f\x8b", "this file was compressed twice; unpack it once with gunzip"),
    (b"\x93NUMPY", "this is a NumPy file, not an IDX file"),
    (b"\x89PNG", "this is a picture, not an IDX file"),
    (b"\xff\xd8\xff", "this is a picture, not an IDX file"),
)


def fetch_command(name: str, option: str = "") -> str:
    """The command that makes a file of this name, where there is one."""
    return f"run `digitcli fetch mnist{option}`" if _MNIST_FILE.match(Path(name).name) else ""


def again(name: str, damage: str) -> str:
    """How to replace a damaged file; "" where there is no damage."""
    if not damage:
        return ""
    remedy = fetch_command(name, " --force") or "copy or download the file again"
    return f"the download was {damage}; {remedy}"


def swapped(path: Path, found: str) -> str:
    """The hint for labels given as images, or images given as labels."""
    return f"this is the file of {found}s; were the two files swapped?"


def other_format(name: str, head: bytes) -> str:
    """What the file seems to be instead, and what to do about it."""
    if head.lstrip().startswith(b"<"):
        remedy = fetch_command(name, " --force") or "download the file again"
        return f"the server sent a web page instead of the file; {remedy}"
    return next((hint for start, hint in _OTHER_FORMATS if head.startswith(start)), "")
