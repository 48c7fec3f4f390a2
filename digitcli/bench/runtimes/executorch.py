"""ExecuTorch with its XNNPACK kernels: the modules of `pytorch.py`, exported."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer import xnnpack_quantizer
from executorch.exir import to_edge_transform_and_lower
from executorch.extension.pybindings import portable_lib
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

from . import as_floats, demand
from .pytorch import network_of, raw_network_of

if TYPE_CHECKING:
    from ...model.weights import Weights
    from . import Images, Pictures, Probabilities

LEAST = (1, 0)
MOST_IMAGES = 65_536  # in one batch of a quantised network


class ExecuTorch:
    """A program for each batch size: with fixed shapes, XNNPACK takes the whole network.

    It is given float32 pictures (n, 1, 28, 28), scaled and set as the input outside the timed call;
    the answer is a view of its own output.
    """

    variant = "xnnpack"
    version: str = metadata.version("executorch")

    def __init__(self, network: Any, scale: float, precision: str, threads: int) -> None:
        """`network`: scaled pictures in, probabilities (n, classes) out, as a torch module."""
        demand("executorch", self.version, LEAST)
        portable_lib._unsafe_reset_threadpool(threads)  # the only way to set it from Python
        self.precision = precision
        self._network = network
        self._scale = scale

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        call = self.prepare(images)  # its memory, which the answer is a view of, goes with it
        answers: Probabilities = call().copy()
        return answers

    def prepare(self, images: Images) -> Callable[[], Any]:
        """Export and load the network for this batch size, and set the scaled pictures."""
        pictures = _tensor(as_floats(images, self._scale))
        buffer = _exported(self._network, pictures)
        program = portable_lib._load_program_from_buffer(buffer)
        method = program.load_method("forward")
        method.set_inputs([pictures])

        def call(keep: object = (pictures, buffer, program)) -> Any:  # what `method` borrows
            method.execute()
            return method.get_outputs(clone_outputs=False)[0].numpy()

        return call


def float_network(weights: Weights) -> Any:
    """The module that `ExecuTorch` takes in fp32."""
    return network_of(weights)


def int8_network(file: Path) -> Any:
    """The module that `ExecuTorch` takes in int8, from the file that `quantise` wrote."""
    return torch.export.load(str(file)).module()


def quantise(weights: Weights, pictures: Pictures, target: Path) -> None:
    """Write the network in int8, weights by channel, as a file of torch.export.

    XNNPACK's quantiser measures ranges on `pictures`, float32 (n, 28, 28, 1).
    """
    examples = _tensor(pictures)
    few = (examples[:2],)
    batch = ({0: torch.export.Dim("batch", min=1, max=MOST_IMAGES)},)
    config = xnnpack_quantizer.get_symmetric_quantization_config(is_per_channel=True)
    quantiser = xnnpack_quantizer.XNNPACKQuantizer().set_global(config)
    with _quiet():
        graph = torch.export.export(network_of(weights), few, dynamic_shapes=batch).module()
        measured = prepare_pt2e(graph, quantiser)
        measured(examples)
        network = convert_pt2e(measured)
        program = torch.export.export(network, few, dynamic_shapes=batch)
        torch.export.save(program, str(target))


def save(weights: Weights, target: Path) -> None:
    """Write a program for one picture: uint8 (1, 28, 28) in, probabilities out."""
    example = torch.zeros((1, 28, 28), dtype=torch.uint8)
    target.write_bytes(_exported(raw_network_of(weights), example))


def _tensor(pictures: Pictures) -> Any:
    count, *sides, _ = pictures.shape
    return torch.from_numpy(pictures.reshape(count, 1, *sides))


def _exported(network: Any, example: Any) -> bytes:
    """A program with the shapes of `example`, all that XNNPACK can do left to it."""
    with _quiet():
        program = torch.export.export(network, (example,))
        lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
        return bytes(lowered.to_executorch().buffer)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporters warn of their own deprecations, and log them."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
