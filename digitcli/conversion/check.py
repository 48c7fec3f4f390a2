"""Run an exported file with another runtime, and compare its answers with our engine's."""

from __future__ import annotations

import importlib.metadata
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import GateError
from ..vision.columns.decode import decode
from .formats import Form

Images: TypeAlias = npt.NDArray[np.uint8]  # (n, 28, 28); lines and pages (n, height, width)
Probabilities: TypeAlias = npt.NDArray[np.float32]  # (n, classes), (n, columns, 16), (n, h, w, 2)
Runner: TypeAlias = Callable[[Images], Probabilities]

TOLERANCE = 1e-5  # largest difference of two probabilities: float32 rounding


@dataclass(frozen=True)
class Check:
    """How the answers of another runtime compare with ours."""

    runtime: str  # and its version
    pictures: int
    equal_labels: int  # the same digit, the same text, the same places inside lines
    largest_difference: float  # of two probabilities; infinite where one is not a number
    tolerance: float = TOLERANCE

    @property
    def passed(self) -> bool:
        """Whether it is the same network, up to float32 rounding."""
        return self.equal_labels == self.pictures and self.largest_difference <= self.tolerance

    def to_json(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)


def check(
    form: Form, path: Path, batches: Sequence[Images], expected: Sequence[Probabilities]
) -> Check:
    """Run the file (or folder) at `path` on pictures, each batch of one size, and compare.

    The first picture of a batch is run in a batch of its own.

    Raises GateError when labels differ or a probability is further off than `TOLERANCE`.
    """
    runtime, run = RUNNERS[form](path)
    equal, difference = 0, 0.0
    for images, ours in zip(batches, expected, strict=True):
        theirs = np.concatenate([run(part) for part in (images[:1], images[1:]) if len(part)])
        difference = max(difference, _difference(theirs, ours))
        if np.isfinite(difference):
            equal += sum(map(_same_label, theirs, ours))
    result = Check(runtime, sum(map(len, batches)), equal, difference)
    if not result.passed:
        raise GateError(
            f"the {form} file answers differently: {equal} of {result.pictures} labels equal, "
            f"largest difference of two probabilities {difference:.2g}, at most {TOLERANCE:g} "
            f"expected (run by {runtime})",
            "nothing was written; please report this network as a bug",
        )
    return result


def _difference(theirs: Probabilities, ours: Probabilities) -> float:
    """The largest of two probabilities; infinite for another shape or what is not a number."""
    if theirs.shape != ours.shape:
        return float("inf")
    largest = float(np.abs(theirs - ours).max(initial=0.0))
    return largest if np.isfinite(largest) else float("inf")


def _same_label(theirs: Probabilities, ours: Probabilities) -> bool:
    """Whether both say the same of one picture: a digit, what is written, where lines are.

    A place of a map whose probability is within TOLERANCE of one half counts as either.
    """
    if theirs.ndim == 1:
        return bool(theirs.argmax() == ours.argmax())
    if theirs.ndim == 3:
        clear = np.abs(ours[..., 1] - 0.5) > TOLERANCE
        return bool((clear <= ((theirs[..., 1] > 0.5) == (ours[..., 1] > 0.5))).all())
    one, other = (decode(np.ascontiguousarray(columns).data) for columns in (theirs, ours))
    return one.written == other.written


def open_onnx(path: Path) -> tuple[str, Runner]:
    """Run it with ONNX Runtime, or where that is not installed with onnx's own slow evaluator.

    Both get bytes: they open no file whose name is not UTF-8.
    """
    model = path.read_bytes()
    if find_spec("onnxruntime") is None:
        import onnx
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(model)
        return f"onnx reference {onnx.__version__}", lambda images: evaluator.run(
            None, {"images": images}
        )[0]
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # on by default since 1.29
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return f"onnxruntime {onnxruntime.__version__}", lambda images: session.run(
        None, {"images": images}
    )[0]


def open_tflite(path: Path) -> tuple[str, Runner]:
    """Run it with LiteRT, or where that is not installed with TensorFlow's interpreter."""
    if find_spec("ai_edge_litert") is None:
        import tensorflow as tf

        def interpreter(**options: Any) -> Any:
            with warnings.catch_warnings():  # it is deprecated in favour of LiteRT, but here
                warnings.filterwarnings(
                    "ignore", ".*tf.lite.Interpreter is deprecated", UserWarning
                )
                return tf.lite.Interpreter(**options)

        resolvers = tf.lite.experimental.OpResolverType
        return f"tensorflow lite {tf.__version__}", _tflite_runner(interpreter, resolvers, path)
    import ai_edge_litert
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    version = f"litert {ai_edge_litert.__version__}"
    return version, _tflite_runner(Interpreter, OpResolverType, path)


def _tflite_runner(interpreter: Callable[..., Any], resolvers: Any, path: Path) -> Runner:
    content = path.read_bytes()  # it opens no file whose name is not UTF-8
    plain = resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES  # the others log when they are made

    def run(images: Images) -> Probabilities:
        model = interpreter(model_content=content, experimental_op_resolver_type=plain)
        source, target = model.get_input_details()[0], model.get_output_details()[0]
        model.resize_tensor_input(source["index"], images.shape)
        model.allocate_tensors()
        model.set_tensor(source["index"], images)
        model.invoke()
        answers: Probabilities = model.get_tensor(target["index"])
        return answers

    return run


def open_savedmodel(path: Path) -> tuple[str, Runner]:
    """Run it with TensorFlow."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # must outlive its signature
    call = loaded.signatures["serving_default"]

    def run(images: Images, keep: Any = loaded) -> Probabilities:
        answers: Probabilities = call(images=tf.constant(images))["probabilities"].numpy()
        return answers

    return f"tensorflow {tf.__version__}", run


def open_keras(path: Path) -> tuple[str, Runner]:
    """Run it with Keras, which gets a copy: it opens no file without its suffix."""
    import keras

    from ..files import scratch_folder
    from .keras_file import as_entry

    with scratch_folder("keras") as folder:
        copy = folder / "model.keras"
        copy.write_bytes(path.read_bytes())
        model = keras.models.load_model(str(copy), compile=False, safe_mode=True)

    def run(images: Images) -> Probabilities:
        answers: Probabilities = keras.ops.convert_to_numpy(
            model(as_entry(model, images), training=False)
        )
        return answers

    return f"keras {keras.__version__}", run


def open_safetensors(path: Path) -> tuple[str, Runner]:
    """Run the weights that are read back from it with our own engine: no other runtime has any."""
    from .answers import answers_of
    from .safetensors_file import weights_of_safetensors

    weights = weights_of_safetensors(path.read_bytes())
    version = importlib.metadata.version("safetensors")
    return f"safetensors {version}", lambda images: answers_of(weights, [images])[0]


RUNNERS: dict[Form, Callable[[Path], tuple[str, Runner]]] = {
    "onnx": open_onnx,
    "tflite": open_tflite,
    "savedmodel": open_savedmodel,
    "keras": open_keras,
    "safetensors": open_safetensors,
}
