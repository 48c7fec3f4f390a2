"""A file or folder is written as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from digitcli.errors import DataError, ExitCode, MachineError
from digitcli.files import atomic, atomic_folder, atomic_write, scratch_folder

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def write(path: Path, data: bytes, **options) -> None:
    with atomic_write(path, **options) as file:
        file.write(data)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_file_holds_the_bytes_and_nothing_else_appears(tmp_path):
    write(tmp_path / "deep" / "er" / "a.bin", b"new")

    assert (tmp_path / "deep" / "er" / "a.bin").read_bytes() == b"new"
    assert list(contents(tmp_path / "deep" / "er")) == ["a.bin"]


@pytest.mark.parametrize(
    "problem", [ValueError("bug"), KeyboardInterrupt(), SystemExit(143), DataError("bad")]
)
@pytest.mark.parametrize("old", [b"old", None])
def test_any_exception_keeps_the_old_file_and_leaves_no_temporary_one(tmp_path, problem, old):
    path = tmp_path / "a.bin"
    if old is not None:
        path.write_bytes(old)

    with pytest.raises(type(problem)), atomic_write(path) as file:  # noqa: PT012
        file.write(b"half")
        raise problem

    assert contents(tmp_path) == ({} if old is None else {"a.bin": old})


def test_verify_reads_the_finished_bytes_and_may_refuse(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    read = []

    def verify(written: Path) -> None:
        read.append(written.read_bytes())
        raise DataError("not what was meant")

    with pytest.raises(DataError, match="not what was meant"):
        write(path, b"new", verify=verify)

    assert read == [b"new"]
    assert path.read_bytes() == b"old"
    assert list(contents(tmp_path)) == ["a.bin"]


def test_the_mode_of_the_old_file_stays(tmp_path):
    path = tmp_path / "a.bin"
    path.touch()
    path.chmod(0o640)

    write(path, b"new")

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_that_the_umask_allows(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "a.bin", b"new")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o640


def test_a_symbolic_link_stays_a_link_and_its_target_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "a.bin", tmp_path / "link.bin"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_name_of_the_greatest_length_can_be_written(tmp_path):
    path = tmp_path / ("é" * 127)

    write(path, b"new")

    assert path.read_bytes() == b"new"


def test_a_folder_is_refused_and_stays(tmp_path):
    (tmp_path / "a").mkdir()

    with pytest.raises(MachineError, match="not a regular file"):
        write(tmp_path / "a", b"new")

    assert (tmp_path / "a").is_dir()


def test_a_device_is_refused_and_not_replaced_by_a_file():
    with pytest.raises(MachineError, match=r"/dev/null: cannot be written \(not a regular file\)"):
        write(Path("/dev/null"), b"new")

    assert Path("/dev/null").is_char_device()


def test_a_file_in_place_of_the_folder_is_exit_6_and_says_so(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(MachineError) as caught:
        write(tmp_path / "file" / "a.bin", b"new")

    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert str(tmp_path / "file" / "a.bin") in str(caught.value)


@pytest.mark.skipif(ROOT, reason="root may write into every folder")
def test_an_unwritable_folder_is_exit_6_with_a_hint(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(MachineError, match="permission denied") as caught:
            write(tmp_path / "a.bin", b"new")
    finally:
        tmp_path.chmod(0o700)

    assert caught.value.hint == "choose a folder that you may write to"


def test_permission_denied_by_the_system_is_exit_6_with_a_hint(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setattr("digitcli.files.atomic._opened_anew", refuse)

    with pytest.raises(MachineError, match=r"a\.bin: cannot be written \(permission denied\)") as e:
        write(tmp_path / "a.bin", b"new")

    assert e.value.hint == "choose a folder that you may write to"


def test_a_full_disk_keeps_the_old_file_and_says_so(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - every write to it fails with ENOSPC
    monkeypatch.setattr("digitcli.files.atomic._opened_anew", lambda path: full)

    with pytest.raises(MachineError, match="no space left on device") as caught:
        write(path, b"new")

    assert caught.value.hint == "free some space, or write to another disk"
    assert contents(tmp_path) == {"a.bin": b"old"}


def test_an_error_names_the_file_as_the_user_did(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()

    with pytest.raises(MachineError, match=r"^a: cannot be written"):
        write(Path("a"), b"new")


def test_trouble_with_another_file_inside_the_block_is_not_blamed_on_this_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="source"), atomic_write(tmp_path / "a.bin") as file:
        file.write((tmp_path / "source").read_bytes())

    assert contents(tmp_path) == {}


def test_a_new_folder_appears_with_all_its_files_or_not_at_all(tmp_path):
    seen = []

    with atomic_folder(tmp_path / "deep" / "model", lambda made: seen.extend(made.iterdir())) as at:
        (at / "inside").mkdir()
        (at / "inside" / "a.bin").write_bytes(b"new")
        assert not (tmp_path / "deep" / "model").exists()

    assert (tmp_path / "deep" / "model" / "inside" / "a.bin").read_bytes() == b"new"
    assert [path.name for path in seen] == ["inside"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["model"]


@pytest.mark.parametrize("problem", [ValueError("bug"), KeyboardInterrupt(), DataError("bad")])
@pytest.mark.parametrize("where", ["in the block", "in verify"])
def test_a_folder_that_failed_leaves_nothing(tmp_path, problem, where):
    def fail(*_: object) -> None:
        raise problem

    def make() -> None:
        with atomic_folder(tmp_path / "model", fail if where == "in verify" else None) as folder:
            (folder / "a.bin").write_bytes(b"new")
            if where == "in the block":
                fail()

    with pytest.raises(type(problem)):
        make()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("back", ["by renaming", "by removing"])
def test_a_folder_whose_name_is_not_on_the_disk_is_taken_back(tmp_path, monkeypatch, back):
    """Otherwise the same call would be refused, as there is something already."""
    sync, replace = atomic._sync_folder, Path.replace

    def refuse(folder: Path) -> None:
        if folder == tmp_path:
            raise OSError(errno.EIO, "Input/output error")
        sync(folder)

    def replace_once(self: Path, other: Path) -> None:
        if back == "by removing" and not self.name.endswith(".tmp"):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(self, other)

    monkeypatch.setattr(atomic, "_sync_folder", refuse)
    monkeypatch.setattr(Path, "replace", replace_once)
    with (
        pytest.raises(MachineError, match="input/output error"),
        atomic_folder(tmp_path / "m") as at,
    ):
        (at / "a.bin").write_bytes(b"new")

    assert contents(tmp_path) == {}


@pytest.mark.parametrize("where", ["named", "unnamed"])
def test_a_full_disk_while_a_folder_is_filled_is_exit_6_and_names_it(tmp_path, where):
    def fill() -> None:
        with atomic_folder(tmp_path / "m") as at:
            name = [str(at / "a.bin")] if where == "named" else []
            raise OSError(errno.ENOSPC, "No space left on device", *name)

    with pytest.raises(MachineError, match=r"m: cannot be written \(no space left"):
        fill()

    assert contents(tmp_path) == {}


def test_a_full_disk_in_a_folder_for_temporary_files_is_exit_6_and_other_errors_pass():
    with pytest.raises(MachineError, match="no space left"), scratch_folder("test") as at:
        raise OSError(errno.ENOSPC, "No space left on device", str(at / "a.bin"))
    with pytest.raises(BrokenPipeError), scratch_folder("test"):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
    with pytest.raises(FileNotFoundError), scratch_folder("test"):
        Path("/nowhere/at/all").read_bytes()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_folder_replaces_nothing(tmp_path, kind):
    target = tmp_path / "model"
    if kind == "file":
        target.write_bytes(b"old")
    else:
        target.mkdir()
        (target / "mine").write_bytes(b"old")

    with (
        pytest.raises(MachineError, match=r"model: cannot be written \(there is something"),
        atomic_folder(target),
    ):
        pytest.fail("the block must not run")

    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "model").mkdir()

    with atomic_folder(tmp_path / "model") as folder:
        (folder / "a.bin").write_bytes(b"new")

    assert contents(tmp_path / "model") == {"a.bin": b"new"}
