"""Small networks with the inputs and outputs of real ones: no recognisers, but the contracts are the same."""

import numpy as np
from onnx import TensorProto, helper

from apps.recognition.conversions.graph import Graph, float_pictures


def toy_arcface(seed: int = 0, dimension: int = 512) -> bytes:
    """ArcFace's input and output; averages and mixes colours."""
    graph = Graph()
    mixing = np.random.default_rng(seed).standard_normal((3, dimension)).astype(np.float32)
    colours = graph.add("ReduceMean", "picture", axes=[1, 2], keepdims=0)
    graph.add("MatMul", colours, graph.weight(mixing), output="vector")
    return graph.serialize("toy", float_pictures("picture", 112, 112), ["vector"], rank=2)


def random_arcface(seed: int = 4) -> bytes:
    """ArcFace's input and output; a random convolution, for which every pixel and every colour counts."""
    graph, random = Graph(), np.random.default_rng(seed)
    planes = graph.add("Transpose", "picture", perm=[0, 3, 1, 2])
    kernel = graph.weight(random.standard_normal((8, 3, 7, 7)).astype(np.float32))
    seen = graph.add("Relu", graph.add("Conv", planes, kernel, strides=[4, 4]))
    deeper = graph.weight(random.standard_normal((512, 8, 5, 5)).astype(np.float32) / 10)
    graph.add("ReduceMean", graph.add("Conv", seen, deeper, strides=[4, 4]), axes=[2, 3], keepdims=0, output="vector")
    return graph.serialize("random", float_pictures("picture", 112, 112), ["vector"], rank=2)


def toy_retinaface() -> bytes:
    """RetinaFace's input and outputs; sees one face of 128 px wherever it looks."""
    graph = Graph()
    outputs: list[str] = []
    for stride in (32, 16, 8):
        for channels in (4, 8, 20):
            values = np.zeros((1, 256 // stride, 320 // stride, channels), np.float32)
            if (stride, channels) == (16, 4):
                values[0, 7, 9, 2] = 0.99
            if (stride, channels) == (16, 20):
                values[0, 7, 9, :10] = np.array([[-2, -2], [2, -2], [0, 0], [-1.5, 2], [1.5, 2]]).reshape(-1) / 10
            unused = graph.add("Mul", graph.add("ReduceMean", "picture", keepdims=0), graph.numbers(0))
            outputs.append(graph.add("Add", unused, graph.weight(values), output=f"out{len(outputs)}"))
    return graph.serialize("toy", float_pictures("picture", "h", "w"), outputs, rank=4)


def random_planes_network(dimension: int, *, batch: int | str, seed: int = 3) -> bytes:
    """A random two-layer convolution with the input of SFace or InsightFace's R50: (batch, 3, 112, 112) planes."""
    graph, random = Graph(), np.random.default_rng(seed)
    kernel = graph.weight(random.standard_normal((8, 3, 7, 7)).astype(np.float32) / 300)
    seen = graph.add("Relu", graph.add("Conv", "data", kernel, strides=[4, 4]))
    deeper = graph.weight(random.standard_normal((dimension, 8, 5, 5)).astype(np.float32) / 10)
    felt = graph.add("Conv", seen, deeper, strides=[4, 4])
    graph.add("ReduceMean", felt, axes=[2, 3], keepdims=0, output="fc1")
    planes = helper.make_tensor_value_info("data", TensorProto.FLOAT, [batch, 3, 112, 112])
    return graph.serialize("random", planes, ["fc1"], rank=2)
