"""MTCNN's three nets as ONNX, from the lists of arrays in the `mtcnn` package's weight files.

Input of each: (n, h, w, 3) float32 RGB, (value - 127.5) / 128. Outputs: box offsets, then (O-Net) five points,
then the probabilities of (no face, face). Only the files are read: importing the package would load TensorFlow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, float_pictures

Arrays = Sequence[NDArray[np.float32]]
"""Keras order: for each layer kernel, bias, and the slope of its PReLU where it has one."""


@dataclass(frozen=True)
class Pool:
    """A max pooling by 2 after a convolution; `same` pads at the far edges only."""

    size: int
    same: bool


@dataclass(frozen=True)
class Plan:
    """What distinguishes the three nets."""

    side: int | None
    """None: fully convolutional, any size."""
    pools: tuple[Pool | None, ...]
    """One entry for each convolution."""
    outputs: tuple[str, ...]


PLANS = {
    "pnet": Plan(None, (Pool(2, True), None, None), ("offsets", "face")),
    "rnet": Plan(24, (Pool(3, True), Pool(3, False), None), ("offsets", "face")),
    "onet": Plan(48, (Pool(3, True), Pool(3, False), Pool(2, True), None), ("offsets", "points", "face")),
}


def convert(net: str, arrays: Arrays) -> bytes:
    """Return `net` ("pnet", "rnet" or "onet") as a serialized ONNX model."""
    plan, graph = PLANS[net], Graph()
    flow = graph.add("Transpose", "picture", perm=[0, 3, 1, 2])
    for layer, pool in enumerate(plan.pools):
        kernel, bias, slope = arrays[3 * layer : 3 * layer + 3]
        flow = _convolve(graph, flow, kernel, bias)
        flow = graph.add("PRelu", flow, graph.weight(slope.reshape(-1, 1, 1)))
        if pool:
            padding = "SAME_UPPER" if pool.same else "VALID"
            flow = graph.add("MaxPool", flow, kernel_shape=[pool.size] * 2, strides=[2, 2], auto_pad=padding)
    heads = arrays[3 * len(plan.pools) :]
    if plan.side is None:
        _convolutional_heads(graph, flow, heads, plan.outputs)
    else:
        _dense_heads(graph, flow, heads, plan.outputs)
    side = plan.side
    picture = float_pictures("picture", side or "height", side or "width")
    return graph.serialize(net, picture, plan.outputs, rank=2 if side else 4)


def _convolve(graph: Graph, flow: str, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
    weights = kernel.transpose(3, 2, 0, 1)
    return graph.add("Conv", flow, graph.weight(weights), graph.weight(bias), kernel_shape=list(weights.shape[2:]))


def _convolutional_heads(graph: Graph, flow: str, heads: Arrays, outputs: Sequence[str]) -> None:
    for position, output in enumerate(outputs):
        head = _convolve(graph, flow, heads[2 * position], heads[2 * position + 1])
        if output == "face":
            head = graph.add("Softmax", head, axis=1)
        graph.add("Transpose", head, output=output, perm=[0, 2, 3, 1])


def _dense_heads(graph: Graph, flow: str, heads: Arrays, outputs: Sequence[str]) -> None:
    # Keras flattens width before height here (the package permutes first), hence this order.
    flow = graph.add("Transpose", flow, perm=[0, 3, 2, 1])
    flow = _dense(graph, graph.add("Flatten", flow), heads[0], heads[1])
    flow = graph.add("PRelu", flow, graph.weight(heads[2]))
    for position, output in enumerate(outputs):
        kernel, bias = heads[3 + 2 * position : 5 + 2 * position]
        if output == "face":
            graph.add("Softmax", _dense(graph, flow, kernel, bias), output=output, axis=1)
        else:
            _dense(graph, flow, kernel, bias, output)


def _dense(graph: Graph, flow: str, kernel: NDArray[np.float32], bias: NDArray[np.float32], output: str = "") -> str:
    return graph.add("Add", graph.add("MatMul", flow, graph.weight(kernel)), graph.weight(bias), output=output)
