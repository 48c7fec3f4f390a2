"""Atomic writes: a file or folder is written as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from .. import interrupt, log
from ..errors import MachineError, reason_of

_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def machine_error(path: Path, error: OSError) -> MachineError:
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
    reason = reason_of(error)
    return MachineError(f"{path}: cannot be written ({reason})", hints.get(error.errno or 0, ""))


@contextlib.contextmanager
def atomic_write(path: Path, verify: Callable[[Path], object] | None = None) -> Iterator[BinaryIO]:
    """Write `path` as a whole or not at all.

    Yields a binary file beside `path` with a temporary name. After the block its bytes are flushed
    to disk, `verify` (if given) reads the temporary file and may raise, then it is renamed to
    `path` in one step. On any exception the temporary file is removed and `path` is as before. A
    symbolic link stays: the file that it points to is replaced.

    Raises MachineError when the folder or the disk refuses, or `path` is a folder or a device.
    """
    check_file(path)
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(path, error) from error
    with _temporary(target) as temporary:
        try:
            with _opened_anew(temporary) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(_mode_of(target))
            if verify is not None:
                verify(temporary)
            size = temporary.stat().st_size
            temporary.replace(target)
            _sync_folder(target.parent)
            log.info(__name__, "%s: %d bytes written", path, size)
        except OSError as error:
            if error.filename not in (None, str(temporary), str(target), str(target.parent)):
                raise  # about another file, inside the block
            raise machine_error(path, error) from error


@contextlib.contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A free name beside `target`; what has that name is removed after the block.

    An interrupted process removes it too (`interrupt.leave`).
    """
    name = f".{target.name[:40]}.{os.urandom(6).hex()}.tmp"  # names are 255 bytes at most
    temporary = target.with_name(name)
    interrupt.remember(str(temporary))
    try:
        yield temporary
    finally:
        _remove(temporary)
        interrupt.forget(str(temporary))


def _opened_anew(path: Path) -> BinaryIO:
    """A new file that only its owner can read until it is finished."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _remove(path: Path) -> None:
    """Remove a file, or a folder with its contents, if it is there."""
    try:
        path.unlink()
    except FileNotFoundError:
        pass
    except (IsADirectoryError, PermissionError):  # Linux; macOS and Windows
        import shutil  # only here: it imports much, which would slow down the start of `predict`

        shutil.rmtree(path, ignore_errors=True)


def check_file(path: Path) -> None:
    """Raise MachineError unless `path` is a file, or nothing yet."""
    with writing(path):
        target = Path(os.path.realpath(path))
        is_other = target.exists() and not target.is_file()
    if is_other:
        raise MachineError(f"{path}: cannot be written (not a regular file)")


def check_folder(path: Path) -> None:
    """Raise MachineError unless `path` is an empty folder, or nothing yet."""
    with writing(path):
        target = Path(os.path.realpath(path))
        is_full = target.exists() and not (target.is_dir() and not any(target.iterdir()))
    if is_full:
        raise MachineError(
            f"{path}: cannot be written (there is something already)",
            "remove it first, or choose another name",
        )


def check_writable(path: Path) -> None:
    """Raise MachineError where `atomic_write` would, to be called before long work."""
    check_file(path)
    target = Path(os.path.realpath(path))
    with writing(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(target) as probe:
            _opened_anew(probe).close()


@contextlib.contextmanager
def atomic_folder(path: Path, verify: Callable[[Path], object] | None = None) -> Iterator[Path]:
    """Make the folder `path` as a whole or not at all.

    Yields an empty folder beside `path` with a temporary name. After the block its files are
    flushed to disk, `verify` (if given) checks the temporary folder and may raise, then it is
    renamed to `path` in one step. On any exception it is removed.

    Raises MachineError when the disk refuses, or when `path` is anything but an empty folder: a
    folder cannot be replaced in one step.
    """
    check_folder(path)
    target = Path(os.path.realpath(path))
    with writing(path):
        target.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(target) as temporary:
        with writing(path):
            temporary.mkdir(0o700)
        with _blamed_on(path, temporary):
            yield temporary
        with writing(path):
            for file in filter(Path.is_file, temporary.rglob("*")):
                flush_to_disk(file)
            _sync_folder(temporary)
            temporary.chmod(0o777 & ~_umask())
        if verify is not None:
            verify(temporary)
        with writing(path):
            size = temporary.stat().st_size
            temporary.replace(target)
            try:
                _sync_folder(target.parent)
            except OSError:
                _take_back(target, temporary)  # with it there, the same call would be refused
                raise
            log.info(__name__, "%s: %d bytes written", path, size)


def _take_back(folder: Path, temporary: Path) -> None:
    """Give a folder its temporary name again, or remove it where the disk refuses that too."""
    try:
        folder.replace(temporary)
    except OSError:
        _remove(folder)


@contextlib.contextmanager
def _blamed_on(path: Path, temporary: Path) -> Iterator[None]:
    """Turn what the disk refuses inside the block into a MachineError about `path`.

    An OSError that names a file elsewhere, or none and is of another kind, passes.
    """
    try:
        yield
    except OSError as error:
        inside = str(error.filename).startswith(str(temporary))
        if inside or (error.filename is None and error.errno in _OF_DISKS):
            raise machine_error(path, error) from error
        raise


def _mode_of(path: Path) -> int:
    """The mode of the file that is being replaced, or the umask's for a new one."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return 0o666 & ~_umask()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def _sync_folder(folder: Path) -> None:
    """Flush the folder's entries too, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move_into_place(temporary: Path, path: Path) -> None:
    """Rename a finished temporary file in the same folder to `path`, and flush both to disk.

    For files that grow over several runs; all others are written by `atomic_write`.
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
    """Remove a folder; under its name it is never there in part."""
    aside = folder.with_name(f".{folder.name}.removed.tmp")
    with writing(folder):
        folder.rename(aside)
    with contextlib.suppress(OSError):
        _remove(aside)


def remove_stale(folder: Path, pattern: str) -> None:
    """Remove the temporary files and folders that killed writers of `pattern` left in `folder`.

    Their names are `.NAME.*.tmp`. Only the holder of the folder's lock may call this: otherwise
    another process may be writing them.
    """
    for left in folder.glob(f".{pattern}.*.tmp"):
        with contextlib.suppress(OSError):
            _remove(left)


@contextlib.contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder for temporary files, removed after the block.

    Raises MachineError when the system has no place for it, or for what the block writes there.
    """
    import tempfile

    with writing(Path("the folder for temporary files")):
        place = tempfile.gettempdir()
    with _temporary(Path(place, f"digitcli-{purpose}")) as folder:
        with writing(folder):
            folder.mkdir(0o700)
        with _blamed_on(folder, folder):
            yield folder


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into a MachineError about `path`."""
    try:
        yield
    except OSError as error:
        raise machine_error(path, error) from error
