"""YuNet's published graph, opened for frames as they come: any size that 32 divides, uint8 RGB pixels.

The file is fixed to 640x640 and wants float32 BGR planes. OpenCV resets the size by its own means; here the graph's
declaration is widened and the change of layout becomes its first two steps, which costs 0.05 ms where numpy takes 0.8.
"""

from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, helper, numpy_helper

from ..errors import WeightsCorrupt

OUTPUTS = tuple(f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32))


def opened(path: Path) -> bytes:
    """Return the model with input (1, h, w, 3) uint8 RGB and the same outputs. Raises WeightsCorrupt."""
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except DecodeError as error:
        raise _not_yunet(path) from error
    graph = model.graph
    first = [node for node in graph.node if graph.input and graph.input[0].name in node.input]
    if [node.op_type for node in first] != ["Conv"] or tuple(one.name for one in graph.output) != OUTPUTS:
        raise _not_yunet(path)
    _swap_colours(graph, first[0].input[1])
    first[0].input[0] = "planes"
    _take_pixels(graph)
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"cells_{output.name}"
    del graph.value_info[:]  # they repeat the sizes for 640x640
    return bytes(model.SerializeToString())


def _not_yunet(path: Path) -> WeightsCorrupt:
    return WeightsCorrupt(
        "weights_unusable", f"{path} is not YuNet's network: delete it and run `manage.py facemodels pull`."
    )


def _swap_colours(graph: onnx.GraphProto, kernel: str) -> None:
    """Turn the first layer's weights from BGR to RGB."""
    weights = next(one for one in graph.initializer if one.name == kernel)
    swapped = np.ascontiguousarray(numpy_helper.to_array(weights)[:, ::-1])
    weights.CopyFrom(numpy_helper.from_array(swapped, kernel))


def _take_pixels(graph: onnx.GraphProto) -> None:
    steps = [
        helper.make_node("Cast", ["picture"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2]),
        *graph.node,
    ]
    del graph.node[:], graph.input[:]
    graph.node.extend(steps)
    graph.input.append(helper.make_tensor_value_info("picture", TensorProto.UINT8, [1, "h", "w", 3]))
