"""A file of lines grows by whole lines, and nothing in it that is not ours is ever touched."""

from __future__ import annotations

import contextlib
import os

import pytest

from digitcli.errors import DataError, MachineError, UsageError
from digitcli.files import grow_lines

BUSY = UsageError("lines: in use")


def check(lines):
    """Lines of this file are numbers."""
    for line in lines:
        if not line.isdigit():
            raise DataError(f"no number: {line[:20]!r}")


def grow(path, is_beginning=lambda half, lines: half.isdigit()):
    return grow_lines(path, BUSY, check, is_beginning)


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (None, b""),
        (b"", b""),
        (b"11\n22\n", b"11\n22\n"),
        (b"11\n2", b"11\n"),
        (b"1", b""),
        (b"11\n" + b"2" * 3_000_000, b"11\n"),
        (b"2" * 3_000_000, b""),
        (b"".join(b"%d\n" % n for n in range(500_000)) + b"77", None),
    ],
)
def test_our_incomplete_last_line_is_cut_off_and_new_lines_are_appended(tmp_path, before, kept):
    path = tmp_path / "deep" / "lines"
    kept = before[:-2] if kept is None else kept
    if before is not None:
        path.parent.mkdir()
        path.write_bytes(before)

    with grow(path) as file:
        assert path.read_bytes() == kept
        file.write("33\n")
        file.flush()

    assert path.read_bytes() == kept + b"33\n"
    assert os.listdir(path.parent) == ["lines"]  # noqa: PTH208


@pytest.mark.parametrize("problem", [None, ValueError("no answer came")])
def test_a_new_file_without_a_line_is_removed(tmp_path, problem):
    path = tmp_path / "lines"

    with contextlib.suppress(ValueError), grow(path) as file:
        file.flush()
        assert path.exists()
        if problem:
            raise problem

    assert not path.exists()


def test_what_somebody_else_wrote_into_a_new_file_stays(tmp_path):
    path = tmp_path / "lines"

    with grow(path) as file:
        lengthen(path)
        file.write("1\n")
        with pytest.raises(MachineError, match="another process has changed"):
            file.flush()

    assert path.read_bytes() == b"theirs"


def test_an_empty_file_that_was_there_stays(tmp_path):
    path = tmp_path / "lines"
    path.touch()

    with grow(path):
        pass

    assert path.exists()


def test_a_whole_last_line_only_gets_its_end(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"11\n22")

    with grow(path, is_beginning=lambda half, lines: False) as file:
        file.write("33\n")
        file.flush()

    assert path.read_bytes() == b"11\n22\n33\n"


@pytest.mark.parametrize(
    "before", [b"x", b"1\nx", b"1\nx\n", b"\n", b"1\n\0\0", b"\0" * 9, b"1\nx\n2"]
)
def test_what_is_not_ours_stays_as_it_is(tmp_path, before):
    path = tmp_path / "precious"
    path.write_bytes(before)
    inode = path.stat().st_ino

    with pytest.raises(DataError, match="no number"), grow(path):
        pytest.fail("took somebody else's file")

    assert path.read_bytes() == before
    assert path.stat().st_ino == inode


def test_the_old_file_stays_until_the_repaired_one_replaces_it(tmp_path, monkeypatch):
    path = tmp_path / "lines"
    path.write_bytes(b"11\n2")
    full = open("/dev/full", "wb")  # noqa: SIM115, PTH123
    monkeypatch.setattr("digitcli.files.atomic._opened_anew", lambda path: full)

    with pytest.raises(MachineError, match="no space left on device"), grow(path):
        pass

    assert path.read_bytes() == b"11\n2"


def test_a_symbolic_link_stays_one(tmp_path):
    path, link = tmp_path / "lines", tmp_path / "link"
    path.write_bytes(b"11\n2")
    link.symlink_to(path)

    with grow(link) as file:
        file.write("3\n")
        file.flush()

    assert link.is_symlink()
    assert path.read_bytes() == b"11\n3\n"


@pytest.mark.parametrize("half", [b"", b"2"])
def test_only_one_process_appends(tmp_path, half):
    path = tmp_path / "lines"
    path.write_bytes(b"1\n" + half)

    with grow(path), pytest.raises(UsageError, match="lines: in use"), grow(path):
        pytest.fail("two processes write one file")

    with grow(path):
        pass


def cut(path):
    os.truncate(path, 1)


def lengthen(path):
    with path.open("ab") as file:
        file.write(b"theirs")


def replace(path):
    new = path.with_name("new")
    new.write_bytes(path.read_bytes())
    new.replace(path)


def remove(path):
    path.unlink()


@pytest.mark.parametrize("harm", [cut, lengthen, replace, remove])
def test_a_file_that_another_process_changes_is_not_written_any_more(tmp_path, harm):
    path = tmp_path / "lines"

    with grow(path) as file:
        file.write("1\n")
        file.flush()
        harm(path)
        after = path.read_bytes() if path.exists() else None
        file.write("2\n")
        with pytest.raises(MachineError, match="another process has changed or removed it"):
            file.flush()

    assert (path.read_bytes() if path.exists() else None) == after


def test_a_folder_a_pipe_and_a_device_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe", "/dev/null"):
        with pytest.raises(MachineError, match="not a regular file"), grow(tmp_path / path):
            pytest.fail("opened it")
