"""Weights, exported files, data sets."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from data import mirrors
from disk.operations.running import call, command
from disk.promises import Operation

from digitcli.data.download import fetch
from digitcli.data.idx import write_idx
from digitcli.model.layers import Conv, Dense, GlobalAveragePool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, load_weights, save_weights


def _weights(seed: int) -> Weights:
    spec = NetworkSpec("little", (Conv(4), GlobalAveragePool(), Dense(10)))
    rng = np.random.default_rng(seed)
    return Weights(
        spec, {name: np.float32(rng.random(shape)) for name, shape in spec.tensors.items()}
    )


def _old_weights(folder: Path) -> None:
    save_weights(folder / "w.npz", _weights(1))


def _save(folder: Path) -> None:
    save_weights(folder / "w.npz", _weights(2))


def _loads(folder: Path) -> None:
    load_weights(folder / "w.npz")


def _save_weights() -> Operation:
    return Operation("save of weights", _old_weights, call(_save), holds=_loads)


def _save_idx() -> Operation:
    def prepare(folder: Path) -> None:
        write_idx(folder / "a-idx3-ubyte.gz", np.zeros((5, 28, 28), np.uint8))

    def run(folder: Path) -> None:
        write_idx(folder / "a-idx3-ubyte.gz", np.ones((500, 28, 28), np.uint8))

    return Operation("write of an IDX file", prepare, call(run))


def _export(form: str) -> Callable[[], Operation]:
    def made() -> Operation:
        def prepare(folder: Path) -> None:
            save_weights(folder / "from.npz", _weights(3))
            if form != "savedmodel":
                command("export", "-w", "tiny", "--to", form, "--out", f"out.{form}")(folder)

        ran = command("export", "-w", "from.npz", "--to", form, "--out", f"out.{form}", "--force")
        slow = form == "savedmodel"
        return Operation(f"export to {form}", prepare, ran, _of_tensorflow, sparse=slow)

    return made


def _of_tensorflow(name: str, content: bytes) -> bytes:
    """What two exports of the same weights have in common; `export` has compared their answers."""
    if name.endswith(".keras"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return " ".join(archive.namelist()).encode()
    if name.endswith(".tflite"):
        return content[4:8]
    return b"" if "savedmodel/" in name else content


def _import() -> Operation:
    def prepare(folder: Path) -> None:
        _old_weights(folder)
        save_weights(folder / "from.npz", _weights(3))
        command("export", "-w", "from.npz", "--to", "onnx", "--out", "m.onnx")(folder)

    return Operation(
        "import of ONNX", prepare, command("import", "m.onnx", "-o", "w.npz", "--force")
    )


def _labelled(folder: Path) -> None:
    """A data set of random pixels."""
    rng = np.random.default_rng(0)
    digits = np.arange(300, dtype=np.uint8) % 10
    for part in ("train", "t10k"):
        pixels = rng.integers(0, 255, (300, 28, 28), dtype=np.uint8)
        write_idx(folder / "own" / f"{part}-images-idx3-ubyte", pixels)
        write_idx(folder / "own" / f"{part}-labels-idx1-ubyte", digits)


def _quantize() -> Operation:
    def prepare(folder: Path) -> None:
        _old_weights(folder)
        save_weights(folder / "from.npz", _weights(3))
        _labelled(folder)

    gates = ("--max-drop", "100", "--images", "100", "--force")
    ran = command("quantize", "from.npz", "--data", "own", "--out", "w.npz", *gates)
    return Operation("quantize", prepare, ran, holds=_loads)


@cache
def _server() -> mirrors.Server:
    server = mirrors.Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()  # ends with the process
    return server


def _fetch() -> Operation:
    def prepare(folder: Path) -> None:
        (folder / "toy").mkdir()
        first = next(iter(mirrors.CONTENT))
        (folder / "toy" / first).write_bytes(b"wrong")

    def run(folder: Path) -> None:
        fetch(mirrors.dataset(_server().url("good")), folder / "toy")

    return Operation("fetch from a mirror", prepare, call(run), unfinished=_is_part)


def _fetch_copy() -> Operation:
    def prepare(folder: Path) -> None:
        (folder / "from").mkdir()
        for name, body in mirrors.CONTENT.items():
            (folder / "from" / name).write_bytes(body)

    def run(folder: Path) -> None:
        fetch(mirrors.dataset(), folder / "toy", source=str(folder / "from"))

    return Operation("fetch from a folder", prepare, call(run))


def _is_part(name: str, content: bytes) -> bool:
    """Whether it is the beginning of a file, from which the next run goes on."""
    whole = mirrors.CONTENT.get(name.removeprefix("toy/").removesuffix(".part"), b"")
    return name.endswith(".part") and whole.startswith(content)


OPERATIONS: dict[str, Callable[[], Operation]] = {
    "save of weights": _save_weights,
    "write of an IDX file": _save_idx,
    "export to onnx": _export("onnx"),
    "export to safetensors": _export("safetensors"),
    "import of ONNX": _import,
    "quantize": _quantize,
    "fetch from a mirror": _fetch,
    "fetch from a folder": _fetch_copy,
}
WITH_TENSORFLOW = {f"export to {form}": _export(form) for form in ("keras", "tflite", "savedmodel")}
