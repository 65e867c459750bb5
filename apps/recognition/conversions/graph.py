"""A small writer of ONNX graphs: layers by name, weights by value, the rest by numbering."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 9

Size = int | str
"""A fixed length, or the name of a free one."""


class Graph:
    """Collects nodes and weights; every method returns the name of what it computes."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def weight(self, values: NDArray[np.generic]) -> str:
        name = f"w{len(self._weights)}"
        kept = values if values.dtype == np.int64 else values.astype(np.float32)
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(kept), name))
        return name

    def numbers(self, *values: float) -> str:
        return self.weight(np.array(values, np.float32))

    def serialize(self, name: str, source: onnx.ValueInfoProto, outputs: Sequence[str], rank: int) -> bytes:
        """Return the finished, validated model, each output an array of `rank` axes; same weights, same bytes."""
        results = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None] * rank) for output in outputs]
        graph = helper.make_graph(self._nodes, name, [source], results, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def float_pictures(name: str, height: Size, width: Size) -> onnx.ValueInfoProto:
    """Declare an input (n, height, width, 3) of float32."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", height, width, 3])


def byte_pictures(name: str, height: Size, width: Size) -> onnx.ValueInfoProto:
    """Declare an input (n, height, width, 3) of uint8."""
    return helper.make_tensor_value_info(name, TensorProto.UINT8, ["n", height, width, 3])
