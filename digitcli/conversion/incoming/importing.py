"""From another program's model to checked weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DigitError, ModelError
from ...inference.engine import Engine
from ...model.foreign import Kind
from ...model.weights import Weights
from ...version import __version__
from ..check import Check, Images
from .builder import Built, build
from .compare import compare
from .pixels import Pixels, Range, possible
from .runtimes import Opened, open_model
from .source import Source, read_source

if TYPE_CHECKING:
    import numpy.typing as npt

_TWICE, _FEW = 2, 0.002  # usual pixels stay unless others halve the wrong digits, but for a few
PICTURES = 1000  # on which every model is compared with the network made of it


@dataclass(frozen=True)
class Imported:
    """Weights made of another program's model, and how both compare.

    `right` is the share of the test pictures that the network names rightly; `tried` holds, where
    nobody said what the pixels are, the share of training pictures with each. Without a check for
    files of digitcli's own.
    """

    weights: Weights
    kind: Kind
    size: int  # bytes
    sha256: str
    pixels: Pixels | None = None
    check: Check | None = None
    right: float | None = None
    tried: tuple[tuple[Pixels, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Labelled:
    """Pictures uint8 (n, 28, 28), their labels uint8 (n,), and the name of their data set."""

    images: Images
    labels: npt.NDArray[np.uint8]
    name: str


def import_model(
    path: Path,
    test: Labelled,
    training: Callable[[], Labelled],
    said: Range | None = None,
    mean: float = 0.0,
    std: float = 1.0,
) -> Imported:
    """Read the model at `path`, make a network of it, and compare both on `test`.

    Where neither `said` nor the graph tells what the pixels are, those are taken with which most of
    `training` are right, but more usual ones unless they make more than twice as many errors.

    Raises ModelError for what is no model, or names the node that does not fit, UsageError for
    pixels that the model cannot take, GateError where the answers differ, and MachineError where
    the package that reads or runs it is missing.
    """
    source = read_source(path)
    if source.kind == "safetensors":
        return _own(source)
    opened = _opened(source)
    tried = _tried(opened, source, training, possible(opened.chain, said, mean, std))
    most = max(right for _, right in tried)
    pixels = next(one for one, right in tried if 1 - right <= _TWICE * (1 - most) + _FEW)
    built = _built(opened, source, pixels)
    try:
        check = compare(opened, built, pixels, test.images)
    except ModelError as error:
        raise _named(source, error) from error
    weights = replace(built.weights, trained=_record(source, pixels, check, test.name))
    facts = source.kind, source.size, source.sha256
    shown = tried if len(tried) > 1 else ()
    return Imported(weights, *facts, pixels, check, _right(weights, test), shown)


def _tried(
    opened: Opened, source: Source, training: Callable[[], Labelled], found: tuple[Pixels, ...]
) -> tuple[tuple[Pixels, float], ...]:
    """The share of training pictures that is right with each; one that is alone is not tried."""
    if len(found) == 1:
        return ((found[0], 1.0),)
    pictures = training()
    return tuple((one, _right(_built(opened, source, one).weights, pictures)) for one in found)


def _own(source: Source) -> Imported:
    from ..safetensors_file import weights_of_safetensors

    try:
        weights = weights_of_safetensors(source.content)
    except ModelError as error:
        raise ModelError(f"{source.path}: {error}", error.hint) from error
    return Imported(weights, source.kind, source.size, source.sha256)


def _opened(source: Source) -> Opened:
    """A broken file is a ModelError, whatever the library makes of it."""
    try:
        return open_model(source)
    except ModelError as error:
        raise _named(source, error) from error
    except DigitError:
        raise
    except Exception as error:  # libraries raise whatever their parsers meet in a broken file
        lines = str(error).strip().splitlines() or [type(error).__name__]
        reason = f"not a sound {source.kind} file ({lines[0][:200]})"
        raise ModelError(f"{source.path}: {reason}") from error


def _built(opened: Opened, source: Source, pixels: Pixels) -> Built:
    try:
        return build(opened.chain, source.path.stem, pixels.gain, pixels.offset)
    except ModelError as error:
        raise _named(source, error) from error


def _named(source: Source, error: ModelError) -> ModelError:
    """The error, with the file's name in front."""
    text, name = str(error), str(source.path)
    return error if text.startswith(name) else ModelError(f"{name}: {text}", error.hint)


def _right(weights: Weights, pictures: Labelled) -> float:
    found = Engine(weights).predict(pictures.images, threads=0).classes
    return float(np.mean(np.asarray(found) == pictures.labels))


def _record(source: Source, pixels: Pixels, check: Check, data: str) -> dict[str, Any]:
    """Where the weights come from, for their header."""
    name = source.path.name.encode("utf-8", "backslashreplace").decode()
    imported = {
        "file": name,
        "format": source.kind,
        "bytes": source.size,
        "sha256": source.sha256,
        "pixels": pixels.to_json(),
        "check": check.to_json() | {"data": data},
    }
    return {"imported": imported, "versions": {"digitcli": __version__}}
