"""onnxruntime sessions that leave the other cores alone: one worker, one core, many workers."""

import os
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

Array = NDArray[np.float32]

# cv2 and onnxruntime are told below. OpenBLAS reads its variable when numpy is first imported, so processes
# that search galleries set OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=1 before Python starts: with two
# spinning threads a 0.3 ms search took 9 ms under load.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def settle_libraries() -> None:
    """Keep OpenCV, and TensorFlow if it is yet to come, to the thread that calls them, and quiet."""
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # OpenCV 5 warns of each YuNet it builds
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")


class Net:
    """One network: numpy in, numpy out; safe to call from several threads at once, and frees the GIL."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: NDArray[np.generic]) -> list[Array]:
        """Run one batch; the outputs come in the order of the graph."""
        return cast(list[Array], self._session.run(None, {self._input: batch}))
