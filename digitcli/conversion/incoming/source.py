"""A model's files, read once: what is checked, hashed and run are the same bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from ...errors import ModelError
from ...files import scratch_folder, writing
from ...files.opening import SpecialFileError, read_regular
from ...model.foreign import PICKLE_HINT, WORDS, Kind, kind_of

MAX_BYTES = 1 << 30  # of all files of a model: 100 million float32 parameters take 400 MB
MAX_FILES = 100
FORMATS = "ONNX, Keras (.keras, .h5), SavedModel, TFLite, safetensors written by digitcli"


@dataclass
class Source:
    """The model at `path`; `files` holds the bytes of each file by its name inside a folder.

    Files that the first one names are added while it is read.
    """

    path: Path
    kind: Kind
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The bytes of the first file, which is the only one of most kinds."""
        return next(iter(self.files.values()))

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(map(len, self.files.values()))

    @property
    def sha256(self) -> str:
        """Of the file; of several, of the lines that `sha256sum` prints for them, names sorted."""
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        if len(digests) == 1:
            return next(iter(digests.values()))
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
        return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()

    def add(self, name: str, path: Path) -> bytes:
        """Read one more file. Raises ModelError where it cannot be read or is too large."""
        if len(self.files) == MAX_FILES:
            self.refuse(f"more than {MAX_FILES} files")
        try:
            self.files[name] = read_regular(path, MAX_BYTES - self.size)
        except SpecialFileError as error:
            raise ModelError(f"{path}: expected a file, found a pipe or a device") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ModelError(f"{path}: cannot be read ({reason})") from error
        return self.files[name]

    def refuse(self, reason: str, hint: str = "") -> NoReturn:
        """Raise a ModelError about this model."""
        raise ModelError(f"{self.path}: {reason}", hint)

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        """A folder with a copy of all files, for libraries that open files themselves.

        Yields the path of the file, or of the folder `name` that holds several.
        """
        with scratch_folder("import") as folder:
            target = folder / name
            for inner, data in self.files.items():
                path = target if self.kind != "savedmodel" else target / inner
                with writing(path):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
            yield target


def read_source(path: Path) -> Source:
    """The model at `path`.

    Raises ModelError when there is none, for an unknown kind, and for more than MAX_BYTES.
    """
    if not path.exists():
        raise ModelError(f"{path}: no such file or folder")
    kind = kind_of(path)
    if kind is None:
        raise ModelError(f"{path}: not a model that can be imported", f"there are: {FORMATS}")
    if kind == "pickle":
        raise ModelError(f"{path}: {WORDS[kind]}", PICKLE_HINT)
    if kind == "weights":
        raise ModelError(f"{path}: {WORDS[kind]} already", f"use it as it is: `-w {path}`")
    source = Source(path, kind)
    if kind == "savedmodel":
        _add_folder(source)
    else:
        source.add(path.name, path)
    return source


def _add_folder(source: Source) -> None:
    """The files that TensorFlow reads of a SavedModel: its graph and its variables."""
    graph = source.path / "saved_model.pb"
    if not graph.is_file():
        source.refuse("a SavedModel as text (saved_model.pbtxt)", "write it anew with TensorFlow")
    source.add("saved_model.pb", graph)
    variables = source.path / "variables"
    for name in sorted(os.listdir(variables)) if variables.is_dir() else []:  # noqa: PTH208
        if name.startswith("variables."):
            source.add(f"variables/{name}", variables / name)
