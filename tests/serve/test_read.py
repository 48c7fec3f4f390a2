"""`POST /read`: pictures over HTTP get the answers of `digitcli.read`, and bad ones a clear one."""

from __future__ import annotations

import base64
import struct
import time
import zlib

import numpy as np
import pytest
from pictures import digit_picture, encoded
from servers import served

import digitcli

SEVEN = encoded(digit_picture(7))
BOUNDARY = "limit"


@pytest.fixture(scope="module")
def client():
    with served("--max-body", "0.5") as client:
        yield client


def form(*files, end="--\r\n", boundary=BOUNDARY):
    """A form with files (name, bytes)."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="pictures"; filename="{name}"\r\n'
        f"Content-Type: image/png\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in files
    ]
    return b"".join(parts) + f"--{boundary}{end}".encode()


def plain(document):
    """The results without the files' names, numbers rounded: JSON keeps all of their digits."""
    return [{**result, "file": ""} for result in document["results"]]


def test_a_picture_is_read_as_in_python(client):
    answer = client.post("/read", SEVEN)

    assert answer.status == 200
    assert answer.json["schema"] == "digitcli.predict/1"
    assert plain(answer.json) == [{**digitcli.read(SEVEN).to_dict(), "file": ""}]


def test_a_form_gives_a_row_for_each_of_its_pictures_in_order(client):
    three = encoded(digit_picture(3))
    body = form(("a.png", SEVEN), ("ü.png", three), ("c.txt", b"no picture"))

    answer = client.post("/read", body, f"multipart/form-data; boundary={BOUNDARY}")

    results = answer.json["results"]
    assert [result["text"] for result in results] == ["7", "3", ""]
    assert [result["file"] for result in results] == ["a.png", "ü.png", "c.txt"]
    assert results[2]["answer"] == "error"
    assert results[2]["error"]


def test_what_the_network_saw_comes_where_it_is_asked_for(client):
    (result,) = client.post("/read?seen=true", SEVEN).json["results"]

    (seen,) = result["seen"]
    pixels = np.frombuffer(base64.b64decode(seen["pixels"]), np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(pixels, digitcli.read(SEVEN).digits[0].picture)
    assert (seen["height"], seen["width"]) == (28, 28)


def test_what_is_no_picture_is_an_answer_with_a_reason(client):
    (result,) = client.post("/read", b"no picture").json["results"]

    assert (result["answer"], result["digits"]) == ("error", [])
    assert result["error"]


def test_pictures_that_declare_gigapixels_are_refused_before_they_are_decoded(client):
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    huge = SEVEN[:8] + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    body = form(*[(f"{n}.png", huge + SEVEN[33:]) for n in range(20)])

    begin = time.monotonic()
    answer = client.post("/read", body, f"multipart/form-data; boundary={BOUNDARY}")

    assert time.monotonic() - begin < 2
    assert [result["answer"] for result in answer.json["results"]] == ["error"] * 20


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/read", b"", "image/png", 400),
        ("/read", b"{}", "application/json", 415),
        ("/read?seen=maybe", SEVEN, "image/png", 400),
        ("/read", form(), f"multipart/form-data; boundary={BOUNDARY}", 400),
        ("/read", form(("a", SEVEN), end=""), f"multipart/form-data; boundary={BOUNDARY}", 400),
        ("/read", form(("a", SEVEN)), "multipart/form-data; boundary=other", 400),
        ("/read", form(("a", SEVEN)), "multipart/form-data", 400),
        (
            "/read",
            form(*[("a", b"x")] * 65),
            f"multipart/form-data; boundary={BOUNDARY}",
            413,
        ),
        ("/read", b"x" * 600_000, "image/png", 413),
        ("/reads", SEVEN, "image/png", 404),
        ("/read/", SEVEN, "image/png", 404),
        ("/read/../settings", SEVEN, "image/png", 404),
        ("/corrections?label=7", SEVEN, "image/png", 404),
    ],
)
def test_bad_requests_are_refused_with_a_reason(client, path, body, kind, status):
    answer = client.post(path, body, kind)

    assert answer.status == status
    assert answer.json["schema"] == "digitcli.error/1"
    assert answer.json["error"]


def test_other_methods_and_encodings_are_refused(client):
    assert client.get("/read").status == 405
    assert client.post("/read", SEVEN, **{"Content-Encoding": "gzip"}).status == 415


def test_a_body_in_chunks_is_counted_while_it_comes(client):
    head = b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
    head += b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    ones = b"".join(b"1\r\n%c\r\n" % byte for byte in SEVEN) + b"0\r\n\r\n"

    assert b'"text":"7"' in client.raw(head + ones)
    endless = client.raw(
        head + b"10000\r\n" + b"x" * 65536 + b"\r\n" + b"fffff\r\n" + b"y" * 900_000
    )
    assert endless.startswith(b"HTTP/1.1 413")


def test_the_description_and_the_counters_name_what_there_is(client):
    document = client.get("/openapi.json").json
    counters = client.get("/metrics")

    assert {"/read", "/v2", "/v1/models/{name}:predict", "/metrics"} <= document["paths"].keys()
    assert counters.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b'digitcli_requests_total{route="/read",status="200"}' in counters.body
    assert b"digitcli_pictures_total" in counters.body
