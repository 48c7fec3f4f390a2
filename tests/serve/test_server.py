"""Who is answered, how much, and how a server starts and stops."""

from __future__ import annotations

import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest
from pictures import digit_picture, encoded
from servers import served

from digitcli.errors import ExitCode, UsageError
from digitcli.serve.origin import Origins

SEVEN = encoded(digit_picture(7))


@pytest.fixture(scope="module")
def client():
    with served("--token", "secret", "--allow-host", "reader.example") as client:
        yield client


KNOWN = {"Authorization": "Bearer secret"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "LOCALHOST:99"}, 200),
        ({"Host": "reader.example"}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Host": "localhost:port"}, 421),
        ({"Host": "user@localhost"}, 421),
        ({"Host": "localhost/path"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic secret"}, 401),
        ({"Authorization": ""}, 401),
    ],
)
def test_only_local_names_no_other_pages_and_those_with_the_token_are_answered(
    client, headers, status
):
    answer = client.ask("GET", "/settings", headers={**KNOWN, **headers})

    assert answer.status == status
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_address_has_the_token_and_the_page_asks_for_none():
    with served("--token", "a/b&c") as client:
        assert client.printed == f"http://127.0.0.1:{client.port}/#token=a%2Fb%26c"
        assert client.get("/").status == 200
        assert client.get("/settings", Authorization="Bearer a/b&c").status == 200


def test_no_route_takes_a_parameter_that_the_description_does_not_name(client):
    paths = client.get("/openapi.json", **KNOWN).json["paths"]

    for path, operations in paths.items():
        at = path.format(name="small", version="1", file="a.png", item="0")
        for method, operation in operations.items():
            answer = client.ask(method.upper(), f"{at}?colour=red", headers=KNOWN)
            known = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
            assert answer.status == 400, (method, path)
            assert "unknown parameter 'colour'" in answer.json["error"], (method, path)
            assert all(name in answer.json["error"] for name in known), (method, path)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/settings?", 200),
        ("/settings?=", 400),
        ("/settings?seen=true", 400),
        ("/v2?a=1&b=2", 400),
        ("/nothing?a=1", 404),
    ],
)
def test_parameters_are_those_of_the_route_alone(client, path, status):
    assert client.get(path, **KNOWN).status == status
    assert client.ask("HEAD", path, headers=KNOWN).status == status


@pytest.mark.parametrize(
    "name", ["reader.example", "READER", "192.0.2.7", "2001:db8::1", "[::1]", "a_b.example."]
)
def test_a_server_has_the_names_that_it_is_told(name):
    host = name.lower() if ":" not in name else f"[{name.strip('[]')}]"

    Origins("127.0.0.1", [name], None).check("GET", "/", {"host": f"{host}:8000"})


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "a b", "http://x", "x:80", "x/y", "*", "*.example", "a..b", ".a", "-a", "a-"),
        *("999.1.1.1", "1.2.3", "[x", "käse.example", "a\n", "a" * 64, "a." * 127 + "a"),
    ],
)
def test_what_is_no_host_name_or_address_is_refused(name):
    with pytest.raises(UsageError, match="is neither a host name nor an address"):
        Origins("127.0.0.1", [name], None)


def test_serve_refuses_such_a_name_as_wrong_usage(run_cli):
    done = run_cli("serve", "--allow-host", "http://reader.example", "--port", "0")

    assert done.returncode == ExitCode.USAGE
    assert "--allow-host: 'http://reader.example'" in done.stderr


def test_the_description_names_the_page(client):
    paths = client.get("/openapi.json", **KNOWN).json["paths"]

    assert list(paths["/"]["get"]["responses"]["200"]["content"]) == ["text/html"]


def test_orchestrators_ask_without_a_token(client):
    assert client.get("/v2/health/live").status == 200
    assert client.get("/v2").status == 401


def test_a_head_that_is_too_long_is_refused(client):
    large = b"GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000
    many = b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 9_000 + b"\r\n"
    path = b"GET /" + b"p" * 30_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

    for data in (large, many, path):
        assert client.raw(data).startswith(b"HTTP/1.1 431"), data[:40]
    assert client.get("/v2/health/live").status == 200


@pytest.mark.parametrize(
    "data", [b"no request\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/nine\r\n\r\n"]
)
def test_what_is_no_request_is_refused(client, data):
    assert client.raw(data).startswith(b"HTTP/1.1 400")


def test_a_client_that_says_nothing_is_cut_off_and_holds_nobody_up(client):
    idle = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(50)]
    idle[0].sendall(b"GET /v2 HTTP/1.1\r\n")
    idle[1].sendall(
        b"POST /read HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
        b"Content-Type: image/png\r\nContent-Length: 900\r\n\r\n\x89PNG"
    )

    begin = time.monotonic()
    assert client.ask("POST", "/read", SEVEN, {"Content-Type": "image/png", **KNOWN}).status == 200
    assert time.monotonic() - begin < 3
    idle[0].settimeout(15)
    assert idle[0].recv(100) == b""  # closed
    assert 8 < time.monotonic() - begin < 14
    for sock in idle:
        sock.close()


def test_requests_past_the_limit_are_told_when_to_come_again(tmp_path):
    page = digit_picture(5, 2400, 2400)
    large = encoded(page)
    with served("--concurrency", "1", "--threads", "1") as client:
        answers = []

        def ask():
            answers.append(client.post("/read", large))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        statuses = sorted(answer.status for answer in answers)
        assert set(statuses) <= {200, 503}
        assert statuses[0] == 200
        assert statuses[-1] == 503
        refused = next(answer for answer in answers if answer.status == 503)
        assert refused.headers["retry-after"] == "1"
        assert client.post("/read", SEVEN).status == 200


def test_told_to_stop_it_answers_what_it_has_taken():
    large = encoded(digit_picture(5, 3000, 3000))
    with served() as client:
        answers = []
        thread = threading.Thread(target=lambda: answers.append(client.post("/read", large)))
        thread.start()
        time.sleep(0.15)
        client.process.send_signal(signal.SIGTERM)
        thread.join()
        assert client.process.wait(20) == 128 + signal.SIGTERM
    assert [answer.status for answer in answers] == [200]


def run(*options):
    command = [sys.executable, "-m", "digitcli", "serve", *options]
    streams = {"capture_output": True, "text": True}
    return subprocess.run(command, timeout=60, check=False, cwd=sys.prefix, **streams)


def test_a_port_that_is_taken_says_so(client):
    done = run("--port", str(client.port))

    assert done.returncode == ExitCode.ENVIRONMENT
    assert f"127.0.0.1:{client.port}: cannot be listened on" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["-w", "none.npz"], ExitCode.MODEL, "none.npz"),
        (["-w", "small", "-w", "small"], ExitCode.USAGE, "small"),
        (["-w", "line", "-w", "line8"], ExitCode.USAGE, "both read whole lines"),
        (["--token", "ä"], ExitCode.USAGE, "--token"),
        (["--token", ""], ExitCode.USAGE, "at least one"),
        (["--host", "no.such.name.invalid"], ExitCode.ENVIRONMENT, "cannot be listened on"),
    ],
)
def test_a_server_that_cannot_start_says_why(options, code, words):
    done = run("--port", "0", *options)

    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_logs_may_be_json_and_hold_no_line_of_a_client(tmp_path):
    with (tmp_path / "log").open("w") as log, served("--log", "json", stderr=log) as client:
        client.get("/v2%0aforged")
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert any(line.get("status") == 404 for line in lines)


@pytest.mark.parametrize("behind", [b"", b"no request\r\n\r\n"])
def test_a_client_that_leaves_several_requests_behind_is_not_logged(tmp_path, behind):
    head = f"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(SEVEN)}\r\n"
    several = (head.encode() + b"Content-Type: image/png\r\n\r\n" + SEVEN) * 20 + behind
    with (tmp_path / "log").open("w+") as log:
        with served("-q", stderr=log) as client:
            for _ in range(10):
                with socket.create_connection(("127.0.0.1", client.port)) as connection:
                    connection.sendall(several)
                    connection.setsockopt(  # close at once, whatever is on its way
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
            assert client.post("/read", SEVEN).json["results"][0]["text"] == "7"
        log.seek(0)
        assert log.read() == ""
