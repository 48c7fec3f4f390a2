"""Put a data set into its folder: from mirrors, from another folder, or drawn."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .. import log
from ..errors import DigitError, MachineError, NetworkError, UsageError
from ..files import atomic_write, folder_lock, move_into_place
from .catalog import DataFile, DataSet
from .integrity import FileState, fault_of, inspect, is_form, state
from .transfer import download_file
from .web import MirrorError, TimeLimits

DRAWING_SECONDS = 60.0  # to wait for another process that draws the same set


class DownloadObserver:
    """Is called while files are downloaded; does nothing by default."""

    def on_file(self, name: str, size: int | None, source: str) -> None:
        """`name` (`size` bytes, None: not known) is about to come from `source`."""

    def on_progress(self, name: str, size: int) -> None:
        """`size` bytes of `name` are here."""

    def on_trouble(self, url: str, reason: str) -> None:
        """A mirror failed; another one, or another try, may follow."""


@dataclass(frozen=True)
class Fetched:
    """The files in a data set's folder, and where each came from."""

    dataset: DataSet
    folder: Path
    files: tuple[FileState, ...]


def fetch(
    dataset: DataSet,
    folder: Path,
    *,
    source: str | None = None,
    force: bool = False,
    offline: bool = False,
    limits: TimeLimits | None = None,
    observer: DownloadObserver | None = None,
) -> Fetched:
    """Make `folder` hold the files of `dataset`, each with the right hash.

    `source` replaces the mirrors: a folder that has the files (packed or not), or a base URL.
    Right files stay as they are unless `force`, without using the network; wrong ones are replaced
    once the new ones are complete. `offline` never opens a connection.

    Raises NetworkError when a file cannot be downloaded, UsageError for options that contradict
    each other, MachineError when the folder cannot be written or another process fetches into it.
    """
    mirrors = _mirrors(dataset, source, offline)
    observer = observer or DownloadObserver()
    states = inspect(dataset, folder)
    if not force and all(found.usable for found in states):
        return Fetched(dataset, folder, states)
    if not (mirrors or source or dataset.drawn):
        raise missing_error(dataset, folder, states)
    with _locked(dataset, folder):
        states = inspect(dataset, folder)  # another process may have finished meanwhile
        if dataset.drawn:
            states = _draw(dataset, folder, states, force)
        else:
            states = tuple(
                found
                if found.usable and not force
                else _obtain(file, folder, source, mirrors, limits or TimeLimits(), observer)
                for file, found in zip(dataset.files, states, strict=True)
            )
    return Fetched(dataset, folder, states)


def verify(dataset: DataSet, folder: Path) -> Fetched:
    """Hash every file in `folder`; NetworkError lists the missing and the wrong ones."""
    states = inspect(dataset, folder)
    if not all(found.usable for found in states):
        raise missing_error(dataset, folder, states)
    return Fetched(dataset, folder, states)


def missing_error(dataset: DataSet, folder: Path, states: tuple[FileState, ...]) -> NetworkError:
    """The error that names every file in `folder` that is missing or wrong."""
    bad = [
        (file, found) for file, found in zip(dataset.files, states, strict=True) if not found.usable
    ]
    return NetworkError(
        f"{folder}: {len(bad)} of {len(states)} files of {dataset.name} are missing or wrong",
        hint=f"run `digitcli fetch {dataset.name}`, or put them there by hand",
        details=tuple(f"{found.path.name}: {_fault(file, found)}" for file, found in bad),
    )


def _fault(file: DataFile, found: FileState) -> str:
    for form in file.forms:
        if (path := found.path.with_name(form.name)).exists():
            return fault_of(path, form)
    return "missing"


def _mirrors(dataset: DataSet, source: str | None, offline: bool) -> list[str]:
    """Base URLs to try, each ending in a slash; none for a local source and when offline."""
    if source is None:
        return [] if offline else list(dataset.mirrors)
    if dataset.drawn:
        raise UsageError(f"{dataset.name}: is drawn by digitcli, there is nothing to fetch from")
    scheme, separator, _ = source.partition("://")
    if not separator:
        if not Path(source).is_dir():
            raise UsageError(f"{source}: no such folder", "give a folder or a URL to --from")
        return []
    if scheme.lower() not in ("http", "https"):
        raise UsageError(f"{source}: cannot fetch by {scheme}, expected http or https")
    try:
        has_host = bool(urlsplit(source).hostname)
    except ValueError:
        has_host = False
    if not has_host:
        raise UsageError(f"{source}: not a URL", "for example --from https://example.org/mnist")
    if offline:
        raise UsageError(f"{source}: needs the network, but --offline forbids it")
    return [source if source.endswith("/") else f"{source}/"]


@contextlib.contextmanager
def _locked(dataset: DataSet, folder: Path) -> Iterator[None]:
    """Hold the lock on `folder`; wait for a process that draws, raise while one downloads."""
    busy = MachineError(
        f"{folder}: another process is fetching {dataset.name} into this folder",
        "wait until it has ended, then run this again",
    )
    deadline = time.monotonic() + (DRAWING_SECONDS if dataset.drawn else 0.0)
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(folder_lock(folder, busy))
                break
            except DigitError as error:
                if error is not busy or time.monotonic() >= deadline:
                    raise
            time.sleep(0.1)
        yield


def _draw(
    dataset: DataSet, folder: Path, states: tuple[FileState, ...], force: bool
) -> tuple[FileState, ...]:
    from .drawn.synthetic import write

    if not force and all(found.usable for found in states):
        return states
    write(folder)
    return tuple(state(file, file.forms[0], folder, "drawn") for file in dataset.files)


def _obtain(
    file: DataFile,
    folder: Path,
    source: str | None,
    mirrors: list[str],
    limits: TimeLimits,
    observer: DownloadObserver,
) -> FileState:
    if mirrors:
        return _download(file, folder, mirrors, limits, observer)
    return _copy(file, folder, Path(source or "."), observer)


def _download(
    file: DataFile, folder: Path, mirrors: list[str], limits: TimeLimits, observer: DownloadObserver
) -> FileState:
    """Try every mirror; wait and try those again that may work then.

    Mirrors that failed move to the end of `mirrors`, so that the next file tries them last.
    """
    form = file.forms[0]
    part = folder / f"{form.name}.part"
    troubles: dict[str, MirrorError] = {}
    for wait in (0.0, *limits.waits):
        time.sleep(wait)
        for mirror in list(mirrors):
            if mirror in troubles and not troubles[mirror].passing:
                continue
            url = mirror + form.name
            observer.on_file(form.name, form.size, url)
            log.info(__name__, "%s: asked", url)
            try:
                download_file(
                    url, form, part, limits, lambda size: observer.on_progress(form.name, size)
                )
            except MirrorError as trouble:
                troubles[mirror] = trouble
                observer.on_trouble(url, str(trouble))
                log.info(__name__, "%s: %s", url, trouble)
                continue
            move_into_place(part, folder / form.name)
            mirrors.sort(key=troubles.__contains__)
            return state(file, form, folder, "downloaded", url)
        if not any(trouble.passing for trouble in troubles.values()):
            break
    if part.exists() and not part.stat().st_size:
        part.unlink()
    raise NetworkError(
        f"{form.name}: could not be downloaded",
        hint=f"put the file into {folder} by hand, or name a folder that has it: --from DIR",
        details=tuple(f"{mirror}{form.name}: {troubles[mirror]}" for mirror in mirrors),
    )


def _copy(file: DataFile, folder: Path, source: Path, observer: DownloadObserver) -> FileState:
    """Copy the first form of `file` that `source` has with the right bytes."""
    for form in file.forms:
        if not is_form(source / form.name, form):
            continue
        observer.on_file(form.name, form.size, str(source))
        with (source / form.name).open("rb") as original, atomic_write(folder / form.name) as copy:
            shutil.copyfileobj(original, copy)
        done = state(file, form, folder, "copied", str(source))
        observer.on_progress(form.name, done.size)
        return done
    raise NetworkError(
        f"{source}: has no right {file.forms[0].name}",
        hint="`digitcli fetch --list --json` shows the sizes and hashes",
        details=tuple(f"{form.name}: {fault_of(source / form.name, form)}" for form in file.forms),
    )
