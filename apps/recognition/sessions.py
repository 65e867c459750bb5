"""onnxruntime sessions that leave the other cores alone: one worker, one core, many workers."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
import onnxruntime
from django.conf import settings
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from .errors import ProviderUnavailable, WeightsCorrupt

Array = NDArray[np.float32]

# cv2 and onnxruntime are told below. OpenBLAS reads its variable when numpy is first imported, so processes
# that search galleries set OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=1 before Python starts: with two
# spinning threads a 0.3 ms search took 9 ms under load.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

CPU: Final = ("cpu",)
_PROVIDERS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "cpu": ("CPUExecutionProvider", {}),
    "cuda": ("CUDAExecutionProvider", {}),
    # Left to itself OpenVINO computes in bfloat16 where the machine can: other vectors under the same space.
    "openvino": ("OpenVINOExecutionProvider", {"device_type": "CPU", "num_of_threads": "1", "precision": "FP32"}),
}
NETWORK_FAILED: Final = (
    failures.EPFail,
    failures.EngineError,
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.ModelLoaded,
    failures.NoModel,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
)
"""onnxruntime's exceptions, which have no base of their own."""


def settle_libraries() -> None:
    """Keep OpenCV, and TensorFlow if it is yet to come, to the thread that calls them, and quiet."""
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # OpenCV 5 warns of each net it reads
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")


def chosen_providers() -> tuple[str, ...]:
    """Return RECOGNITION_PROVIDERS: where networks run, the first that can take an operation takes it."""
    return tuple(getattr(settings, "RECOGNITION_PROVIDERS", CPU))


class Net:
    """One network: numpy in, numpy out; safe to call from several threads at once, and frees the GIL."""

    def __init__(self, model: Path | bytes, providers: Sequence[str] = CPU) -> None:
        """Raises ProviderUnavailable, or WeightsCorrupt if it is no network."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        source = model if isinstance(model, bytes) else str(model)
        wanted = _offered(providers)
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=wanted)
        except NETWORK_FAILED as error:
            what = "A model" if isinstance(model, bytes) else str(model)
            raise WeightsCorrupt("weights_unusable", f"{what} is no network onnxruntime can run: {error}") from error
        _refuse_fallback([name for name, _ in wanted], self._session.get_providers())
        self._input = self._session.get_inputs()[0].name
        self.shape: tuple[int | str | None, ...] = tuple(self._session.get_inputs()[0].shape)
        """Of the input; a free axis is a name or None."""

    def __call__(self, batch: NDArray[np.generic]) -> list[Array]:
        """Run one batch; the outputs come in the order of the graph."""
        return cast(list[Array], self._session.run(None, {self._input: batch}))


def _offered(names: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """Return onnxruntime's words for providers. Raises ProviderUnavailable for one that is unknown or not built in."""
    unknown = [name for name in names if name not in _PROVIDERS]
    if unknown or not names:
        raise ProviderUnavailable(
            "provider_unknown",
            f"RECOGNITION_PROVIDERS names {', '.join(unknown) or 'nothing'}: choose from {', '.join(_PROVIDERS)}.",
        )
    built_in = onnxruntime.get_available_providers()
    for name in names:
        if _PROVIDERS[name][0] not in built_in:
            raise ProviderUnavailable("provider_absent", _absent(name, f"it offers {', '.join(built_in)}"))
    return [_PROVIDERS[name] for name in names]


def _refuse_fallback(wanted: list[str], running: list[str]) -> None:
    """onnxruntime goes on without a provider whose libraries it cannot load; that must not pass unseen."""
    for name, (long_name, _) in _PROVIDERS.items():
        if long_name in wanted and long_name not in running:
            raise ProviderUnavailable("provider_absent", _absent(name, "its libraries could not be loaded"))


def _absent(name: str, why: str) -> str:
    return (
        f"RECOGNITION_PROVIDERS asks for {name}, but this machine's onnxruntime cannot run there ({why}). "
        "Install the build that can (docs/operations.md, Engines), or set RECOGNITION_PROVIDERS=cpu."
    )
