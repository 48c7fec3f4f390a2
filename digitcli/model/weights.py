"""The weight file: an uncompressed `.npz` that a strict, schema-driven reader accepts.

Members: `header` (uint8, UTF-8 JSON: format, spec, precision, trained, tensors) and one array per
tensor that the spec has in this precision, in Keras's own layout. The reader knows every name,
dtype and byte count from the spec before it reads a tensor, and refuses everything else by name;
pickle is unreachable because `numpy.load` is never called.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..files import atomic_write
from .npy import read_array, write_array
from .precision import FLOAT32, PRECISIONS, tensor_slots
from .spec import MAX_LAYERS, NetworkSpec

FORMAT = "digitcli-weights/1"
MAX_HEADER = 1 << 20  # bytes of JSON: a long training history fits, a bomb does not

_MAX_MEMBERS = 1 + 4 * MAX_LAYERS
_MAX_END = 22 + 65_535  # bytes of a zip file's end record with the longest comment
_MAX_EXPANSION = 16  # trained weights deflate by a tenth, not by this
_FREE = 1 << 20  # but small tensors of zeros may

_REMAKE = "make new weights with `digitcli train`, or use `--weights small`"


@dataclass(frozen=True)
class Weights:
    """A network, its tensors and where they come from.

    `tensors` maps names to arrays of the types and shapes of `precision.tensor_slots`; `trained`
    is the provenance: recipe, seed, epochs, data sha256, versions, accuracy with interval.

    Raises ModelError when a tensor is missing, unknown, misshapen, of another type or not finite,
    or when a scale is not positive.
    """

    spec: NetworkSpec
    tensors: Mapping[str, npt.NDArray[Any]]
    trained: Mapping[str, Any] = field(default_factory=dict)
    precision: str = FLOAT32

    def __post_init__(self) -> None:
        expected = tensor_slots(self.spec, self.precision)
        _check_names(self.spec.name, set(self.tensors), set(expected))
        for name, (descr, shape, positive) in expected.items():
            tensor = self.tensors[name]
            if tensor.dtype != np.dtype(descr):
                raise ModelError(f"{name}: expected {np.dtype(descr)}, found {tensor.dtype}")
            if tensor.shape != shape:
                raise ModelError(f"{name}: expected {shape} from the spec, found {tensor.shape}")
            if positive and not (tensor > 0).all():
                raise ModelError(f"{name}: scales must be above 0, found {tensor.min()}")
            if not np.isfinite(tensor).all():
                bad = int((~np.isfinite(tensor)).sum())
                raise ModelError(
                    f"{name}: {bad} of {tensor.size} values are not finite", hint=_REMAKE
                )


def bundled_names() -> list[str]:
    """The names of the weights that ship inside the package, sorted."""
    files = resources.files(f"{__package__}.zoo").iterdir()
    return sorted(file.name.removesuffix(".npz") for file in files if file.name.endswith(".npz"))


def find_weights(name_or_path: str) -> Path:
    """Path of bundled weights ("small") or of a weight file.

    A run folder stands for the `weights.npz` inside it. Raises ModelError when there is nothing.
    """
    if name_or_path in bundled_names():
        return Path(str(resources.files(f"{__package__}.zoo"))) / f"{name_or_path}.npz"
    path = Path(name_or_path)
    if path.is_dir() and (path / "weights.npz").is_file():
        return path / "weights.npz"
    if path.is_file():
        return path
    names = ", ".join(bundled_names())
    near = difflib.get_close_matches(name_or_path, bundled_names(), n=1)
    raise ModelError(
        f"{name_or_path}: no such weight file, and no bundled weights of that name",
        hint=f"did you mean {near[0]}?" if near else f"bundled: {names}; or `digitcli train`",
    )


def save_weights(path: Path, weights: Weights) -> None:
    """Write `weights` to `path`, as a whole or not at all; equal weights give equal bytes.

    The file is read back through `load_weights` and compared before it takes its name.
    """
    names = list(tensor_slots(weights.spec, weights.precision))
    document = {
        "format": FORMAT,
        "spec": weights.spec.to_json(),
        "precision": weights.precision,
        "trained": dict(weights.trained),
        "tensors": {name: _sha256(weights.tensors[name]) for name in names},
    }
    header = np.frombuffer(json.dumps(document, allow_nan=False).encode(), np.uint8)
    with (
        atomic_write(path, verify=lambda written: _check_same(written, weights)) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        _write_member(archive, "header", header)
        for name in names:
            _write_member(archive, name, weights.tensors[name])


def load_weights(path: Path) -> Weights:
    """Read a weight file strictly.

    Raises ModelError, naming the file and the member, for anything but exactly what its own spec
    calls for; nothing is allocated beyond what that spec needs.
    """
    try:
        with path.open("rb") as file:
            _check_size(file)
            with zipfile.ZipFile(file) as archive:
                return _read_archive(archive)
    except ModelError as error:
        raise ModelError(f"{path}: {error}", error.hint) from error
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file", hint="make it with `digitcli train`") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError),
        *(NotImplementedError, RuntimeError, ValueError),
    ) as error:
        # zipfile says "not a zip file", "bad CRC", unknown methods, encryption, names that are no
        # text in these ways
        raise ModelError(f"{path}: not a weight file ({error})", hint=_REMAKE) from error


def _read_archive(archive: zipfile.ZipFile) -> Weights:
    members = _members(archive)
    if "header" not in members:
        raise ModelError("no member named header.npy, so not a digitcli weight file", hint=_REMAKE)
    document = _read_header(archive, members.pop("header"))
    spec = NetworkSpec.from_json(document["spec"])
    expected = tensor_slots(spec, document["precision"])
    _check_names("weight file", set(members), set(expected))
    digests = document["tensors"]
    if not isinstance(digests, dict) or set(digests) != set(expected):
        raise ModelError("header: `tensors` does not list the tensors of the spec", hint=_REMAKE)
    tensors: dict[str, npt.NDArray[Any]] = {}
    for name, slot in expected.items():
        tensor = read_array(archive, members[name], name, np.dtype(slot.descr), slot.shape)
        if _sha256(tensor) != digests[name]:
            raise ModelError(f"{name}: sha256 differs from the header's", hint=_REMAKE)
        tensors[name] = tensor
    return Weights(spec, tensors, document["trained"], document["precision"])


def _check_size(file: BinaryIO) -> None:
    """Refuse an archive of too many members before zipfile makes an object of each."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _MAX_END))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end >= 0 and int.from_bytes(tail[end + 10 : end + 12], "little") > _MAX_MEMBERS:
        raise ModelError("more members than any network has", hint=_REMAKE)
    file.seek(0)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Members by tensor name; refuses duplicates, odd names and odd compression."""
    infos = archive.infolist()
    inflated = sum(info.file_size for info in infos)
    stored = sum(info.compress_size for info in infos)
    if inflated > _FREE + _MAX_EXPANSION * stored:
        raise ModelError(f"{stored} bytes would inflate to {inflated}", hint=_REMAKE)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename.removesuffix(".npy")
        if name == info.filename:
            raise ModelError(f"member {info.filename!r} is not an .npy array")
        if name in members:
            raise ModelError(f"member {info.filename!r} is there twice")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelError(f"member {info.filename!r} is neither stored nor deflated")
        members[name] = info
    return members


def _read_header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> dict[str, Any]:
    if info.file_size > MAX_HEADER:
        raise ModelError(f"header: {info.file_size} bytes, at most {MAX_HEADER} expected")
    raw = read_array(archive, info, "header", np.dtype("u1"), None)
    try:
        document = json.loads(raw.tobytes().decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"header: not JSON ({error})", hint=_REMAKE) from error
    wanted = {"format", "spec", "precision", "trained", "tensors"}
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else document
        raise ModelError(f"header: expected format {FORMAT!r}, found {found!r}", hint=_REMAKE)
    _check_names("header", set(document), wanted)
    if document["precision"] not in PRECISIONS:
        known = " or ".join(map(repr, PRECISIONS))
        raise ModelError(f"header: expected precision {known}, found {document['precision']!r}")
    if not isinstance(document["trained"], dict):
        raise ModelError("header: `trained` must be an object")
    return document


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _check_names(where: str, found: set[str], expected: set[str]) -> None:
    if missing := sorted(expected - found):
        raise ModelError(f"{where}: {', '.join(missing)} missing", hint=_REMAKE)
    if surplus := sorted(found - expected):
        raise ModelError(f"{where}: {', '.join(map(repr, surplus))} not in the spec", hint=_REMAKE)


def _check_same(written: Path, weights: Weights) -> None:
    again = load_weights(written)
    same = (again.spec, again.precision) == (weights.spec, weights.precision) and all(
        np.array_equal(again.tensors[name], tensor) for name, tensor in weights.tensors.items()
    )
    if not same:
        raise ModelError(f"{written}: what was written reads back differently")


def _write_member(archive: zipfile.ZipFile, name: str, array: npt.NDArray[Any]) -> None:
    buffer = io.BytesIO()
    write_array(buffer, array)
    archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue())  # dated 1980: same bytes


def _sha256(tensor: npt.NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(tensor).data).hexdigest()
