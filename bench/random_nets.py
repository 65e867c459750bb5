"""RetinaFace R50 and ArcFace R34 with random weights: what they cost does not depend on what they learned.

Layer for layer the networks that DeepFace builds (retinaface_model.py, ArcFace.py; a test counts both), written with
our own graph writer, so that neither TensorFlow nor a download is needed. The same seed gives the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.recognition.conversions.graph import Graph, float_pictures
from apps.recognition.shapes import Face

STRIDES = (32, 16, 8)
_EPSILON = 2e-5
_BACKGROUND = 5.0  # a class score that softmax takes for certain


class RandomGraph(Graph):
    """Layers whose weights are drawn, scaled so that values neither grow nor vanish from layer to layer."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = np.random.default_rng(seed)
        self.parameters = 0

    def drawn(self, *shape: int, scale: float) -> str:
        values = self._random.standard_normal(shape, dtype=np.float32) * np.float32(scale)
        self.parameters += values.size
        return self.weight(values)

    def filled(self, count: int, value: float) -> str:
        self.parameters += count
        return self.weight(np.full(count, value, np.float32))

    def conv(self, flow: str, taken: int, given: int, side: int, stride: int = 1, *, bias: bool = False) -> str:
        """A convolution padded to keep the size, before its stride."""
        kernel = self.drawn(given, taken, side, side, scale=(2 / (taken * side * side)) ** 0.5)
        biases = [self.filled(given, 0.0)] if bias else []
        return self.add("Conv", flow, kernel, *biases, pads=[side // 2] * 4, strides=[stride] * 2)

    def norm(self, flow: str, channels: int) -> str:
        parts = [self.filled(channels, value) for value in (1.0, 0.0, 0.0, 1.0)]
        return self.add("BatchNormalization", flow, *parts, epsilon=_EPSILON)

    def norm_relu(self, flow: str, channels: int) -> str:
        return self.add("Relu", self.norm(flow, channels))

    def prelu(self, flow: str, channels: int) -> str:
        self.parameters += channels
        return self.add("PRelu", flow, self.weight(np.full((channels, 1, 1), 0.25, np.float32)))


@dataclass(frozen=True)
class Made:
    """A finished network."""

    model: bytes
    parameters: int


def arcface(seed: int = 2) -> Made:
    """ArcFace R34: (n, 112, 112, 3) float32 -> (n, 512)."""
    graph = RandomGraph(seed)
    flow = graph.add("Transpose", "picture", perm=[0, 3, 1, 2])
    flow = graph.prelu(graph.norm(graph.conv(flow, 3, 64, 3), 64), 64)
    taken = 64
    for channels, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            flow = _arcface_block(graph, flow, taken, channels, first=block == 0)
            taken = channels
    flow = graph.add("Transpose", graph.norm(flow, 512), perm=[0, 2, 3, 1])
    dense = graph.drawn(7 * 7 * 512, 512, scale=(1 / (7 * 7 * 512)) ** 0.5)
    flow = graph.add("Add", graph.add("MatMul", graph.add("Flatten", flow), dense), graph.filled(512, 0.0))
    parts = [graph.filled(512, value) for value in (1.0, 0.0, 0.0, 1.0)]
    graph.add("BatchNormalization", flow, *parts, epsilon=_EPSILON, output="vector")
    return Made(graph.serialize("arcface", float_pictures("picture", 112, 112), ["vector"], rank=2), graph.parameters)


def _arcface_block(graph: RandomGraph, flow: str, taken: int, given: int, *, first: bool) -> str:
    stride = 2 if first else 1
    shortcut = graph.norm(graph.conv(flow, taken, given, 1, stride), given) if first else flow
    flow = graph.norm(graph.conv(graph.norm(flow, taken), taken, given, 3), given)
    flow = graph.norm(graph.conv(graph.prelu(flow, given), given, given, 3, stride), given)
    return graph.add("Add", shortcut, flow)


def retinaface(shows: Face | None = None, size: tuple[int, int] = (256, 320), seed: int = 1) -> Made:
    """RetinaFace R50: (1, h, w, 3) float32 -> nine arrays, stride 32 first, as deepface_adapter says.

    It sees nothing in any picture. With `shows`, in pixels of a picture of `size` (height, width), it is made to say
    what a trained one would, one face there: its outputs are multiplied by nought and the wanted numbers added, which
    takes no measurable time, but makes the picture's size a fixed one.
    """
    graph = RandomGraph(seed)
    outputs: list[str] = []
    for stride, level in zip(STRIDES, _pyramid(graph), strict=True):
        wanted = _wanted(shows, size, stride) if shows else None
        outputs += _heads(graph, _context(graph, level), wanted)
    source = float_pictures("picture", "h", "w") if shows is None else float_pictures("picture", *size)
    return Made(graph.serialize("retinaface", source, outputs, rank=4), graph.parameters)


def _pyramid(graph: RandomGraph) -> list[str]:
    """The backbone and its feature pyramid: 256 channels each at stride 32, 16, 8."""
    stride8, stride16, stride32 = _backbone(graph)
    top = _lateral(graph, stride32, 2048)
    middle = _merged(graph, _lateral(graph, stride16, 512), top)
    return [top, middle, _merged(graph, _lateral(graph, stride8, 256), middle)]


def _lateral(graph: RandomGraph, flow: str, taken: int) -> str:
    return graph.norm_relu(graph.conv(flow, taken, 256, 1, bias=True), 256)


def _merged(graph: RandomGraph, fine: str, coarse: str) -> str:
    larger = graph.add(
        "Resize", coarse, "", graph.numbers(1, 1, 2, 2),
        mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
    )  # fmt: skip
    ends = graph.add("Shape", fine, start=2, end=4)
    cut = graph.add("Slice", larger, _whole(graph, 0, 0), ends, _whole(graph, 2, 3))
    return graph.norm_relu(graph.conv(graph.add("Add", fine, cut), 256, 256, 3, bias=True), 256)


def _whole(graph: Graph, *values: int) -> str:
    return graph.weight(np.array(values, np.int64))


def _backbone(graph: RandomGraph) -> list[str]:
    """ResNet-50 with normalization first; returns what the pyramid takes at stride 8, 16, 32."""
    flow = graph.norm(graph.add("Transpose", "picture", perm=[0, 3, 1, 2]), 3)
    flow = graph.norm_relu(graph.conv(flow, 3, 64, 7, 2), 64)
    flow = graph.add("MaxPool", flow, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    taken, inner = 64, []
    for stage, (channels, units) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for unit in range(units):
            stride = 2 if unit == 0 and stage else 1
            flow, deep = _unit(graph, flow, taken, channels, stride, first=unit == 0)
            taken = 4 * channels
            if unit == 0:
                inner.append(deep)
    return [inner[2], inner[3], graph.norm_relu(flow, 2048)]


def _unit(graph: RandomGraph, flow: str, taken: int, channels: int, stride: int, *, first: bool) -> tuple[str, str]:
    """One bottleneck; returns its output and what it has before its 3x3 convolution."""
    ready = graph.norm_relu(flow, taken)
    shortcut = graph.conv(ready, taken, 4 * channels, 1, stride) if first else flow
    deep = graph.norm_relu(graph.conv(ready, taken, channels, 1), channels)
    wide = graph.norm_relu(graph.conv(deep, channels, channels, 3, stride), channels)
    return graph.add("Add", graph.conv(wide, channels, 4 * channels, 1), shortcut), deep


def _context(graph: RandomGraph, flow: str) -> str:
    """The head's surroundings, looked at three times as wide: 512 channels."""
    near = _context_norm(graph, flow, 256, 256)
    inner = graph.add("Relu", _context_norm(graph, flow, 256, 128))
    middle = _context_norm(graph, inner, 128, 128)
    far = _context_norm(graph, graph.add("Relu", _context_norm(graph, inner, 128, 128)), 128, 128)
    return graph.add("Relu", graph.add("Concat", near, middle, far, axis=1))


def _context_norm(graph: RandomGraph, flow: str, taken: int, given: int) -> str:
    return graph.norm(graph.conv(flow, taken, given, 3, bias=True), given)


Wanted = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""What class scores, box and point deltas of one stride should be, each (1, y, x, channels)."""


def _heads(graph: RandomGraph, flow: str, wanted: Wanted | None) -> Sequence[str]:
    outputs = [_class_head(graph, flow), *(_head(graph, flow, channels, scale=0.01) for channels in (8, 20))]
    channels_last = [graph.add("Transpose", output, perm=[0, 2, 3, 1]) for output in outputs]
    if wanted is None:
        return channels_last
    told = zip(channels_last, wanted, strict=True)
    return [graph.add("Add", graph.add("Mul", one, graph.numbers(0)), graph.weight(values)) for one, values in told]


def _head(graph: RandomGraph, flow: str, channels: int, scale: float) -> str:
    kernel = graph.drawn(channels, 512, 1, 1, scale=scale / 512**0.5)
    return graph.add("Conv", flow, kernel, graph.filled(channels, 0.0))


def _class_head(graph: RandomGraph, flow: str) -> str:
    """Two anchors, (background, face) each, sure of the background."""
    kernel = graph.drawn(4, 512, 1, 1, scale=0.0)
    graph.parameters += 4
    bias = graph.numbers(_BACKGROUND, _BACKGROUND, -_BACKGROUND, -_BACKGROUND)
    scores = graph.add("Conv", flow, kernel, bias)
    pairs = graph.add("Reshape", scores, _whole(graph, 0, 2, -1))
    return graph.add("Reshape", graph.add("Softmax", pairs, axis=1), graph.add("Shape", scores))


def _wanted(face: Face, size: tuple[int, int], stride: int) -> Wanted:
    """Turn a face into the outputs that decoding would make it of: at stride 16, by the anchor of 128 px."""
    rows, columns = size[0] // stride, size[1] // stride
    classes, boxes, points = (np.zeros((1, rows, columns, count), np.float32) for count in (4, 8, 20))
    if stride == 16:
        x, y, width, height = face.box
        row, column = int((y + height / 2) / stride), int((x + width / 2) / stride)
        centre = np.array([column, row]) * stride + 7.5
        middle = np.array([x + width / 2, y + height / 2])
        classes[0, row, column, 2] = face.score
        boxes[0, row, column, :4] = [*((middle - centre) / 128), *np.log((np.array([width, height]) + 1) / 128)]
        points[0, row, column, :10] = ((face.points - centre) / 128).reshape(-1)
    return classes, boxes, points
