"""What draws pages of PDF files: run in a process of its own (pdf.py), as PDFium is C++."""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

REQUEST = struct.Struct("<II")  # bytes of the request, in JSON, and of the file that follows
ANSWER = struct.Struct("<BIIQ")  # 0, or 1 for a reason; height, width; bytes that follow
PASSWORD = "password"  # the reason of a file that wants one
COUNT = -1  # the page that stands for their number
SECONDS = 10.0  # for a page

_DPI, _LEAST_DPI, _POINTS = 300, 72, 72  # of a picture, at least, and per inch
_SPARE = 768 * 2**20  # bytes of memory beyond a page's pixels
_WATCH = 0.5  # seconds
_PAGES = 64  # drawn before a file is opened anew: PDFium keeps what it has read


class _Pages:
    """The file that is open."""

    def __init__(self, source: str | bytes) -> None:
        self._source = source
        self._left = 0
        self._document: Any = None

    def document(self) -> Any:
        """The file, opened anew now and then."""
        if not self._left:
            self.close()
            self._document = _opened(self._source)
            self._document.init_forms()
            self._left = _PAGES
        self._left -= 1
        return self._document

    def close(self) -> None:
        """Close the file."""
        if self._document is not None:
            self._document.close()
            self._document = None

    def draw(self, number: int, side: int, pixels: int) -> tuple[int, int, bytes]:
        """Height, width and grey pixels of a page. Raises ValueError for one that is too large."""
        page = self.document()[number]
        try:
            width, height = page.get_size()
            scale = min(
                _DPI / _POINTS,
                (side - 1) / max(width, height, 1),
                (0.99 * pixels / max(width * height, 1)) ** 0.5,
            )
            if scale < _LEAST_DPI / _POINTS:
                inches = f"{width / _POINTS:.0f} x {height / _POINTS:.0f} inches"
                raise ValueError(f"{inches}, too large for {_LEAST_DPI} dpi")
            bitmap = page.render(scale=scale, grayscale=True)
            try:
                return bitmap.height, bitmap.width, _rows_of(bitmap)
            finally:
                bitmap.close()
        finally:
            page.close()


def _opened(source: str | bytes) -> Any:
    """A file by its name or bytes. Raises ValueError with a short reason."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(_readable(source))
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise ValueError(PASSWORD) from error
        raise ValueError("its parts are not found") from error


def _readable(source: str | bytes) -> str | bytes:
    """The name of a file, or its bytes where PDFium cannot take the name."""
    if isinstance(source, str):
        try:
            source.encode()
        except UnicodeEncodeError:
            return Path(source).read_bytes()
    return source


def _rows_of(bitmap: Any) -> bytes:
    if bitmap.n_channels != 1:
        raise ValueError("its pixels are not grey")
    rows = memoryview(bitmap.buffer).cast("B")
    if bitmap.stride == bitmap.width:
        return bytes(rows[: bitmap.width * bitmap.height])
    starts = range(0, bitmap.stride * bitmap.height, bitmap.stride)
    return b"".join(rows[start : start + bitmap.width] for start in starts)


def _limit(pixels: int) -> None:
    """Limit the memory of this process, where that can be done."""
    try:
        import resource

        with open("/proc/self/statm") as file:  # noqa: PTH123
            used = int(file.read().split()[0]) * resource.getpagesize()
        most = used + _SPARE + 4 * pixels
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    except (ImportError, OSError, ValueError):
        pass


def _answer(pages: _Pages, request: dict[str, Any]) -> tuple[int, int, bytes]:
    if request["page"] == COUNT:
        return len(pages.document()), 0, b""
    return pages.draw(request["page"], request["side"], request["pixels"])


def _end_with(parent: int) -> None:
    """End this process, in the middle of a page too, when the one that started it has ended."""
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(1)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    pages, limited = _Pages(b""), False
    can_alarm = hasattr(signal, "setitimer")
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        asked, size = REQUEST.unpack(head)
        request = json.loads(requests.read(asked))
        data = requests.read(size)
        if not limited:
            _limit(request["pixels"])
            limited = True
        if request.get("new"):
            pages.close()
            pages = _Pages(request.get("path") or data)
        del data
        if can_alarm:
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            height, width, body = _answer(pages, request)
            kind = 0
        except Exception as error:
            kind, height, width, body = 1, 0, 0, (str(error) or type(error).__name__).encode()
        if can_alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(ANSWER.pack(kind, height, width, len(body)))
        answers.write(body)
        answers.flush()


def main() -> None:
    """Answer requests on stdin until it ends."""
    import pypdfium2  # noqa: F401 (before the memory is limited)

    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr
    _serve(sys.stdin.buffer, answers)
