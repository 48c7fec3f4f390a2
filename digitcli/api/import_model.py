"""Make weights of another program's model."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..files.outputs import Output, Outputs
from ..model.foreign import kind_of
from ..model.weights import save_weights

if TYPE_CHECKING:
    from ..conversion.incoming.importing import Imported

SCHEMA = "digitcli.import/1"


@dataclass(frozen=True)
class ImportedModel:
    """What `import_model` made of the model at `path`, and wrote to `out`.

    `data` names the pictures of the check.
    """

    path: Path
    out: Path
    data: str
    imported: Imported

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON: the document of `digitcli import --json`."""
        found, spec = self.imported, self.imported.weights.spec
        return {
            "schema": SCHEMA,
            "model": str(self.path),
            "format": found.kind,
            "model_bytes": found.size,
            "sha256": found.sha256,
            "weights": str(self.out),
            "bytes": self.out.stat().st_size,
            "network": spec.name,
            "parameters": spec.parameters,
            "pixels": None if found.pixels is None else found.pixels.to_json(),
            "data": None if found.check is None else self.data,
            "check": None if found.check is None else found.check.to_json(),
            "right": found.right,
            "tried": [
                {**one.to_json(), "options": one.options(), "right": right}
                for one, right in found.tried
            ],
        }


def import_model(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    pixels: Literal["0-1", "0-255"] | None = None,
    mean: float = 0.0,
    std: float = 1.0,
    force: bool = False,
) -> ImportedModel:
    """Make weights of an ONNX, Keras, SavedModel or TFLite model, and check them against it.

    Options mean what they mean to `digitcli import`. safetensors files are those of `export`.

    Raises UsageError for an impossible option or an `out` that may not be replaced, ModelError for
    what is no model or has a node that does not fit, GateError when the model answers differently
    in its own runtime, MachineError when a package is missing. Then nothing is written.
    """
    source, target = Path(path), Path(out)
    Outputs([Output("--out", target, "work")], [source], force=force)
    import numpy as np

    from ..bench.pictures import load_pictures
    from ..conversion.incoming.importing import PICTURES, Labelled
    from ..conversion.incoming.importing import import_model as run
    from ..data.store import load_split

    _start_tensorflow(source)
    found = load_pictures("mnist", PICTURES)
    test = Labelled(found.images, found.labels.astype(np.uint8), found.source)

    def training() -> Labelled:
        split = load_split(found.source, "train")
        return Labelled(split.images[:PICTURES], split.labels[:PICTURES], found.source)

    done = run(source, test, training, pixels, mean, std)
    save_weights(target, done.weights)
    return ImportedModel(source, target, found.source, done)


def _start_tensorflow(source: Path) -> None:
    """Load it without its messages where a model needs it; it says how to install it."""
    kind = kind_of(source)
    light = kind == "tflite" and find_spec("ai_edge_litert") is not None
    if kind in ("keras", "h5", "savedmodel", "tflite") and not light:
        from ..training.compute import backend as _backend  # noqa: F401
