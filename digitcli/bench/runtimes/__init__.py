"""One small adapter for each runtime that can run our network, and the list of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from ...errors import MachineError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Images: TypeAlias = npt.NDArray[np.uint8]  # (n, 28, 28)
    Pictures: TypeAlias = npt.NDArray[np.float32]  # scaled, (n, 28, 28, 1) or (n, 1, 28, 28)
    Probabilities: TypeAlias = npt.NDArray[np.float32]  # (n, classes)
    Labels: TypeAlias = npt.NDArray[np.integer[Any]]  # (n,)

Precision: TypeAlias = Literal["fp32", "bf16", "int8"]
PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "int8")
OURS = "digitcli"
TOLERANCE = 1e-5  # between two engines' probabilities in fp32: float32 rounding, no more


class Runtime(Protocol):
    """A runtime with a network loaded, on a fixed number of threads.

    Every runtime answers the same raw uint8 pictures with NumPy probabilities. A peer may turn
    them into whatever it likes best in `prepare`, which is not timed; our engine takes them as they
    are, so it does more work in its time, never less.
    """

    variant: str  # which way of calling it, or which instruction set
    precision: str  # one of PRECISIONS
    version: str

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""

    def prepare(self, images: Images) -> Callable[[], object]:
        """Do what a user does once for a batch of this shape; return the call to be timed."""


@dataclass(frozen=True)
class Way:
    """How a runtime works in one precision: its variants, and the file that it reads.

    The file is made once before timing (`peer_files.py`), or it is the weight file itself: None.
    """

    variants: tuple[str | None, ...]
    file: str | None = None


@dataclass(frozen=True)
class Peer:
    """A runtime by the package that it is imported from.

    `extra` is the extra of digitcli that installs it. `tolerances` holds, by variant, how far from
    ours its probabilities may be in fp32 where that is not `TOLERANCE`.
    """

    package: str
    ways: Mapping[Precision, Way]
    extra: str = "bench"
    tolerances: Mapping[str, float] = field(default_factory=dict)


# Of ours, None stands for the instruction set in use. `digitcli quantize` adds int8 as one line
# here and one in `cli/bench/worker.py`, which makes the file.
RUNTIMES: dict[str, Peer] = {
    OURS: Peer("digitcli", {"fp32": Way((None,)), "int8": Way((None,), "int8.npz")}),
    "tensorflow": Peer(
        "tensorflow",
        {
            "fp32": Way(("tf.function", "xla", "predict_on_batch", "predict")),
            "bf16": Way(("tf.function",)),
        },
    ),
    "onnxruntime": Peer(
        "onnxruntime",
        {"fp32": Way(("session",), "float32.onnx"), "int8": Way(("session",), "int8.onnx")},
    ),
    "openvino": Peer(
        "openvino",
        {
            "fp32": Way(("request",), "float32.onnx"),
            "bf16": Way(("request",), "float32.onnx"),
            "int8": Way(("request",), "int8.onnx"),
        },
    ),
    "pytorch": Peer("torch", {"fp32": Way(("jit", "jit-optimized")), "bf16": Way(("jit",))}),
    "litert": Peer(
        "ai_edge_litert",
        {"fp32": Way(("xnnpack",), "float32.tflite"), "int8": Way(("xnnpack",), "int8.tflite")},
    ),
    # Large tiles are MNN's own choice: its Winograd convolutions round more coarsely with them. No
    # int8: what its quantiser makes is slower than its fp32, and over 1 % of the digits differ.
    "mnn": Peer(
        "MNN",
        {"fp32": Way(("large-tiles", "small-tiles"), "float32.mnn")},
        tolerances={"large-tiles": 1e-4},
    ),
    # No int8: it reads quantised ONNX files, and computes in floats.
    "opencv": Peer("cv2", {"fp32": Way(("classic", "graph"), "float32.onnx")}, "bench-more"),
    "executorch": Peer(
        "executorch",
        {"fp32": Way(("xnnpack",)), "int8": Way(("xnnpack",), "int8.pt2")},
        "bench-more",
    ),
}
PEERS = tuple(name for name in RUNTIMES if name != OURS)


def file_of(engine: str, precision: str) -> str | None:
    """The name of the file that a runtime reads in a precision; None for the weight file."""
    ways = RUNTIMES[engine].ways if engine in RUNTIMES else {}
    return next((way.file for name, way in ways.items() if name == precision), None)


def tolerance_of(engine: str, variant: str | None) -> float:
    """How far from ours a runtime's probabilities may be in fp32."""
    tolerances = RUNTIMES[engine].tolerances if engine in RUNTIMES else {}
    return tolerances.get(variant or "", TOLERANCE)


def install(*engines: str) -> str:
    """The command that installs these runtimes, or what makes a file that one of them reads."""
    extras = ",".join(sorted({_extra_of(name) for name in engines}))
    return f'pip install "digitcli[{extras}]"'


def _extra_of(name: str) -> str:
    """The extra of a runtime, or of the first one that reads the file `name`."""
    if name in RUNTIMES:
        return RUNTIMES[name].extra
    peers = [RUNTIMES[peer] for peer in PEERS]
    reads = (peer.extra for peer in peers if name in {way.file for way in peer.ways.values()})
    return next(reads, "bench")


def is_installed(engine: str) -> bool:
    """Whether the package of a runtime could be imported, without importing it."""
    return find_spec(RUNTIMES[engine].package) is not None


def demand(package: str, found: str, least: tuple[int, ...]) -> None:
    """Raise MachineError when version `found` of `package` is older than `least`."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", found)[: len(least)])
    if numbers < least:
        wanted = ".".join(map(str, least))
        raise MachineError(
            f"{package} {found} is too old, {wanted} or newer expected",
            f'pip install --upgrade "{package}>={wanted}"',
        )


def as_floats(images: Images, scale: float) -> Pictures:
    """Raw pictures (n, 28, 28) as scaled floats (n, 28, 28, 1); reshape it for another layout."""
    import numpy as np

    return images[..., np.newaxis] * np.float32(scale)
