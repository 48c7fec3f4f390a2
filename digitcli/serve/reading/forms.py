"""The pictures of a request: its body, or the files of a form."""

from __future__ import annotations

from typing import Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from ...vision.files.picture import Bytes
from ..options import PICTURES
from ..refusal import RefusedError

_FORM = b"multipart/form-data"


def pictures_of(body: bytes, content_type: str) -> list[Bytes]:
    """The pictures of a body: itself, or the files of a form.

    Raises RefusedError for another type, a form that is damaged, or one without a file.
    """
    kind, options = parse_options_header(content_type or "application/octet-stream")
    if kind == _FORM:
        found = _parts(body, options.get(b"boundary", b""))
    elif kind.startswith(b"image/") or kind == b"application/octet-stream":
        found = [Bytes("picture", body)]
    else:
        raise RefusedError(
            415,
            f"a picture is needed, got {kind.decode('latin-1')!r}",
            'send the file as the body, with `-H "Content-Type: image/png"`; or a form with files',
        )
    if not body or not found:
        raise RefusedError(400, "there is no picture in the request")
    return found


class _Form:
    """Collects the files of a form; what is no file is passed over."""

    def __init__(self) -> None:
        self.files: list[Bytes] = []
        self.is_complete = False
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value, self._data = bytearray(), bytearray(), bytearray()

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
            "on_part_end": self._end,
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_end": self._complete,
        }

    def _begin(self) -> None:
        self._headers, self._data = {}, bytearray()

    def _header(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"filename" not in options:
            return
        if len(self.files) == PICTURES:
            raise RefusedError(413, f"a form may have {PICTURES} pictures")
        name = options[b"filename"].decode("utf-8", "replace")
        self.files.append(Bytes(name or f"picture {len(self.files) + 1}", bytes(self._data)))

    def _complete(self) -> None:
        self.is_complete = True


def _parts(body: bytes, boundary: bytes) -> list[Bytes]:
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())
        parser.write(body)
        parser.finalize()
    except (MultipartParseError, ValueError) as error:
        raise RefusedError(400, f"the form is damaged: {error}") from error
    if not form.is_complete:
        raise RefusedError(400, "the form ends before its last boundary")
    return form.files
