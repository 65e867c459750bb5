"""MTCNN's three nets in plain numpy: slow, obvious, and what the converted ones are checked against."""

import numpy as np
from numpy.typing import NDArray

from .mtcnn_nets import PLANS, Arrays, Pool

Array = NDArray[np.float64]


def forward(net: str, arrays: Arrays, pictures: NDArray[np.float32]) -> list[Array]:
    """Run `net` on pictures (n, h, w, 3); returns its outputs in the order of its plan."""
    plan = PLANS[net]
    flow = pictures.astype(np.float64)
    for layer, pool in enumerate(plan.pools):
        kernel, bias, slope = arrays[3 * layer : 3 * layer + 3]
        flow = _prelu(_convolve(flow, kernel, bias), slope)
        if pool:
            flow = _max_pool(flow, pool)
    heads = arrays[3 * len(plan.pools) :]
    if plan.side is not None:
        flow = flow.transpose(0, 2, 1, 3).reshape(len(flow), -1)
        flow = _prelu(flow @ heads[0] + heads[1], heads[2])
        heads = heads[3:]
    results = []
    for position, output in enumerate(plan.outputs):
        kernel, bias = heads[2 * position : 2 * position + 2]
        head = flow @ kernel.reshape(-1, kernel.shape[-1]) + bias
        results.append(_softmax(head) if output == "face" else head)
    return results


def _convolve(flow: Array, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> Array:
    windows = np.lib.stride_tricks.sliding_window_view(flow, kernel.shape[:2], axis=(1, 2))
    return np.asarray(np.einsum("nyxcij,ijco->nyxo", windows, kernel, optimize=True) + bias)


def _prelu(flow: Array, slope: NDArray[np.float32]) -> Array:
    return np.asarray(np.where(flow > 0, flow, flow * slope.reshape(-1)))


def _max_pool(flow: Array, pool: Pool) -> Array:
    if pool.same:
        height, width = (max(0, (-(-side // 2) - 1) * 2 + pool.size - side) for side in flow.shape[1:3])
        before_y, before_x = height // 2, width // 2
        edges = ((0, 0), (before_y, height - before_y), (before_x, width - before_x), (0, 0))
        flow = np.pad(flow, edges, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(flow, (pool.size, pool.size), axis=(1, 2))
    return np.asarray(windows[:, ::2, ::2].max(axis=(-2, -1)))


def _softmax(flow: Array) -> Array:
    powers = np.exp(flow - flow.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
