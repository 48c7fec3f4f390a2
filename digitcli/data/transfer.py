"""Download one file from one URL: resumable, and with every byte checked."""

from __future__ import annotations

import hashlib
import http.client
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..files import writing
from .catalog import Form
from .integrity import PIECE, wrong_hash
from .web import MirrorError, TimeLimits, open_url, words

SLOWEST = 1024  # bytes per stall time; a slower server has stalled

Advance = Callable[[int], None]


def download_file(url: str, form: Form, part: Path, limits: TimeLimits, advance: Advance) -> None:
    """Download `form` from `url` into `part`, going on after the bytes that it holds already.

    `advance` is called with the number of bytes in `part`. If the hash is wrong and some bytes came
    from an earlier run, the file is downloaded once more from the beginning.

    Raises MirrorError when the mirror fails; `part` then holds nothing or the beginning of the
    file. Raises MachineError when the disk refuses.
    """
    while True:
        digest, resumed = _receive(url, form, part, limits, advance)
        if digest == form.sha256:
            return
        part.unlink()
        if not resumed:
            raise MirrorError(wrong_hash(digest, form), passing=False)


def _receive(
    url: str, form: Form, part: Path, limits: TimeLimits, advance: Advance
) -> tuple[str, bool]:
    """Complete `part`; return its sha256 and whether its first bytes are from an earlier run."""
    have = part.stat().st_size if part.exists() else 0
    if have == form.size:
        return _sha256_of_first(part, have).hexdigest(), True
    if have > form.size:
        have = 0
    with open_url(url, have, limits) as response:
        start = _start_of_body(response, have, form)
        digest = _sha256_of_first(part, start)
        size = start
        with writing(part), part.open("r+b" if start else "wb") as file:
            file.seek(start)
            for chunk in _chunks(response, limits):
                size += len(chunk)
                if size > form.size:
                    file.truncate(0)
                    raise MirrorError(f"more than the expected {form.size:,} bytes", False)
                file.write(chunk)
                digest.update(chunk)
                advance(size)
    if size < form.size:
        raise MirrorError(f"ended after {size:,} of {form.size:,} bytes", passing=True)
    return digest.hexdigest(), start > 0


def _sha256_of_first(part: Path, count: int) -> Any:
    """A sha256 object that has been fed the first `count` bytes of `part`."""
    digest = hashlib.sha256()
    if count:
        with part.open("rb") as file:
            while count and (piece := file.read(min(PIECE, count))):
                digest.update(piece)
                count -= len(piece)
    return digest


def _start_of_body(response: http.client.HTTPResponse, have: int, form: Form) -> int:
    """The offset in the file at which the body begins; MirrorError for a wrong answer."""
    if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise MirrorError("answered with a web page instead of the file", passing=False)
    start = 0
    if response.status == 206:
        given = response.headers.get("Content-Range", "")
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", given.strip())
        if match is None or int(match[1]) != have or match[3] not in ("*", str(form.size)):
            raise MirrorError(f"answered with the wrong range ({given or 'none'})", passing=False)
        start = have
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) != form.size - start:
        wanted = form.size - start
        raise MirrorError(f"offers {int(length):,} bytes, expected {wanted:,}", passing=False)
    return start


def _chunks(response: http.client.HTTPResponse, limits: TimeLimits) -> Iterator[bytes]:
    """The body in pieces as they arrive; MirrorError when they arrive too slowly."""
    since, received = time.monotonic(), 0
    while chunk := _read(response, limits):
        yield chunk
        received += len(chunk)
        if (now := time.monotonic()) - since > limits.stall:
            if received < SLOWEST:
                raise MirrorError(f"stalled ({received} bytes in {now - since:.0f} s)", True)
            since, received = now, 0


def _read(response: http.client.HTTPResponse, limits: TimeLimits) -> bytes:
    try:
        return response.read1(PIECE)
    except TimeoutError as error:
        raise MirrorError(f"stalled (no byte for {limits.stall:g} s)", True) from error
    except (OSError, http.client.HTTPException) as error:
        raise MirrorError(words(error), passing=True) from error
