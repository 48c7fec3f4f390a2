"""Requests that no honest client makes: hostile files, broken HTTP, wrong documents and tensors."""

from __future__ import annotations

import json
import random
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "tests"))  # which has the hostile files

from damaged import mutants
from vision.files.hostile_pictures import HOSTILE

_IMAGE = [[0] * 28] * 28


@dataclass(frozen=True)
class Attack:
    """A request as it is sent, its kind, and how the client behaves.

    `target` is its method and path; "" for bytes that are no HTTP. The connection is closed after
    `sent` of its bytes (all where it is None) and, with `cut`, before the answer is read.
    """

    kind: str
    request: bytes
    target: str = ""
    sent: int | None = None
    cut: bool = False


class Attacks:
    """Makes attacks of every kind; which ones and how, `seed` decides.

    `folder` takes the large files, `inputs` has further files, `model` is a network's name.
    """

    def __init__(self, folder: Path, inputs: Path, model: str, seed: int) -> None:
        self._rng = random.Random(seed)
        self._model = model
        self._pictures = list(mutants.pictures().values())
        self._containers = list(mutants.containers().values())
        self._lists = list(mutants.lists(["1.png", "a/2.png"]).values())
        self._inputs = [path for path in sorted(inputs.rglob("*")) if path.is_file()]
        self._bombs = _write_bombs(folder)
        self._kinds: dict[str, tuple[int, Callable[[], Attack]]] = {
            "mutated picture": (40, lambda: self._file(self._mutant(self._pictures))),
            "mutated archive": (8, lambda: self._file(self._mutant(self._containers))),
            "mutated list": (4, lambda: self._file(self._mutant(self._lists))),
            "form": (8, self._form),
            "field input": (3, lambda: self._file(self._rng.choice(self._inputs).read_bytes())),
            "bomb": (1, lambda: self._file(self._rng.choice(self._bombs).read_bytes())),
            "correction": (6, self._correction),
            "document": (10, self._document),
            "tensor": (8, self._tensor),
            "path": (6, self._path),
            "broken HTTP": (8, self._broken),
            "cut body": (4, self._cut_body),
            "cut answer": (6, self._cut_answer),
        }
        if not self._inputs:
            del self._kinds["field input"]

    def __iter__(self) -> Iterator[Attack]:
        """One after the other, without end."""
        names = list(self._kinds)
        weights = [self._kinds[name][0] for name in names]
        while True:
            (name,) = self._rng.choices(names, weights)
            made = self._kinds[name][1]()
            yield Attack(name, made.request, made.target, made.sent, made.cut)

    def _mutant(self, of: list[bytes]) -> bytes:
        return mutants.mutated(self._rng.choice(of), self._rng, of)

    def _file(self, body: bytes) -> Attack:
        kind = self._rng.choice(("image/png", "application/octet-stream", "image/tiff"))
        return _post(self._rng.choice(("/read", "/read?seen=true")), body, kind)

    def _form(self) -> Attack:
        """Pictures in a form, one time in two with a form that is damaged."""
        parts = [
            b'--part\r\nContent-Disposition: form-data; name="a"; filename="%s"\r\n\r\n%s\r\n'
            % (self._rng.choice((b"a.png", b"../b", b"\xff", b"\x1b[31m", b"c" * 300)), picture)
            for picture in (self._mutant(self._pictures) for _ in range(self._rng.randint(0, 6)))
        ]
        body = b"".join(parts) + b"--part--\r\n"
        if self._rng.random() < 0.5:
            body = mutants.mutated(body, self._rng, self._lists)
        boundary = self._rng.choice(("; boundary=part",) * 4 + ("", "; boundary=", "; boundary=x"))
        return _post("/read", body, f"multipart/form-data{boundary}")

    def _correction(self) -> Attack:
        """Pictures to keep, with labels and names of all kinds."""
        if self._rng.random() < 0.3:
            name = self._rng.choice(("..%2f..%2fx", "a" * 300, "%00", "labels.csv", ".", "x.png"))
            return _without_body("DELETE", f"/corrections/{name}")
        label = self._rng.choice(("7", "1,5", "", "x", "1" * 2_000, "%0a", "-", "7&label=8"))
        of = self._pictures
        body = self._rng.choice(of) if self._rng.random() < 0.5 else self._mutant(of)
        return _post(f"/corrections?label={label}", body, "image/png")

    def _document(self) -> Attack:
        """JSON that is none, or that says something else."""
        path = self._rng.choice(
            (f"/v1/models/{self._model}:predict", f"/v2/models/{self._model}/infer")
        )
        body = self._rng.choice(_DOCUMENTS)
        if self._rng.random() < 0.5:
            body = mutants.mutated(body, self._rng, list(_DOCUMENTS))
        return _post(path, body, "application/json")

    def _tensor(self) -> Attack:
        """The Open Inference Protocol's binary form, with numbers that do not fit."""
        size = self._rng.choice((784, 783, 785, 0, -1, 10**20))
        shape = self._rng.choice(([1, 28, 28], [-1, 28, 28], [2**62, 4, 28], [], [1, 784], None))
        kind = self._rng.choice(("UINT8", "FP32", "FP64", "BYTES", "BOOL", "", None))
        image = {"name": "images", "shape": shape, "datatype": kind}
        image["parameters"] = {"binary_data_size": size}
        head = json.dumps({"inputs": [image]}).encode()
        length = self._rng.choice((len(head), len(head), 0, -1, 10**9, "x"))
        body = head + self._rng.randbytes(784)
        path = f"/v2/models/{self._model}/infer"
        header = f"Inference-Header-Content-Length: {length}\r\n"
        return _post(path, body, "application/octet-stream", header)

    def _path(self) -> Attack:
        method = self._rng.choice(("GET", "GET", "POST", "DELETE", "PUT", "OPTIONS", "PATCH"))
        path = self._rng.choice(_PATHS)
        if method in ("GET", "DELETE", "OPTIONS"):
            return _without_body(method, path)
        return _post(path, b"x", "text/plain", method=method)

    def _broken(self) -> Attack:
        """Bytes that are no request, or almost one."""
        data = self._rng.choice(_BROKEN)
        if self._rng.random() < 0.5:
            data = mutants.mutated(data, self._rng, list(_BROKEN))
        return Attack("", data)

    def _cut_body(self) -> Attack:
        whole = self._file(self._mutant(self._pictures))
        return Attack("", whole.request, whole.target, self._rng.randrange(len(whole.request)))

    def _cut_answer(self) -> Attack:
        whole = self._rng.choice((self._form, self._document, lambda: self._file(b"x")))()
        return Attack("", whole.request, whole.target, cut=True)


def _post(path: str, body: bytes, kind: str, more: str = "", *, method: str = "POST") -> Attack:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{more}"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    return Attack("", request, f"{method} {path}")


def _without_body(method: str, path: str) -> Attack:
    return Attack(
        "", f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), f"{method} {path}"
    )


def _write_bombs(folder: Path) -> list[Path]:
    """The files that ask for far more than their size, but those that take long to make."""
    folder.mkdir()
    found = []
    for name, case in HOSTILE.items():
        if not case.slow:
            path = folder / name
            path.write_bytes(case.make())
            found.append(path)
    return found


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


_TENSOR = {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "data": [0] * 784}
_DOCUMENTS: tuple[bytes, ...] = (
    _json({"instances": [_IMAGE]}),
    _json({"inputs": {"images": [_IMAGE]}}),
    _json({"instances": [[[0] * 28] * 27]}),
    _json({"instances": [_IMAGE] * 50, "inputs": [_IMAGE]}),
    _json({"instances": "7", "signature_name": {"a": 1}}),
    _json({"instances": [[[1e308] * 28] * 28], "signature_name": "unit_scale"}),
    _json({"inputs": [_TENSOR]}),
    _json({"inputs": [{**_TENSOR, "shape": [2**63, 28, 28]}], "id": "x" * 10_000}),
    _json({"inputs": [{**_TENSOR, "datatype": "FP32", "parameters": {"scale": 0}}]}),
    _json({"inputs": [_TENSOR] * 3, "outputs": [{"name": "no"}], "parameters": []}),
    b'{"instances": [[[NaN, Infinity, -1e999]]]}',
    b'{"instances": ' + b"9" * 100_000 + b"}",
    b'{"inputs": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"a":' * 20_000,
    b'"\\ud800"',
    b"\xff\xfe{\x00}\x00",
    b"",
    b"null",
)
_PATHS = (
    *("/", "/settings", "/openapi.json", "/metrics", "/read", "/corrections", "/queue", "/queue/0"),
    *("/queue/99999999999999999999", "/v2", "/v2/health/ready", "/v2/models/none/infer"),
    *("/v1/models/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//", "/read/", "/read?a=b"),
    *("/read?seen=maybe", "/v1/models/reader/versions/2:predict", "/%00", "/" + "a" * 8_000),
    *("/v2/models/%FF%FE/ready", "/?" + "&".join(f"a{n}={n}" for n in range(2_000))),
)
_READ = b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
_BROKEN: tuple[bytes, ...] = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),  # TLS
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"G\x00T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    _READ + b"Content-Length: -1\r\n\r\n",
    _READ + b"Content-Length: 99999999999999999999999\r\n\r\nx",
    _READ + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    _READ + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    _READ + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx\r\n",
    _READ + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 2_000 + b"0\r\n\r\n",
    _READ + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    _READ + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
    _READ + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    (_READ + b"Content-Length: 1\r\n\r\nx") * 20,  # one behind the other
    struct.pack(">Q", 7) * 100,
    b"\r\n" * 1_000,
)
