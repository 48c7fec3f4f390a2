"""A server that speaks as much of S3 as reading and writing objects takes."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "bucket"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, code: int, name: str) -> None:
        self._answer(code, f"<Error><Code>{name}</Code><Message>{name}</Message></Error>".encode())

    def _asked(self) -> tuple[str, dict[str, list[str]]] | None:
        """The key and the query, if the bucket answers at all."""
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        if bucket == "refused":
            self._refuse(403, "AccessDenied")
        elif bucket != BUCKET:
            self._refuse(404, "NoSuchBucket")
        else:
            return key, parse_qs(parts.query, keep_blank_values=True)
        return None

    def _get(self) -> None:
        if (asked := self._asked()) is None:
            return
        key, query = asked
        objects = self.server.objects  # type: ignore[attr-defined]
        if not key and self.command == "GET":
            self._list(query.get("prefix", [""])[0])
        elif not key:
            self._answer(200, x_amz_bucket_region="us-east-1")
        elif key not in objects:
            self._refuse(404, "NoSuchKey")
        else:
            data, code = objects[key], 200
            if found := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")):
                data, code = data[int(found[1]) : int(found[2]) + 1], 206
            self._answer(code, data, Content_Length=str(len(data)), ETag='"1"')

    do_GET = do_HEAD = _get

    def _list(self, prefix: str) -> None:
        objects = self.server.objects  # type: ignore[attr-defined]
        keys = sorted(key for key in objects if key.startswith(prefix))
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(objects[key])}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key in keys
        )
        head = (
            f"<Name>{BUCKET}</Name><KeyCount>{len(keys)}</KeyCount><IsTruncated>false</IsTruncated>"
        )
        self._answer(200, f"<ListBucketResult>{head}{found}</ListBucketResult>".encode())

    def _body(self) -> bytes:
        """What was sent, without the pieces that HTTP and then AWS cut it into."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = _without_chunks(self.rfile)
        else:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            return _without_chunks(io.BytesIO(data))
        return data

    def do_PUT(self) -> None:
        data = self._body()
        if (asked := self._asked()) is None:
            return
        key, query = asked
        name = key if "partNumber" not in query else f"{key}\0{int(query['partNumber'][0]):05}"
        self.server.objects[name] = data  # type: ignore[attr-defined]
        self._answer(200, ETag=f'"{hashlib.md5(data).hexdigest()}"')

    def do_POST(self) -> None:
        self._body()
        if (asked := self._asked()) is None:
            return
        key, query = asked
        objects = self.server.objects  # type: ignore[attr-defined]
        if "uploads" in query:
            answer = f"<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>1</UploadId>"
            body = f"<InitiateMultipartUploadResult>{answer}</InitiateMultipartUploadResult>"
        else:
            pieces = sorted(name for name in objects if name.startswith(f"{key}\0"))
            objects[key] = b"".join(objects.pop(name) for name in pieces)
            body = (
                f"<CompleteMultipartUploadResult><Key>{key}</Key></CompleteMultipartUploadResult>"
            )
        self._answer(200, body.encode())


def _without_chunks(file: BinaryIO) -> bytes:
    """The bytes of a body in chunks, up to the empty one and what trails it."""
    data = b""
    while size := int(file.readline().partition(b";")[0].strip() or b"0", 16):
        data += file.read(size)
        file.readline()
    while file.readline().strip():
        pass
    return data


@contextmanager
def serving(objects: dict[str, bytes]) -> Iterator[str]:
    """Serve `objects` as s3://bucket; what is behind the "?" of its URLs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.objects = objects  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"region=us-east-1&scheme=http&endpoint_override=127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
