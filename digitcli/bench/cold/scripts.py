"""The shortest script for each runtime that loads a network and answers one picture."""

from __future__ import annotations

from dataclasses import dataclass

_READ = "import sys, numpy as np\nx = np.fromfile(sys.argv[2], np.uint8).reshape(1, 28, 28)\n"


@dataclass(frozen=True)
class Script:
    """The shortest way to one answer: `python -c CODE MODEL PICTURE` prints the digit.

    `file` is what it reads, a name that `cli/bench/worker.py` knows how to make: raw pictures uint8
    (n, 28, 28) are its input.
    """

    package: str
    file: str
    code: str


SCRIPTS = {
    "tensorflow": Script(
        "tensorflow",
        "uint8.savedmodel",
        f"""{_READ}import tensorflow as tf
answer = tf.saved_model.load(sys.argv[1]).signatures["serving_default"](tf.constant(x))
print(int(np.argmax(next(iter(answer.values())))))""",
    ),
    "onnxruntime": Script(
        "onnxruntime",
        "uint8.onnx",
        f"""{_READ}import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
print(int(np.argmax(session.run(None, {{session.get_inputs()[0].name: x}})[0])))""",
    ),
    "openvino": Script(
        "openvino",
        "uint8.onnx",
        f"""{_READ}import openvino
model = openvino.Core().compile_model(sys.argv[1], "CPU")
print(int(np.argmax(next(iter(model(x).values())))))""",
    ),
    "litert": Script(
        "ai_edge_litert",
        "uint8.tflite",
        f"""{_READ}from ai_edge_litert.interpreter import Interpreter
model = Interpreter(sys.argv[1])
model.allocate_tensors()
model.set_tensor(model.get_input_details()[0]["index"], x)
model.invoke()
print(int(np.argmax(model.get_tensor(model.get_output_details()[0]["index"]))))""",
    ),
    "pytorch": Script(
        "torch",
        "uint8.torchscript",
        f"""{_READ}import torch
print(int(torch.jit.load(sys.argv[1])(torch.from_numpy(x)).argmax()))""",
    ),
    "mnn": Script(
        "MNN",
        "uint8.mnn",
        f"""{_READ}import MNN
model = MNN.Interpreter(sys.argv[1])
session = model.createSession({{"numThread": 1}})
images = model.getSessionInput(session)
model.resizeTensor(images, x.shape)
model.resizeSession(session)
layout = MNN.Tensor_DimensionType_Caffe
images.copyFrom(MNN.Tensor(x.shape, MNN.Halide_Type_Uint8, x, layout))
model.runSession(session)
print(int(np.argmax(model.getSessionOutput(session).getNumpyData())))""",
    ),
    "opencv": Script(
        "opencv-python-headless",
        "uint8.onnx",
        f"""{_READ}import cv2
model = cv2.dnn.readNetFromONNX(sys.argv[1])
model.setInput(x)
print(int(np.argmax(model.forward())))""",
    ),
    "executorch": Script(
        "executorch",
        "uint8.pte",
        f"""{_READ}import torch
from executorch.runtime import Runtime
method = Runtime.get().load_program(sys.argv[1]).load_method("forward")
print(int(method.execute([torch.from_numpy(x)])[0].argmax()))""",
    ),
}
