"""Downloads from mirrors that misbehave: fall over to a good one, or fail and leave no trace."""

from __future__ import annotations

import hashlib
import re
import socket
import urllib.request
from dataclasses import replace
from email.message import Message
from pathlib import Path

import pytest
from data.downloads import FIRST, QUICK, contents, get
from data.mirrors import CONTENT, Server, dataset

from digitcli.data import transfer
from digitcli.data.catalog import DataFile, DataSet, Form
from digitcli.data.download import DownloadObserver, fetch
from digitcli.data.transfer import download_file
from digitcli.data.web import CautiousRedirects, MirrorError
from digitcli.errors import MachineError, NetworkError

# behaviour -> what its line must say, and whether a second and a third try make sense
TROUBLES = {
    "missing": ("HTTP 404", False),
    "busy": ("HTTP 503", True),
    "page": ("web page", False),
    "short": ("ended after 1,000 of 70,000 bytes", True),
    "small": ("offers 1,000 bytes, expected 70,000", False),
    "long": ("more than the expected 70,000 bytes", False),
    "endless": ("more than the expected 70,000 bytes", False),
    "wrong": ("wrong bytes (sha256", False),
    "silent": ("no answer within", True),
    "stalling": ("stalled", True),
    "dripping": ("stalled", True),
    "circling": ("redirects", False),
    "ftp": ("redirects from http to ftp, refused", False),
    "garbage": ("not http", True),
}


def refused_port() -> str:
    """A mirror on a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def test_all_files_arrive_under_their_names_and_nothing_else(server, folder):
    fetched = get(server, folder, "good")

    assert contents(folder) == CONTENT
    assert [found.status for found in fetched.files] == ["downloaded"] * 4


@pytest.mark.parametrize("behaviour", TROUBLES)
def test_a_bad_mirror_is_left_for_the_next_one(server, folder, behaviour):
    fetched = get(server, folder, behaviour, "good")

    assert contents(folder) == CONTENT
    assert all("/good/" in found.source for found in fetched.files)


@pytest.mark.parametrize("behaviour", TROUBLES)
def test_when_all_mirrors_are_bad_each_has_a_line_and_no_file_changes(server, folder, behaviour):
    folder.mkdir()
    (folder / FIRST).write_bytes(b"what was there")
    (folder / "other.txt").write_bytes(b"not ours")

    with pytest.raises(NetworkError) as caught:
        get(server, folder, behaviour, "missing")

    said, _ = TROUBLES[behaviour]
    assert caught.value.exit_code == 5
    assert len(caught.value.details) == 2
    assert said in caught.value.details[0]
    assert str(folder) in caught.value.hint
    left = contents(folder)
    part = left.pop(f"{FIRST}.part", b"")
    assert left == {FIRST: b"what was there", "other.txt": b"not ours"}
    assert CONTENT[FIRST].startswith(part)
    assert len(part) < 70_000


@pytest.mark.parametrize("behaviour", TROUBLES)
def test_only_trouble_that_may_pass_is_tried_three_times(server, folder, behaviour):
    with pytest.raises(NetworkError):
        get(server, folder, behaviour)

    _, passing = TROUBLES[behaviour]
    tries = 3 if passing else 1
    redirects = 5 if behaviour == "circling" else 0
    assert len(server.requests) == tries + redirects


def test_a_refused_connection_is_left_for_the_next_mirror(server, folder):
    fetched = fetch(dataset(refused_port(), server.url("good")), folder, limits=QUICK)

    assert contents(folder) == CONTENT
    assert all(found.usable for found in fetched.files)


def test_a_refused_connection_alone_is_named(server, folder):
    with pytest.raises(NetworkError) as caught:
        fetch(dataset(refused_port()), folder, limits=QUICK)

    assert "connection refused" in caught.value.details[0]


def test_a_mirror_that_recovers_is_enough(server, folder):
    get(server, folder, "recovering")

    assert contents(folder) == CONTENT


def test_a_redirect_is_followed(server, folder):
    get(server, folder, "moved")

    assert contents(folder) == CONTENT


def test_a_redirect_from_https_to_http_is_refused():
    request = urllib.request.Request("https://example.org/a.gz")
    body = socket.socket()

    with pytest.raises(MirrorError, match="redirects from https to http, refused"):
        CautiousRedirects().redirect_request(
            request, body, 302, "Found", Message(), "http://example.org/a.gz"
        )


def test_the_next_file_asks_a_mirror_that_failed_last(server, folder):
    get(server, folder, "missing", "good")

    assert [request[0] for request in server.requests] == ["missing", *["good"] * 4]


def test_the_observer_is_told_every_byte_and_every_trouble(server, folder):
    class Recorder(DownloadObserver):
        heard: list[tuple[str, object]] = []  # noqa: RUF012

        def on_progress(self, name: str, size: int) -> None:
            self.heard.append((name, size))

        def on_trouble(self, url: str, reason: str) -> None:
            self.heard.append(("trouble", reason))

    get(server, folder, "missing", "good", observer=Recorder())

    assert Recorder.heard[0] == ("trouble", "HTTP 404 (not found)")
    assert {(name, 70_000) for name in CONTENT} <= set(Recorder.heard)


UNSTATED = {
    "short": "ended after 1,000 of 70,000 bytes",
    "small": "wrong bytes \\(md5",
    "wrong": "wrong bytes \\(md5",
    "endless": "more than the expected 100,000 bytes",
}


def unsized(server: Server, *behaviours: str) -> DataSet:
    """The same files where no source states a size, and md5 is the only hash."""
    plain = dataset(*(server.url(behaviour) for behaviour in behaviours))
    files = tuple(
        DataFile(file.role, (Form(name, None, md5=hashlib.md5(body).hexdigest()),))
        for file, (name, body) in zip(plain.files, CONTENT.items(), strict=True)
    )
    return replace(plain, files=files)


@pytest.mark.parametrize("behaviour", UNSTATED)
def test_a_file_of_unknown_size_is_checked_by_its_md5(server, folder, behaviour, monkeypatch):
    monkeypatch.setattr(transfer, "MOST_UNSTATED", 100_000)

    with pytest.raises(NetworkError) as caught:
        fetch(unsized(server, behaviour), folder, limits=QUICK)
    assert re.search(UNSTATED[behaviour], caught.value.details[0])

    fetched = fetch(unsized(server, behaviour, "good"), folder, limits=QUICK)
    assert contents(folder) == CONTENT
    assert {found.size for found in fetched.files} == {70_000}


def test_a_full_disk_is_not_blamed_on_the_mirror(server, folder, monkeypatch):
    folder.mkdir()
    form = dataset().files[0].forms[0]

    with pytest.raises(MachineError, match="no space left"):
        download_file(server.url("good") + FIRST, form, Path("/dev/full"), QUICK, lambda size: None)
