import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import dlib
import joblib
import numpy as np
import pytest

from apps.recognition import store
from apps.recognition.conversions import dlib_net, packaged
from apps.recognition.conversions.mtcnn_nets import PLANS, convert
from apps.recognition.conversions.mtcnn_reference import forward
from apps.recognition.conversions.packaged import converted
from apps.recognition.errors import WeightsCorrupt
from apps.recognition.sessions import Net
from apps.recognition.store import Verified
from apps.recognition.weights import DLIB_RESNET, MTCNN_NETS, WEIGHTS
from tests.plugins.needs import ROOT

from .pictures import portrait


def source(name: str) -> Verified:
    return store.verified(WEIGHTS[name])


def net(name: str, folder: Path) -> Net:
    return Net(converted(source(name).path, source(name).sha256, folder))


def listing(folder: Path) -> Sequence[str]:
    return sorted(path.name for path in folder.iterdir())


def test_dlibs_network_gives_the_same_vectors_as_native_dlib(models_dir: Path) -> None:
    chips = np.random.default_rng(2).integers(0, 256, (4, 150, 150, 3), dtype=np.uint8)
    native = dlib.face_recognition_model_v1(str(source(DLIB_RESNET).path))
    expected = [native.compute_face_descriptor(chip) for chip in chips]
    assert np.abs(net(DLIB_RESNET, models_dir / "packaged")(chips)[0] - expected).max() <= 1e-5


@pytest.mark.parametrize("name", MTCNN_NETS)
def test_mtcnns_nets_give_what_their_weights_give_in_numpy(models_dir: Path, name: str) -> None:
    plan = PLANS[Path(name).stem]
    side = plan.side or 61
    pictures = np.random.default_rng(3).uniform(-1, 1, (2, side, side, 3)).astype(np.float32)
    expected = forward(Path(name).stem, joblib.load(source(name).path), pictures)
    results = net(name, models_dir / "packaged")(pictures)
    assert max(np.abs(one - two).max() for one, two in zip(results, expected, strict=True)) < 1e-4


def test_a_conversion_is_made_once(tmp_path: Path) -> None:
    pnet = source("pnet.lz4")
    first = converted(pnet.path, pnet.sha256, tmp_path)
    written = first.stat().st_mtime_ns
    time.sleep(0.01)
    assert converted(pnet.path, pnet.sha256, tmp_path).stat().st_mtime_ns == written


def test_a_damaged_conversion_is_made_again(tmp_path: Path) -> None:
    pnet = source("pnet.lz4")
    first = converted(pnet.path, pnet.sha256, tmp_path)
    whole = first.read_bytes()
    first.write_bytes(whole[:-50])
    assert converted(pnet.path, pnet.sha256, tmp_path).read_bytes() == whole


def test_another_source_gets_a_file_of_its_own(tmp_path: Path) -> None:
    pnet = source("pnet.lz4")
    assert converted(pnet.path, pnet.sha256, tmp_path) != converted(pnet.path, "0" * 64, tmp_path)


def test_two_processes_may_convert_at_once(tmp_path: Path) -> None:
    pnet = source("pnet.lz4")
    code = (
        "from pathlib import Path; from apps.recognition.conversions.packaged import converted; "
        f"print(converted(Path({str(pnet.path)!r}), {pnet.sha256!r}, Path({str(tmp_path)!r})))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    assert len({one.communicate()[0] for one in both}) == 1
    assert len(listing(tmp_path)) == 1


def test_a_conversion_that_differs_from_its_original_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged, "MTCNN_TOLERANCE", -1.0)
    pnet = source("pnet.lz4")
    with pytest.raises(WeightsCorrupt, match="differs from the original"):
        converted(pnet.path, pnet.sha256, tmp_path)
    assert listing(tmp_path) == []


def test_the_same_weights_give_the_same_bytes() -> None:
    arrays = joblib.load(source("rnet.lz4").path)
    assert convert("rnet", arrays) == convert("rnet", arrays)


@pytest.mark.parametrize("bytes_", [b"", b"\x01\x02", bytes(10_000), b"\x01\x02\x01\x01" * 1000])
def test_a_file_that_is_not_dlibs_network_is_named_so(bytes_: bytes) -> None:
    with pytest.raises(ValueError, match="not dlib's"):
        dlib_net.convert(bytes_)


def test_real_faces_agree_with_native_dlib(models_dir: Path, face_of: object) -> None:
    chip = portrait("ann", size=150)
    native = dlib.face_recognition_model_v1(str(source(DLIB_RESNET).path))
    converted_vector = net(DLIB_RESNET, models_dir / "packaged")(chip[None])[0][0]
    assert np.abs(converted_vector - native.compute_face_descriptor(chip)).max() <= 1e-5
