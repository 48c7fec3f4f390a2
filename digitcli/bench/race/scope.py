"""How much of the way from a file to an answer is timed.

`kernel`: the convolutions and dense layers alone, float planes in and out, as the engine itself
times them: no pooling of its own, no conversion of pixels, no softmax, one thread. What a layer
fuses into its product (bias, activation, pooling) is inside.
`model`: uint8 pictures in, float32 probabilities out.
`end-to-end`: the bytes of PNG files in, probabilities out, in a warm process: decode, normalise,
infer. Every runtime is given the same decoder and normalisation, which run on one thread.

A runtime says with its methods which scopes it has: `prepare` model, `prepare_fresh` end-to-end,
`kernel_seconds` kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from ..stopwatch import Lap, lap

if TYPE_CHECKING:
    from ..runtimes import Images, Probabilities, Runtime

Scope: TypeAlias = Literal["kernel", "model", "end-to-end"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
METHODS: dict[Scope, str] = {
    "kernel": "kernel_seconds",
    "model": "prepare",
    "end-to-end": "prepare_fresh",
}


def scopes_of(runtime: Runtime) -> list[Scope]:
    """The scopes in which `runtime` can be timed."""
    able = {"kernel": getattr(runtime, "has_kernel_times", True)}
    return [scope for scope in SCOPES if hasattr(runtime, METHODS[scope]) and able.get(scope, True)]


def lap_of(runtime: Runtime, scope: Scope, images: Images) -> Lap:
    """What times `runtime` on these pictures: repeats -> the seconds of each."""
    if scope == "kernel":
        return _KernelLap(runtime, images)
    call = _end_to_end(runtime, images) if scope == "end-to-end" else runtime.prepare(images)

    def run(repeats: int) -> list[float]:
        call()  # the caches hold what the worker before us used
        return lap(call, repeats)

    return run


def answers(runtime: Runtime, scope: Scope, images: Images) -> Probabilities:
    """The probabilities float32 (n, classes) that the way of `scope` ends with."""
    if scope == "end-to-end":
        from ..pictures import as_files

        images = read_files(as_files(images))
    return runtime.probabilities(images)


def read_files(files: list[bytes]) -> Images:
    """Decode and normalise the bytes of picture files: uint8 (n, 28, 28); a blank one stays so."""
    import numpy as np

    from ...vision.files.decode import decode
    from ...vision.normalize import normalize

    pictures = np.zeros((len(files), 28, 28), np.uint8)
    for place, file in zip(pictures, files, strict=True):
        found = normalize(decode(file))
        if found is not None:
            place[:] = found.picture
    return pictures


def _end_to_end(runtime: Any, images: Images) -> Callable[[], object]:
    from ..pictures import as_files

    files = as_files(images)
    infer: Callable[[Images], object] = runtime.prepare_fresh(images)
    return lambda: infer(read_files(files))


class _KernelLap:
    """The engine holds this stopwatch itself."""

    def __init__(self, runtime: Any, images: Images) -> None:
        self._seconds: Callable[[Images, int], list[float]] = runtime.kernel_seconds
        self._images = images

    def __call__(self, repeats: int) -> list[float]:
        return self._seconds(self._images, repeats)
