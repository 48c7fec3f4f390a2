"""Another program's model: read as a chain, and ready to run in its own runtime."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

from .ops import Chain, Values
from .source import Source

Runner: TypeAlias = Callable[[Values], Values]


@dataclass(frozen=True)
class Opened:
    """A model: its chain, and `run`, which takes (n, *chain.shape) of chain.dtype."""

    chain: Chain
    runtime: str  # and its version
    run: Runner


def open_model(source: Source) -> Opened:
    """Read a model, and open it in its own runtime.

    Raises ModelError, with the node's name, for what is no chain of known operations, and
    MachineError for a package that is missing.
    """
    return _OPEN[source.kind](source)


def _open_onnx(source: Source) -> Opened:
    from .onnx_model import read_onnx

    chain, model = read_onnx(source)
    if find_spec("onnxruntime") is None:  # onnx's own evaluator: slow, and as exact
        import onnx
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(model)
        name = evaluator.input_names[0]
        return Opened(
            chain, f"onnx reference {onnx.__version__}", lambda x: evaluator.run(None, {name: x})[0]
        )
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # on by default since 1.29
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0].name
    version = f"onnxruntime {onnxruntime.__version__}"
    return Opened(chain, version, lambda x: session.run(None, {entry: x})[0])


def _open_keras(source: Source) -> Opened:
    from ..keras_file import as_entry
    from .keras_model import load_keras

    chain, model = load_keras(source)
    import keras

    def run(values: Values) -> Values:
        return np.asarray(
            keras.ops.convert_to_numpy(model(as_entry(model, values), training=False))
        )

    return Opened(chain, f"keras {keras.__version__}", run)


def _open_tflite(source: Source) -> Opened:
    from .tflite_model import read_tflite

    return Opened(read_tflite(source, source.content), *_interpreter(source.content))


def _interpreter(content: bytes) -> tuple[str, Runner]:
    """LiteRT, or TensorFlow's interpreter where that is not installed."""
    if find_spec("ai_edge_litert") is not None:
        import ai_edge_litert
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        version = f"litert {ai_edge_litert.__version__}"
        return version, _tflite_runner(Interpreter, OpResolverType, content)
    import tensorflow as tf

    with warnings.catch_warnings():  # it is deprecated in favour of LiteRT, but here
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
        resolvers = tf.lite.experimental.OpResolverType
        return f"tensorflow lite {tf.__version__}", _tflite_runner(
            tf.lite.Interpreter, resolvers, content
        )


def _tflite_runner(interpreter: Callable[..., Any], resolvers: Any, content: bytes) -> Runner:
    plain = resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES  # the others log when they are made
    model = interpreter(model_content=content, experimental_op_resolver_type=plain)
    source, target = model.get_input_details()[0], model.get_output_details()[0]

    def run(values: Values) -> Values:
        try:
            model.resize_tensor_input(source["index"], values.shape)
            model.allocate_tensors()
        except (RuntimeError, ValueError):
            if len(values) == 1:
                raise
            return np.concatenate([run(one[np.newaxis]) for one in values])
        model.set_tensor(source["index"], values)
        model.invoke()
        return np.asarray(model.get_tensor(target["index"]))

    return run


def _open_savedmodel(source: Source) -> Opened:
    import tensorflow as tf

    from .savedmodel_graph import SIGNATURE, as_tflite, check_savedmodel
    from .tflite_model import read_tflite

    check_savedmodel(source)
    with source.written("model") as folder:
        chain = read_tflite(source, as_tflite(folder))
        loaded = tf.saved_model.load(str(folder))
    call = loaded.signatures[SIGNATURE]
    entry = next(iter(call.structured_input_signature[1]))

    def run(values: Values, keep: Any = loaded) -> Values:  # it must outlive its signature
        (answers,) = call(**{entry: tf.constant(values)}).values()
        return np.asarray(answers.numpy())

    return Opened(chain, f"tensorflow {tf.__version__}", run)


_OPEN: dict[str, Callable[[Source], Opened]] = {
    "onnx": _open_onnx,
    "keras": _open_keras,
    "h5": _open_keras,
    "savedmodel": _open_savedmodel,
    "tflite": _open_tflite,
}
