"""Requests, each with what its answer must be."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from real.sets import MNIST, labelled

import digitcli
from digitcli.data.store import load_split

from .client import Answer

DIGITS, CHEQUES = "28 x 28", "cheques"  # the sets' names
_DIGITS = 1_000  # MNIST's test pictures, from the first on
_MIXED = 400  # requests of every kind, before they are the same again


@dataclass(frozen=True)
class Query:
    """A request as it is sent, the status of its answer, and the texts that it reads."""

    request: bytes
    texts: tuple[str, ...] = ()
    status: int = 200

    def is_right(self, answer: Answer) -> bool:
        """Whether this is the answer."""
        if answer.status != self.status:
            return False
        return not self.texts or self.texts == tuple(
            row["text"] for row in json.loads(answer.body).get("results", ())
        )


@dataclass(frozen=True)
class Pictures:
    """Picture files of one kind, what `digitcli.read` says of them, and a request for each.

    `folder` has the pictures as 1.img, 2.img, ... and the requests as 1.http, 2.http, ...
    """

    name: str
    folder: Path
    files: list[bytes]
    queries: list[Query] = field(repr=False)

    @property
    def paths(self) -> list[Path]:
        """The files on disk, in order."""
        return [self.folder / f"{n}.img" for n in range(1, len(self.files) + 1)]


def pictures(name: str, data: Path, folder: Path, weights: str) -> Pictures:
    """The set of this name, read once by `digitcli.read` and written to `folder`."""
    files = _digits() if name == DIGITS else [_bytes(one.source) for one in labelled(data / name)]
    queries = [
        Query(post("/read", file), (digitcli.read(file, weights=weights).text,)) for file in files
    ]
    folder.mkdir()
    found = Pictures(name, folder, files, queries)
    for n, (path, query) in enumerate(zip(found.paths, queries, strict=True), 1):
        path.write_bytes(files[n - 1])
        (folder / f"{n}.http").write_bytes(query.request)
    return found


def post(path: str, body: bytes, kind: str = "application/octet-stream") -> bytes:
    """A POST request."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def get(path: str) -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def mixed(digits: Pictures, cheques: Pictures, model: str) -> list[Query]:
    """What different clients ask: pictures, forms, tensors, health; one in ten is no picture."""
    rng = random.Random(0)
    image = [[[0] * 28] * 28]
    tensors = json.dumps({"instances": image}).encode()
    others = [
        Query(post("/read", b"no picture"), ("",)),
        Query(post("/read", b"text", "text/plain"), status=415),
        Query(get("/nowhere"), status=404),
        Query(get("/v2/health/ready")),
        Query(get("/metrics")),
        Query(post(f"/v1/models/{model}:predict", tensors, "application/json")),
    ]
    found = []
    for n in range(_MIXED):
        if n % 10 == 0:
            found.append(others[0])
        elif n % 10 < 3:
            found.append(rng.choice(others[1:]))
        elif n % 10 < 4:
            found.append(_form(rng, digits))
        else:
            found.append(rng.choice((digits, cheques)[n % 2].queries))
    return found


def _form(rng: random.Random, of: Pictures) -> Query:
    """Eight pictures in one request."""
    chosen = rng.sample(range(len(of.files)), 8)
    line = b"--part\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n%s\r\n"
    body = b"".join(line % of.files[n] for n in chosen) + b"--part--\r\n"
    texts = tuple(text for n in chosen for text in of.queries[n].texts)
    return Query(post("/read", body, "multipart/form-data; boundary=part"), texts)


def _digits() -> list[bytes]:
    return [_png(image) for image in load_split("mnist", "test", MNIST).images[:_DIGITS]]


def _png(image: npt.NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _bytes(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()
