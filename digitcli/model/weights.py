"""The weight file: an uncompressed `.npz` that a strict, schema-driven reader accepts.

Members: `header` (uint8, UTF-8 JSON: format, spec, precision, trained, tensors, and temperature and
normalization where they are not 1) and one array per tensor that the spec has in this precision, in
Keras's own layout. The reader knows every name, dtype and byte count from the spec before it reads
a tensor, and refuses everything else by name; pickle is unreachable because `numpy.load` is never
called.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .. import _core, log
from ..errors import ModelError
from ..files.opening import SpecialFileError, open_regular
from .archive import (
    REMAKE,
    check_directory,
    named_members,
    open_archive,
    read_json,
    zip_errors,
)
from .bundled import SPECIAL, bundled_path
from .bundled import bundled_names as bundled_names
from .bundled import find_weights as find_weights
from .frozen import dataclass, field
from .npy import FLOATS, FORMATS, read_array, write_array
from .precision import FLOAT32, PRECISIONS, Slot, tensor_slots
from .spec import MAX_LAYERS, NetworkSpec

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from .stored import Archive, Info

    Tensor = memoryview[Any] | npt.NDArray[Any]

FORMAT = "digitcli-weights/1"
NORMALIZATION = 1  # how pictures become 28 x 28 (vision/normalize.py); raised when answers change
TEMPERATURES = 0.05, 20.0  # limits; calibration finds 0.3 to 3

_MAX_MEMBERS = 1 + 4 * MAX_LAYERS


@dataclass(frozen=True)
class Weights:
    """A network, its tensors and where they come from.

    `tensors` maps names to memory of the types and shapes of `precision.tensor_slots`. `trained` is
    the provenance: recipe, seed, epochs, data sha256, versions, accuracy with interval.
    Probabilities are softmax(logits / `temperature`), which calibration finds; 1 is none.
    `normalization` is the version of the normalisation that the network learnt from.

    Raises ModelError for another normalisation than NORMALIZATION, for a temperature outside
    TEMPERATURES, when a tensor is missing, unknown, misshapen, of another type or not finite, or
    when a scale is not positive.
    """

    spec: NetworkSpec
    tensors: Mapping[str, Tensor]
    trained: Mapping[str, Any] = field(default_factory=dict)
    precision: str = FLOAT32
    temperature: float = 1.0
    normalization: int = NORMALIZATION

    def __post_init__(self) -> None:
        _check_normalization(self.normalization)
        _check_temperature(self.temperature)
        expected = tensor_slots(self.spec, self.precision)
        _check_names(self.spec.name, set(self.tensors), set(expected))
        for name, slot in expected.items():
            _check_tensor(name, self.tensors[name], slot)

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = {name: array.copy() for name, array in self.arrays.items()}
        rest = self.precision, self.temperature, self.normalization
        return Weights, (self.spec, arrays, dict(self.trained), *rest)

    @cached_property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """`tensors` as arrays, without a copy; read-only where they come from a file."""
        import numpy as np

        return {name: np.asarray(tensor) for name, tensor in self.tensors.items()}


def _check_temperature(value: object) -> None:
    low, high = TEMPERATURES
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        raise ModelError(
            f"temperature: expected a number from {low:g} to {high:g}, found {value!r}",
            hint=REMAKE,
        )


def _check_normalization(value: object) -> None:
    if value != NORMALIZATION or isinstance(value, bool):
        raise ModelError(
            f"normalization: expected version {NORMALIZATION}, which this digitcli makes of "
            f"pictures, found {value!r}",
            hint="install the digitcli that made these weights, or train them again with "
            "`digitcli train`",
        )


def _check_tensor(name: str, tensor: Tensor, slot: Slot) -> None:
    """Raise ModelError unless a tensor has the type and shape of its slot."""
    view = _view(tensor)
    if view.format != FORMATS[slot.descr]:
        found = getattr(tensor, "dtype", f"format {view.format!r}")
        raise ModelError(f"{name}: expected {slot.type_name}, found {found}")
    if view.shape != slot.shape:
        raise ModelError(f"{name}: expected {slot.shape} from the spec, found {view.shape}")
    if slot.positive and not all(value > 0 for value in view):
        raise ModelError(f"{name}: scales must be above 0, found {min(view)}")
    if slot.descr == FLOATS and (bad := _core.count_not_finite(_contiguous(view))):
        size = view.nbytes // view.itemsize
        raise ModelError(f"{name}: {bad} of {size} values are not finite", hint=REMAKE)


def save_weights(path: Path, weights: Weights) -> None:
    """Write `weights` to `path`, as a whole or not at all; equal weights give equal bytes.

    The file is read back through `load_weights` and compared before it takes its name.
    """
    names = list(tensor_slots(weights.spec, weights.precision))
    document: dict[str, Any] = {
        "format": FORMAT,
        "spec": weights.spec.to_json(),
        "precision": weights.precision,
        "trained": dict(weights.trained),
        "tensors": {name: _sha256(weights.tensors[name]) for name in names},
    }
    if weights.temperature != 1:  # a file without calibration stays as it was before there was any
        document["temperature"] = float(weights.temperature)
    if weights.normalization != 1:  # files older than this number are of version 1
        document["normalization"] = weights.normalization
    import json
    import zipfile

    import numpy as np

    from ..files import atomic_write

    header = np.frombuffer(json.dumps(document, allow_nan=False).encode(), np.uint8)
    with (
        atomic_write(path, verify=lambda written: _check_same(written, weights)) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        write_array(archive, "header", header)
        for name in names:
            write_array(archive, name, weights.arrays[name])


def load_weights(path: Path) -> Weights:
    """Read a weight file strictly.

    Raises ModelError, naming the file and the member, for anything but exactly what its own spec
    calls for; nothing is allocated beyond what that spec needs. The tensors are read-only.
    """
    return _load(path)


def load_named(name_or_path: str) -> Weights:
    """The weights that `find_weights` finds, read as `load_weights` does. Raises what both do.

    Of bundled ones the checksums of the archive are checked, not sha256 too: OpenSSL takes longer
    to import than the weights to read.
    """
    if name_or_path in bundled_names():
        return _load(bundled_path(name_or_path), bundled=True)
    return load_weights(find_weights(name_or_path))


def _load(path: str | Path, *, bundled: bool = False) -> Weights:
    try:
        with open_regular(path) as file:
            check_directory(file, _MAX_MEMBERS)
            weights = _read_archive(open_archive(file, bundled=bundled), digests=not bundled)
        log.info(__name__, "%s: network %s, %s", path, weights.spec.name, weights.precision)
        return weights
    except ModelError as error:
        raise _foreign(path) or ModelError(f"{path}: {error}", error.hint) from error
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file", hint="make it with `digitcli train`") from error
    except SpecialFileError as error:
        raise ModelError(f"{path}: {SPECIAL}") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error})") from error
    except zip_errors() as error:
        reason = str(error) or "it ends too early"
        raise _foreign(path) or ModelError(
            f"{path}: not a weight file ({reason})", hint=REMAKE
        ) from error


def _foreign(path: str | Path) -> ModelError | None:
    from .foreign import foreign_error

    return foreign_error(path)


def _read_archive(archive: Archive, digests: bool) -> Weights:
    members = named_members(archive)
    if "header" not in members:
        raise ModelError("no member named header.npy, so not a digitcli weight file", hint=REMAKE)
    document = _read_header(archive, members.pop("header"))
    spec = NetworkSpec.from_json(document["spec"])
    expected = tensor_slots(spec, document["precision"])
    _check_names("weight file", set(members), set(expected))
    listed = document["tensors"]
    if not isinstance(listed, dict) or set(listed) != set(expected):
        raise ModelError("header: `tensors` does not list the tensors of the spec", hint=REMAKE)
    _check_normalization(document.get("normalization", 1))
    tensors: dict[str, Tensor] = {}
    for name, slot in expected.items():
        tensors[name] = read_array(archive, members[name], name, slot.descr, slot.shape)
        if digests and _sha256(tensors[name]) != listed[name]:
            raise ModelError(f"{name}: sha256 differs from the header's", hint=REMAKE)
    return Weights(
        spec,
        tensors,
        document["trained"],
        document["precision"],
        document.get("temperature", 1.0),
        document.get("normalization", 1),
    )


def _read_header(archive: Archive, info: Info) -> dict[str, Any]:
    document = read_json(archive, info, "header")
    wanted = {"format", "spec", "precision", "trained", "tensors"}
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else document
        raise ModelError(f"header: expected format {FORMAT!r}, found {found!r}", hint=REMAKE)
    _check_names("header", set(document) - {"temperature", "normalization"}, wanted)
    if document["precision"] not in PRECISIONS:
        known = " or ".join(map(repr, PRECISIONS))
        raise ModelError(f"header: expected precision {known}, found {document['precision']!r}")
    if not isinstance(document["trained"], dict):
        raise ModelError("header: `trained` must be an object")
    return document


def _check_names(where: str, found: set[str], expected: set[str]) -> None:
    if missing := sorted(expected - found):
        raise ModelError(f"{where}: {', '.join(missing)} missing", hint=REMAKE)
    if surplus := sorted(found - expected):
        raise ModelError(f"{where}: {', '.join(map(repr, surplus))} not in the spec", hint=REMAKE)


def _check_same(written: Path, weights: Weights) -> None:
    again = load_weights(written)
    same = _facts(again) == _facts(weights) and all(
        _same_bytes(again.tensors[name], tensor) for name, tensor in weights.tensors.items()
    )
    if not same:
        raise ModelError(f"{written}: what was written reads back differently")


def _facts(weights: Weights) -> tuple[object, ...]:
    return weights.spec, weights.precision, weights.temperature, weights.normalization


def _sha256(tensor: Tensor) -> str:
    import hashlib

    return hashlib.sha256(_contiguous(_view(tensor))).hexdigest()


def _same_bytes(one: Tensor, other: Tensor) -> bool:
    return _view(one).tobytes() == _view(other).tobytes()


def _view(tensor: Any) -> memoryview[Any]:
    return memoryview(tensor)


def _contiguous(tensor: memoryview[Any]) -> memoryview[Any]:
    """The values in C order as one run of memory, copied only where they are not."""
    if tensor.c_contiguous:
        return tensor
    formats: Any = tensor.format
    copy: memoryview[Any] = memoryview(tensor.tobytes()).cast(formats)
    return copy
