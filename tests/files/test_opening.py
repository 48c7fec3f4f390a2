"""Files are opened to be read at once or not at all."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from digitcli.files.opening import SpecialFileError, open_regular, read_regular

POSIX = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def test_a_file_is_read_as_it_is(tmp_path):
    (tmp_path / "a").write_bytes(b"one\r\ntwo\n")

    with open_regular(tmp_path / "a") as file:
        assert file.read() == b"one\r\ntwo\n"
    assert read_regular(str(tmp_path / "a"), 9) == b"one\r\ntwo\n"


def test_a_link_to_a_file_is_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").symlink_to("a")

    assert read_regular(tmp_path / "b", 3) == b"one"


@POSIX
@pytest.mark.timeout(5)
def test_a_pipe_that_nobody_writes_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(SpecialFileError, match="is a pipe or a device"):
        open_regular(tmp_path / "pipe")


@POSIX
def test_a_pipe_loses_nothing_by_being_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(tmp_path / "pipe", os.O_WRONLY)
    os.write(writer, b"kept")

    with pytest.raises(SpecialFileError):
        open_regular(tmp_path / "pipe")

    assert os.read(reader, 9) == b"kept"
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_devices_are_refused(name):
    if not Path(name).exists():
        pytest.skip(f"this system has no {name}")

    with pytest.raises(SpecialFileError):
        open_regular(name)


@POSIX
def test_sockets_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")

        with pytest.raises(SpecialFileError):
            open_regular("socket")


def test_folders_and_missing_files_are_told_apart(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "missing")


@POSIX
def test_a_file_that_a_pipe_replaces_while_it_is_opened_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"one")
    os.mkfifo(tmp_path / "pipe")
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: real(tmp_path / "pipe", *rest))

    with pytest.raises(SpecialFileError):
        open_regular(tmp_path / "a")


def test_an_empty_file_is_not_read_at_all(tmp_path):
    (tmp_path / "a").touch()

    with open_regular(tmp_path / "a") as file:
        (tmp_path / "a").write_bytes(b"news")  # as a file under /proc may have at any time

        assert file.read() == b""


def test_no_more_than_the_limit_is_read(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(OSError, match="larger than 1 MiB, the most that is read"):
        read_regular(tmp_path / "large", 2**20)
