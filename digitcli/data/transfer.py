"""Download one file from one URL: resumable, and with every byte checked."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..files import writing
from .catalog import Form
from .integrity import PIECE, Checksum, checksum_of
from .web import MirrorError, TimeLimits, open_url, words

SLOWEST = 1024  # bytes per stall time; a slower server has stalled
MOST_UNSTATED = 1 << 28  # bytes of a file whose size no source states

Advance = Callable[[int], None]


def download_file(url: str, form: Form, part: Path, limits: TimeLimits, advance: Advance) -> None:
    """Download `form` from `url` into `part`, going on after the bytes that it holds already.

    `advance` is called with the number of bytes in `part`. If the hash is wrong and some bytes came
    from an earlier run, the file is downloaded once more from the beginning.

    Raises MirrorError when the mirror fails; `part` then holds nothing or the beginning of the
    file. Raises MachineError when the disk refuses.
    """
    while True:
        checksum, resumed = _receive(url, form, part, limits, advance)
        if not (fault := checksum.fault()):
            return
        part.unlink()
        if not resumed:
            raise MirrorError(fault, passing=False)


def _receive(
    url: str, form: Form, part: Path, limits: TimeLimits, advance: Advance
) -> tuple[Checksum, bool]:
    """Complete `part`; return its hashes and whether its first bytes are from an earlier run."""
    have = part.stat().st_size if part.exists() and form.size is not None else 0
    if have == form.size:
        return checksum_of(part, form, have), True
    most = MOST_UNSTATED if form.size is None else form.size
    if have > most:
        have = 0
    with open_url(url, have, limits) as response:
        start = _start_of_body(response, have, form)
        promised = form.size if form.size is not None else _length(response)
        checksum = checksum_of(part, form, start)
        size = start
        with writing(part), part.open("r+b" if start else "wb") as file:
            file.seek(start)
            for chunk in _chunks(response, limits):
                size += len(chunk)
                if size > most:
                    file.truncate(0)
                    raise MirrorError(f"more than the expected {most:,} bytes", False)
                file.write(chunk)
                checksum.update(chunk)
                advance(size)
    if promised is not None and size < promised:
        raise MirrorError(f"ended after {size:,} of {promised:,} bytes", passing=True)
    return checksum, start > 0


def _length(response: http.client.HTTPResponse) -> int | None:
    """The length of the body that a mirror promises, None without one."""
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


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
    length = _length(response)
    if form.size is not None and length is not None and length != form.size - start:
        wanted = form.size - start
        raise MirrorError(f"offers {length:,} bytes, expected {wanted:,}", passing=False)
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
