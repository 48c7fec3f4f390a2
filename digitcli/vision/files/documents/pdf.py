"""The pages of a PDF file, drawn at 300 dpi by processes with limited memory and time.

PDFium draws them, from the extra `formats`. A process draws one page at a time and keeps its file
open for the next; it ends with this one.
"""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec

from ....errors import DataError
from ....thread_locks import fork_safe_lock
from ..content import Content, OnDisk
from ..decode import Limits
from ..formats.essential import EXTRA
from ..pixels import Pixels, pixels_of
from .pdf_process import ANSWER, COUNT, PASSWORD, REQUEST, SECONDS

_UNLOCK = "`qpdf --decrypt --password=... IN.pdf OUT.pdf` writes a copy without it"
_CRASHED = "PDFium ended: it needs too much memory, or is damaged"
_IDLE = 4  # processes that wait for the next page


class _EndedError(Exception):
    """The process ended; the reason."""


class _Drawer:
    """A process that draws pages."""

    def __init__(self) -> None:
        module = f"{__package__}.pdf_process"
        code = f"import sys; sys.path[:] = {sys.path!r}; from {module} import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process, which then ends that one
        )
        self.document: Content | None = None  # that it has open

    def ask(self, document: Content, page: int, limits: Limits) -> tuple[int, int, bytes]:
        """A page's height, width and pixels; for page COUNT the number of pages.

        Raises ValueError with the process's reason, _EndedError when it ended.
        """
        request: dict[str, object] = {"page": page, "side": limits.side, "pixels": limits.pixels}
        data = b""
        if self.document is not document:
            self.document = document
            request["new"] = True
            if isinstance(document, OnDisk):
                request["path"] = os.fsdecode(document.name)
            else:
                data = document.data(limits)
        asked = json.dumps(request).encode()
        try:
            self._send(REQUEST.pack(len(asked), len(data)) + asked, data)
            kind, height, width, size = ANSWER.unpack(self._read(ANSWER.size))
            body = self._read(size)
        except (OSError, struct.error) as error:
            code = self._process.wait()
            self.close()
            slow = f"it takes longer than {SECONDS:g} s"
            raise _EndedError(slow if code == -14 else _CRASHED) from error
        if kind:
            raise ValueError(body.decode())
        return height, width, body

    def _send(self, *parts: bytes) -> None:
        assert self._process.stdin is not None
        for part in parts:
            self._process.stdin.write(part)
        self._process.stdin.flush()

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        found = self._process.stdout.read(size)
        if len(found) < size:
            raise OSError("the process ended")
        return found

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):  # it did not take all that was written
                pipe.close()


_lock = fork_safe_lock()
_idle: list[_Drawer] = []


@atexit.register
def _close_all() -> None:
    while _idle:
        _idle.pop().close()


def _ask(document: Content, page: int, limits: Limits) -> tuple[int, int, bytes]:
    """Ask a process that has the document open, else any."""
    with _lock:
        at = next((n for n, one in enumerate(_idle) if one.document is document), -1)
        drawer = _idle.pop(at) if _idle else None
    drawer = drawer or _Drawer()
    try:
        return drawer.ask(document, page, limits)
    except DataError:
        drawer.document = None
        raise
    except _EndedError:
        drawer = None
        raise
    except BaseException as error:
        if not isinstance(error, ValueError):  # interrupted between question and answer
            drawer.close()
            drawer = None
        raise
    finally:
        with _lock:
            if drawer is not None:
                _idle.append(drawer)
            old = _idle.pop(0) if len(_idle) > _IDLE else None
        if old is not None:
            old.close()


class PdfPage:
    """One page of a PDF file; its number counts from 1."""

    def __init__(self, name: str, content: Content, number: int) -> None:
        self.name, self._content, self._number = name, content, number

    def pixels(self, limits: Limits) -> Pixels:
        """The page as it would be printed, at 300 dpi, or less where that exceeds the limits."""
        try:
            height, width, pixels = _ask(self._content, self._number - 1, limits)
        except (ValueError, _EndedError) as error:
            raise DataError(f"{self.name}: not a page that can be drawn ({error})") from error
        return pixels_of(pixels, height, width)


def pages_of_pdf(content: Content, most: int, limits: Limits) -> Iterator[PdfPage]:
    """The pages of a file, at most one more than `most`; one page is called as the file is.

    Raises DataError when it cannot be opened, or the extra `formats` is not installed.
    """
    if find_spec("pypdfium2") is None:
        raise DataError(
            f"{content.name}: PDF is read with the extra formats, which is not installed", EXTRA
        )
    try:
        count, _, _ = _ask(content, COUNT, limits)
    except (ValueError, _EndedError) as error:
        if str(error) == PASSWORD:
            raise DataError(f"{content.name}: protected by a password", _UNLOCK) from error
        raise DataError(
            f"{content.name}: not a whole PDF file ({error})",
            "the file is cut short or damaged; save or download it again",
        ) from error
    if not count:
        raise DataError(f"{content.name}: a PDF file without pages")
    for number in range(1, min(count, most + 1) + 1):
        name = content.name if count == 1 else f"{content.name}#{number}"
        yield PdfPage(name, content, number)
