"""The one way files are written, and the one way folders are locked."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import DigitError, MachineError


def _machine_error(path: Path, error: OSError) -> MachineError:
    """Say in one line why `path` cannot be written."""
    hints = {
        errno.ENOSPC: "free some space, or write to another disk",
        errno.EDQUOT: "free some space, or write to another disk",
        errno.EFBIG: "raise the limit on file sizes (ulimit -f), or write to another disk",
        errno.EACCES: "choose a folder that you may write to",
        errno.EPERM: "choose a folder that you may write to",
        errno.EROFS: "choose a folder on a disk that is not read-only",
        errno.ENOTDIR: "a part of this path is a file, not a folder",
    }
    reason = (error.strerror or str(error)).lower()
    return MachineError(f"{path}: cannot be written ({reason})", hints.get(error.errno or 0, ""))


@contextlib.contextmanager
def atomic_write(path: Path, verify: Callable[[Path], object] | None = None) -> Iterator[BinaryIO]:
    """Write `path` as a whole or not at all.

    Yields a binary file that stands beside `path` under a temporary name. When the block ends well
    its bytes are flushed to disk, `verify` (if given) reads the temporary file and may raise, then
    it takes the name `path` in one step. On any exception the temporary file is removed and what
    stood at `path` before is untouched. A symbolic link stays one: what it points to is replaced.

    Raises MachineError when the folder or the disk refuses, or `path` is a folder or a device.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            raise MachineError(f"{path}: cannot be written (not a regular file)")
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name[:40]}."  # the name may already be as long as names can be
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise _machine_error(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode_of(target))
        if verify is not None:
            verify(temporary)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        if error.filename not in (None, name, str(target), str(target.parent)):
            raise  # another file's trouble inside the block
        raise _machine_error(path, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def check_writable(path: Path) -> None:
    """Raise MachineError where `atomic_write` would: before the work, and not after it."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise MachineError(f"{path}: cannot be written (not a regular file)")
    with writing(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=target.parent).close()


@contextlib.contextmanager
def atomic_folder(path: Path, verify: Callable[[Path], object] | None = None) -> Iterator[Path]:
    """Make the folder `path` as a whole or not at all.

    Yields an empty folder that stands beside `path` under a temporary name. When the block ends
    well its files are flushed to disk, `verify` (if given) looks at the temporary folder and may
    raise, then it takes the name `path` in one step. On any exception it is removed.

    Raises MachineError when the disk refuses, or when there is something at `path` other than an
    empty folder: a folder cannot be replaced in one step, so it never is.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise MachineError(
            f"{path}: cannot be written (there is something already)",
            "remove it first, or choose another name",
        )
    with writing(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name[:40]}."
        temporary = Path(tempfile.mkdtemp(prefix=prefix, suffix=".tmp", dir=target.parent))
    try:
        yield temporary
        with writing(path):
            for file in filter(Path.is_file, temporary.rglob("*")):
                flush_to_disk(file)
            _sync_folder(temporary)
            temporary.chmod(0o777 & ~_umask())
        if verify is not None:
            verify(temporary)
        with writing(path):
            temporary.replace(target)
            _sync_folder(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _mode_of(path: Path) -> int:
    """The mode of the file that is being replaced, or what the umask allows a new one."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return 0o666 & ~_umask()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _sync_folder(folder: Path) -> None:
    """Flush the folder entry too, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move_into_place(temporary: Path, path: Path) -> None:
    """Give a finished temporary file in the same folder the name `path`, in one durable step.

    For files that grow over several runs; everything else goes through `atomic_write`.
    Raises MachineError when the disk refuses.
    """
    with writing(path):
        flush_to_disk(temporary)
        temporary.replace(path)
        _sync_folder(path.parent)


def flush_to_disk(file: Path) -> None:
    """Return when the bytes of `file` are on the disk; OSError when the disk refuses them."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def remove_folder(folder: Path) -> None:
    """Remove a folder so that nobody ever finds a part of it under its name."""
    aside = folder.with_name(f".{folder.name}.removed.tmp")
    with writing(folder):
        folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def remove_stale(folder: Path, pattern: str) -> None:
    """Remove what killed writers of files and folders called `pattern` left beside them.

    Their temporary names are `.NAME.*.tmp`. For the holder of the folder's lock only: to anybody
    else these may be files that somebody is writing.
    """
    for left in folder.glob(f".{pattern}.*.tmp"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                left.unlink()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system refuses inside the block into a MachineError about `path`."""
    try:
        yield
    except OSError as error:
        raise _machine_error(path, error) from error


@contextlib.contextmanager
def folder_lock(folder: Path, busy: DigitError) -> Iterator[None]:
    """Hold the only lock on `folder` for the length of the block.

    The lock is the operating system's (it ends with the process, however that ends), on the file
    `.lock` in the folder, which stays. Raises `busy` at once when another process holds it, and
    MachineError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _machine_error(folder, error) from error
    try:
        try:
            _lock(handle)
        except (BlockingIOError, PermissionError):  # Linux and macOS, Windows
            raise busy from None
        except OSError as error:
            raise _machine_error(folder, error) from error
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def append_lines(path: Path, busy: DigitError) -> Iterator[BinaryIO]:
    """Go on with a file of lines, made where there is none, as its only writer.

    Yields it open for reading and writing, at its start. A last line without its end, which is what
    a killed writer leaves, has been cut off. Raises `busy` when another process holds it, and
    MachineError when it cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(handle, "rb+") as file:
        try:
            _lock(handle)
        except (BlockingIOError, PermissionError):
            raise busy from None
        with writing(path):
            _cut_half_line(file)
        yield file


def _cut_half_line(file: BinaryIO, block: int = 1 << 16) -> None:
    """Truncate behind the last end of a line; nothing longer than a block is held."""
    end = file.seek(0, os.SEEK_END)
    start = end
    while start:
        start = max(0, start - block)
        file.seek(start)
        found = file.read(min(block, end - start)).rfind(b"\n")
        if found >= 0:
            start += found + 1
            break
        end = start
    file.truncate(start)
    file.seek(0)


def _lock(handle: int) -> None:
    """Lock an open file without waiting."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
