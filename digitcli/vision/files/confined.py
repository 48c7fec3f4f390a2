"""Decode in a process with limited memory, where no header tells how much decoding takes.

Lossless WebP: libwebp keeps a table of 6 kB for each of up to 65,536 groups of codes, whose number
is in the compressed pixels. HEIC and AVIF: what a decoder of video allocates is in the compressed
pixels too. Where a process cannot be limited (Windows; macOS does not enforce it), they are decoded
like any other picture.
"""

from __future__ import annotations

import os
import struct
import sys

from .formats.essential import Limits
from .pixels import Pixels, pixels_of

SPARE = 64 * 2**20  # bytes beyond the pixels, in several copies
SECONDS = 10.0

_COPIES = 16  # bytes of a pixel: two canvases of libwebp and one of Pillow, four each, and the grey
_SIZE = struct.Struct("<II")  # height and width, before the pixels


def can_confine() -> bool:
    """Whether this system limits the memory of a process."""
    return os.path.exists("/proc/self/statm")  # noqa: PTH110 - it must be quick


def decode_confined(kind: str, data: bytes, pixels: int, limits: Limits) -> Pixels:
    """Run `pillow.plain_pixels` on a file in a process with memory for `pixels` pixels.

    Raises ValueError with the reason when the file is damaged or needs more memory or time.
    """
    import subprocess

    code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main()"
    most = SPARE + _COPIES * pixels + len(data)
    numbers = [most, limits.file_bytes, limits.side, limits.pixels, limits.parts, limits.scans]
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, kind, *map(str, numbers)],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"not decoded within {SECONDS:g} s") from error
    if done.returncode or len(done.stdout) < _SIZE.size:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1].rstrip(".") if said else "its decoder failed"
        raise ValueError(f"{reason}; it had {most >> 20} MiB of memory")
    height, width = _SIZE.unpack_from(done.stdout)
    return pixels_of(done.stdout[_SIZE.size :], height, width)


def main() -> None:
    """Run in that process: a file on stdin, its pixels on stdout, or the reason on stderr."""
    import resource

    from .pillow import load_reader, plain_pixels, quiet

    kind = sys.argv[1]
    most, *numbers = map(int, sys.argv[2:])
    load_reader(kind)
    with open("/proc/self/statm") as file:  # noqa: PTH123
        used = int(file.read().split()[0]) * resource.getpagesize()
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (used + most, used + most))
    try:
        with quiet():
            found = plain_pixels(kind, data, Limits(*numbers))
    except Exception as error:
        sys.exit(str(error) or type(error).__name__)
    sys.stdout.buffer.write(_SIZE.pack(*found.shape or ()))
    sys.stdout.buffer.write(found)
