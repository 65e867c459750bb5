"""Where networks run is said by the operator, and what cannot run there is an error: never a silent way round."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from apps.recognition.engine import engine_named
from apps.recognition.errors import ProviderUnavailable, WeightsCorrupt
from apps.recognition.sessions import Net, chosen_providers

from .networks import toy_arcface

BATCH = np.full((2, 112, 112, 3), 0.5, np.float32)
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


def code(*names: str) -> str:
    with pytest.raises(ProviderUnavailable) as refused:
        Net(toy_arcface(), names)
    return refused.value.code


def test_networks_run_on_the_processor_unless_told_otherwise() -> None:
    assert chosen_providers() == ("cpu",)


def test_a_network_runs_where_it_was_told_to() -> None:
    assert Net(toy_arcface(), ["cpu"])(BATCH)[0].shape == (2, 512)


def test_an_unknown_provider_is_refused() -> None:
    assert code("gpu") == "provider_unknown"


def test_no_provider_at_all_is_refused() -> None:
    assert code() == "provider_unknown"


@pytest.mark.parametrize("name", ["cuda", "openvino"])
def test_a_provider_that_is_not_built_in_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    assert code(name, "cpu") == "provider_absent"


def test_one_whose_libraries_do_not_load_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("this machine's onnxruntime has CUDA")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    # A build with CUDA on a machine without it makes a session that runs on the processor, and only logs so.
    monkeypatch.setattr(onnxruntime, "InferenceSession", _falling_back(onnxruntime.InferenceSession))
    assert code("cuda", "cpu") == "provider_absent"


def _falling_back(session: Any) -> Any:
    return lambda model, options, providers: session(model, options, providers=[CPU])


def test_the_answer_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProviderUnavailable, match="RECOGNITION_PROVIDERS=cpu"):
        Net(toy_arcface(), ["cuda" if CUDA not in onnxruntime.get_available_providers() else "openvino"])


def test_an_engine_is_not_loaded_with_a_wrong_setting(empty_store: Path, settings: Any) -> None:
    settings.RECOGNITION_PROVIDERS = ["npu"]
    with pytest.raises(ProviderUnavailable, match="npu"):
        engine_named("dlib")


def test_what_is_no_network_is_said() -> None:
    with pytest.raises(WeightsCorrupt, match="no network"):
        Net(b"not a network")
