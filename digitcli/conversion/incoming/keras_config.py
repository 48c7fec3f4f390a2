"""Keras files looked at before Keras loads them: what could run code is refused by name.

Keras's own `safe_mode` is set too, but it does not cover files in HDF5, and classes of other
modules are imported before it asks.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from ...errors import MachineError
from .ops import refuse
from .source import MAX_BYTES, Source

LAYERS = frozenset(
    {"Activation", "AveragePooling2D", "BatchNormalization", "Conv2D", "Dense", "DepthwiseConv2D"}
    | {"Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "InputLayer", "MaxPooling2D"}
    | {"Normalization", "Permute", "ReLU", "Rescaling", "Reshape", "SeparableConv2D", "Softmax"}
    | {"ZeroPadding2D"}
)
TRAINING_ONLY = frozenset(
    {"ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"}
    | {"RandomContrast", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom"}
    | {"SpatialDropout2D"}
)
MODELS = frozenset({"Functional", "Model", "Sequential"})
_PLAIN = ("DTypePolicy", "Policy", "__keras_tensor__", "__tuple__")
_MODULES = ("keras.initializers", "keras.regularizers", "keras.constraints")
# Of Keras 2, which names no modules.
_OLD = frozenset(
    {"Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "Ones"}
    | {"LecunUniform", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "Zeros"}
    | {"VarianceScaling", "L1", "L2", "L1L2", "MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"}
)
_MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
_LAMBDA = "code in a model file is never run: use Rescaling, Normalization or Activation instead"


def checked_config(source: Source) -> dict[str, Any]:
    """The description of the model in a .keras or .h5 file, once all that it names is known.

    Raises ModelError, with the layer's name, for Lambda layers and any class that is not Keras's.
    """
    config = _archive_config(source) if source.kind == "keras" else _hdf5_config(source)
    if not isinstance(config, dict) or config.get("class_name") not in MODELS:
        source.refuse("its description is not that of a Keras model")
    config.pop("compile_config", None)  # never loaded
    _check(config, str(config["class_name"]))
    return config


def _archive_config(source: Source) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if sorted(names) != sorted(_MEMBERS):
                source.refuse(f"expected the members {sorted(_MEMBERS)}, found {sorted(names)[:9]}")
            if sum(info.file_size for info in infos) > MAX_BYTES:
                source.refuse(f"its members would inflate to more than {MAX_BYTES >> 20} MiB")
            config = json.loads(archive.read("config.json"))
            _check_hdf5(source, archive.read("model.weights.h5"))
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        source.refuse(f"not a whole zip archive ({error})", "copy or download it again")
    return config


def _hdf5_config(source: Source) -> Any:
    attributes = _check_hdf5(source, source.content)
    text = attributes.get("model_config")
    if text is None:
        source.refuse(
            "holds weights without the model they belong to",
            'save the whole model: `model.save("model.keras")`',
        )
    return json.loads(text)


def _check_hdf5(source: Source, content: bytes) -> dict[str, Any]:
    """The attributes of an HDF5 file without links to other files and of a bearable size."""
    try:
        import h5py
    except ImportError as error:
        raise MachineError(
            f"Keras files need h5py, which cannot be imported ({error})",
            hint='pip install "digitcli[train]"',
        ) from error
    with h5py.File(io.BytesIO(content), "r") as file:
        _check_group(source, file, [MAX_BYTES])
        return dict(file.attrs)


def _check_group(source: Source, group: Any, left: list[int], depth: int = 0) -> None:
    import h5py

    if depth > 30:
        source.refuse("groups inside groups, more than 30 deep")
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            source.refuse(f"{name}: a link to another place or file")
        found = group[name]
        if isinstance(found, h5py.Group):
            _check_group(source, found, left, depth + 1)
        elif found.external or found.is_virtual:
            source.refuse(f"{name}: its values are in another file")
        elif found.dtype.hasobject and found.size > 1000:
            source.refuse(f"{name}: texts instead of numbers")
        else:
            left[0] -= int(found.nbytes)
            if left[0] < 0:
                source.refuse(f"{name}: more than {MAX_BYTES >> 20} MiB of values")


def _check(value: Any, where: str) -> None:
    """Refuse the first class in a description that is not one of those above."""
    if isinstance(value, list):
        for one in value:
            _check(one, where)
    if not isinstance(value, dict):
        return
    kind = value.get("class_name")
    inner = value.get("config")
    if isinstance(inner, dict) and isinstance(inner.get("name"), str):
        where = inner["name"]
    if kind is not None:
        _check_class(f"{where} ({kind})", kind, value.get("module"), value.get("registered_name"))
    for one in value.values():
        _check(one, where)


def _check_class(title: str, kind: Any, module: Any, registered: Any) -> None:
    if kind in ("Lambda", "__lambda__"):
        refuse(title, "is code of the file", _LAMBDA)
    known = kind in LAYERS | TRAINING_ONLY | MODELS | {*_PLAIN}
    if known and _is_keras(module) and registered in (None, kind):
        return
    if module in _MODULES and registered in (None, kind):
        return
    if module is None and kind in _OLD:
        return
    refuse(title, "has no counterpart in digitcli")


def _is_keras(module: Any) -> bool:
    return module is None or module == "keras" or str(module).startswith("keras.")
