"""ONNX models of other programs, built with onnx's own helpers."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """A chain of nodes from `input`, with random constants."""

    def __init__(self, shape, seed=0, kind=TensorProto.FLOAT):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.constants, self.value = [], [], "input"
        self.entry = helper.make_tensor_value_info("input", kind, shape)

    def constant(self, values, kind=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def random(self, *shape):
        fan = np.prod(shape[1:]) if len(shape) > 1 else 4
        return self.constant(self.rng.normal(0, np.sqrt(2 / fan), shape))

    def add(self, kind, *constants, domain="", **attributes):
        """One more node, named by kind and number, whose first input is the value so far."""
        name = f"{kind}{len(self.nodes)}"
        inputs = [self.value, *constants]
        self.nodes.append(
            helper.make_node(kind, inputs, [f"{name}:0"], name, domain=domain, **attributes)
        )
        self.value = f"{name}:0"
        return self

    def conv(self, filters, channels, kernel=3, bias=True, **attributes):
        weight = self.random(filters, channels, kernel, kernel)
        return self.add("Conv", weight, *([self.random(filters)] if bias else []), **attributes)

    def norm(self, channels, signs=False):
        gamma = self.rng.uniform(0.5, 1.5, channels)
        if signs:
            gamma[::2] *= -1
        mean, beta = self.rng.normal(0, 0.3, (2, channels))
        variance = self.rng.uniform(0.5, 2, channels)
        names = [self.constant(values) for values in (gamma, beta, mean, variance)]
        return self.add("BatchNormalization", *names)

    def reshape(self, *shape):
        return self.add("Reshape", self.constant(shape, np.int64))

    def gemm(self, size, units=10):
        return self.add("Gemm", self.random(units, size), self.random(units), transB=1)

    def model(self, opset=17):
        target = helper.make_tensor_value_info(self.value, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "chain", [self.entry], [target], self.constants)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8
        )

    def save(self, path, **options):
        onnx.save(self.model(), path, **options)
        return path


def nchw(seed=0):
    return Graph(["n", 1, 28, 28], seed)


def mnist_12(seed=0):
    """The architecture of mnist-12.onnx of the ONNX model zoo, node by node as CNTK wrote it."""
    graph = Graph([1, 1, 28, 28], seed)
    same = {"auto_pad": "SAME_UPPER", "kernel_shape": [5, 5], "strides": [1, 1], "group": 1}
    weight = graph.random(16, 4, 4, 10)
    shape = graph.constant([256, 10], np.int64)
    matrix = helper.make_node("Reshape", [weight, shape], ["Times212_reshape1"], "reshape1")
    graph.nodes.append(matrix)
    graph.conv(8, 1, 5, bias=False, **same).add("Add", graph.random(8, 1, 1)).add("Relu")
    graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0])
    graph.conv(16, 8, 5, bias=False, **same).add("Add", graph.random(16, 1, 1)).add("Relu")
    graph.add("MaxPool", kernel_shape=[3, 3], strides=[3, 3], pads=[0, 0, 0, 0])
    graph.reshape(1, 256).add("MatMul", "Times212_reshape1")
    return graph.add("Add", graph.random(1, 10))


def torch_like(seed=0):
    """What PyTorch writes of a network with batch norm, in NCHW, normalisation in front."""
    graph = nchw(seed)
    graph.add("Div", graph.constant(255.0)).add("Sub", graph.constant(0.1307))
    graph.add("Div", graph.constant(0.3081))
    graph.conv(16, 1, bias=False, pads=[1, 1, 1, 1]).norm(16).add("Relu")
    graph.conv(32, 16, strides=[2, 2], pads=[1, 1, 1, 1]).add("Relu").norm(32)
    graph.conv(32, 32).norm(32).add("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).add("Relu")
    graph.add("Flatten").gemm(32 * 36, 64).norm(64).add("Relu").gemm(64)
    return graph.add("LogSoftmax", axis=1)


def _normalised():
    graph = nchw()
    graph.add("Sub", graph.constant(33.3)).add("Mul", graph.constant(1 / 78.6))
    return graph.conv(6, 1, 5, pads=[2, 2, 2, 2]).add("Relu").add("Flatten").gemm(6 * 784)


def _norm_behind_relu():
    graph = nchw().conv(6, 1, pads=[1, 1, 1, 1]).add("Relu").norm(6, signs=True)
    graph.conv(8, 6, pads=[1, 1, 1, 1]).add("Relu")
    return graph.add("Flatten").gemm(8 * 784)


def _norm_before_pool():
    graph = nchw().conv(6, 1).add("Relu").norm(6, signs=True)
    graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    return graph.add("Flatten").gemm(6 * 169)


def _norm_behind_pool():
    graph = nchw().conv(6, 1).add("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).norm(6)
    return graph.add("Relu").add("Flatten").gemm(6 * 169)


def _norm_first():
    return nchw().norm(1).conv(6, 1, pads=[1, 1, 1, 1]).add("Relu").add("Flatten").gemm(6 * 784)


def _norm_twice():
    graph = nchw().conv(6, 1).add("Relu").norm(6).add("Relu").norm(6).add("Relu")
    return graph.add("Flatten").norm(6 * 676).gemm(6 * 676)


def _lenet():
    graph = nchw().add("Pad", Graph.constant(g := nchw(), [0, 0, 2, 2, 0, 0, 2, 2], np.int64))
    graph.constants += g.constants
    graph.conv(6, 1, 5).add("Relu").add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    graph.conv(16, 6, 5).add("Relu").add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    graph.conv(120, 16, 5).add("Relu").add("Flatten").gemm(120, 84).add("Relu")
    return graph.gemm(84)


def _averages():
    graph = nchw().conv(6, 1, pads=[1, 1, 1, 1])
    graph.add("AveragePool", kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4, count_include_pad=1)
    graph.norm(6).add("Relu").conv(10, 6).add("GlobalAveragePool").norm(10)
    return graph.add("Squeeze", graph.constant([2, 3], np.int64))


def _strided():
    graph = nchw().conv(6, 1, strides=[2, 2], pads=[1, 1, 1, 1]).add("Relu")
    graph.conv(8, 6, 5, strides=[3, 2], pads=[2, 2, 2, 2], bias=False).add("Relu")
    return graph.add("Flatten").gemm(8 * 5 * 7)


def _grouped():
    graph = nchw().conv(6, 1, dilations=[2, 2], pads=[2, 2, 2, 2]).add("Relu")
    graph.conv(12, 3, group=2).add("Relu").conv(12, 1, group=12).add("Relu")
    return graph.add("GlobalMaxPool").add("Flatten").gemm(12)


def _from_nhwc():
    graph = Graph(["n", 28, 28, 1]).add("Transpose", perm=[0, 3, 1, 2])
    graph.conv(6, 1, 5).add("Relu").add("Transpose", perm=[0, 2, 3, 1])
    return graph.reshape(-1, 24 * 24 * 6).gemm(24 * 24 * 6).add("Softmax", axis=-1)


def _flat():
    graph = Graph(["n", 784]).add("Cast", to=TensorProto.FLOAT).gemm(784, 32).add("Relu")
    return graph.add("Dropout").gemm(32).add("Identity")


def _columns_first():
    graph = nchw().add("Transpose", perm=[0, 1, 3, 2]).add("Flatten")
    return graph.gemm(784, 20).add("Clip", graph.constant(0.0)).gemm(20)


def _bytes():
    graph = Graph(["n", 28, 28], kind=TensorProto.UINT8).add("Cast", to=TensorProto.FLOAT)
    graph.add("Mul", graph.constant(1 / 255)).add("Unsqueeze", graph.constant([1], np.int64))
    return graph.conv(4, 1).add("Relu").add("Flatten").gemm(4 * 676)


def _inverted():
    graph = nchw()
    one = graph.constant(1.0)
    graph.add("Sub", one)
    graph.nodes[-1].input[:] = [one, "input"]
    return graph.conv(6, 1, pads=[1, 1, 1, 1]).add("Relu").add("Flatten").gemm(6 * 784)


def _pixel_means():
    graph = nchw()
    graph.add("Sub", graph.constant(graph.rng.uniform(0, 0.2, (1, 28, 28)))).add("Flatten")
    return graph.gemm(784, 16).add("Relu").gemm(16)


def _fully_convolutional():
    graph = nchw().conv(6, 1, strides=[2, 2]).add("Relu").conv(10, 6, 13)
    return graph.add("Flatten").add("Softmax", axis=1)


FITTING = {
    "mnist-12": mnist_12,
    "PyTorch with batch norm": torch_like,
    "mean and deviation before a padded convolution": _normalised,
    "batch norm behind ReLU, before a padded convolution": _norm_behind_relu,
    "batch norm with negative gains before max pool": _norm_before_pool,
    "batch norm behind max pool": _norm_behind_pool,
    "batch norm of the pixels": _norm_first,
    "batch norm and ReLU in turn": _norm_twice,
    "LeNet-5 with padding and average pools": _lenet,
    "average pools": _averages,
    "strides with padding on all sides": _strided,
    "groups and dilation": _grouped,
    "NHWC in, transposed inside": _from_nhwc,
    "a vector of pixels": _flat,
    "rows and columns exchanged before a dense layer": _columns_first,
    "bytes in": _bytes,
    "dark ink on light": _inverted,
    "a mean for each pixel": _pixel_means,
    "no dense layer": _fully_convolutional,
}
