"""Local paths and buckets under one interface: pyarrow's file systems, fsspec's for the others."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..errors import DataError, DigitError, MachineError, NetworkError

_GCS_SECONDS = "60"  # that Google's client tries again; by itself it does for 15 minutes
_MISSING = re.compile(r"NO_SUCH_BUCKET|NoSuchBucket|NOT_FOUND|does not exist|not exist|404", re.I)
_REFUSED = re.compile(
    r"ACCESS_DENIED|UNAUTHORIZED|INVALID_ACCESS_KEY|InvalidAccessKey|SIGNATURE|EXPIRED|FORBIDDEN"
    r"|PERMISSION|credential|OAuth2|HTTP (status|response code):? 40[13]",
    re.IGNORECASE,
)
_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, on every machine",
    "gs": "run `gcloud auth application-default login`, or read gs://anonymous@BUCKET",
}


def is_url(text: str) -> bool:
    """Whether `text` names a place in a bucket rather than a local path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def public(url: str) -> str:
    """The URL without passwords and options, as it stands in rows and messages."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class Place:
    """A file or a folder in a bucket.

    `system` is a pyarrow.fs.FileSystem and `path` the place in it; `name` is for rows and messages.
    Raises DataError for a scheme that is not known, MachineError where a package is missing, and
    what `refusals` does.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = public(url)
        with refusals(url):
            self.system, self.path = _file_system(url)

    def inside(self, name: str) -> str:
        """The path of the file `name` under this place; its own for ""."""
        return f"{self.path.rstrip('/')}/{name}" if name else self.path

    def name_of(self, name: str) -> str:
        """What rows and messages call that file."""
        return f"{self.name.rstrip('/')}/{name}" if name else self.name


def _file_system(url: str) -> tuple[Any, str]:
    fs = import_module("pyarrow.fs")
    parts = urlsplit(url)
    if parts.scheme in ("gs", "gcs") and "retry_limit_seconds" not in parts.query:
        query = [*parse_qsl(parts.query), ("retry_limit_seconds", _GCS_SECONDS)]
        url = urlunsplit(parts._replace(query=urlencode(query)))
    try:
        found: tuple[Any, str] = fs.FileSystem.from_uri(url)
        return found
    except ValueError as error:
        if "Unrecognized filesystem" not in str(error):
            raise DataError(f"{public(url)}: {error}") from error
    return _from_fsspec(fs, url)


def _from_fsspec(fs: Any, url: str) -> tuple[Any, str]:
    """Any other scheme that a package of fsspec knows: hf://, abfs://, memory://, ..."""
    scheme = urlsplit(url).scheme
    try:
        system, path = import_module("fsspec.core").url_to_fs(url)
    except ImportError as error:
        raise MachineError(f"{scheme}:// needs another package ({error})") from error
    except ValueError as error:
        raise DataError(
            f"{public(url)}: no file system is called {scheme}",
            "s3://, gs://, and what fsspec has packages for, are read",
        ) from error
    return fs.PyFileSystem(fs.FSSpecHandler(system)), path


@contextlib.contextmanager
def refusals(url: str) -> Iterator[None]:
    """What a bucket refuses inside the block, as a DigitError that says which and why."""
    try:
        yield
    except OSError as error:
        raise _named(url, error) from error


def _named(url: str, error: OSError) -> DigitError:
    name, said = public(url), str(error).splitlines()[0][:300]
    scheme = "gs" if url.startswith(("gs:", "gcs:")) else urlsplit(url).scheme
    if _REFUSED.search(said):
        return MachineError(f"{name}: access is refused ({said})", _CREDENTIALS.get(scheme, ""))
    if isinstance(error, FileNotFoundError) or _MISSING.search(said):
        return DataError(f"{name}: there is no such bucket or folder ({said})", "check its name")
    return NetworkError(
        f"{name}: cannot be reached ({said})",
        "check the network and the name, then run the same command again",
    )
