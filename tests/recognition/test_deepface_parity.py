"""What goes into our networks is what DeepFace would put into them: its own output on its own crop says so."""

from pathlib import Path

import pytest

from apps.recognition import store
from apps.recognition.weights import WEIGHTS

from .networks import random_arcface
from .programs import run

pytestmark = pytest.mark.deepface

ARCFACE = "arcface_weights.onnx"

# DeepFace takes a picture as BGR, turns it about twice, pads it to 112 px, scales it to 0..1 and calls its client.
_CROPS = """
from pathlib import Path
from apps.recognition import deepface_adapter
from apps.recognition.embedders import NetEmbedder
from apps.recognition.registry import ENTRIES
home = Path(os.environ["TEST_MODELS_DIR"])
pixels = ENTRIES["arcface"].network.pixels
crops = np.random.default_rng(6).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)

def theirs():
    from deepface import DeepFace
    say = {"model_name": "ArcFace", "detector_backend": "skip", "enforce_detection": False, "align": False}
    found = [DeepFace.represent(np.ascontiguousarray(crop[..., ::-1]), **say)[0]["embedding"] for crop in crops]
    return np.array(found)

def cosines(one, two):
    return ((one * two).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(two, axis=1)).tolist()
"""

_ONNX = (
    _CROPS
    + """
os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"
os.environ["DEEPFACE_HOME"] = str(home)
path = home / ".deepface" / "weights" / "arcface_weights.onnx"
ours = NetEmbedder(deepface_adapter.arcface(path, "onnx", home), pixels).embed(crops)
swapped = NetEmbedder(deepface_adapter.arcface(path, "onnx", home), pixels).embed(crops[..., ::-1])
wanted = theirs()
print(json.dumps([cosines(ours, wanted), cosines(swapped, wanted), "tensorflow" in sys.modules]))
"""
)


@pytest.fixture
def random_store(empty_store: Path, tmp_path: Path) -> Path:
    (tmp_path / ARCFACE).write_bytes(random_arcface())
    store.take_in(WEIGHTS[ARCFACE], tmp_path / ARCFACE, allow_unlisted=True)
    return empty_store


def test_with_onnx_the_vectors_are_deepfaces_own(random_store: Path) -> None:
    cosines, swapped, tensorflow = run(_ONNX, random_store)
    assert min(cosines) >= 0.999 and not tensorflow
    assert max(swapped) < 0.999  # so the comparison would have noticed


_TENSORFLOW = (
    """
from pathlib import Path
from apps.recognition import deepface_adapter
deepface_adapter.prepare_deepface(Path(os.environ["TEST_MODELS_DIR"]))
from retinaface.model import retinaface_model
from deepface.models.facial_recognition.tf import ArcFace
retinaface_model.load_weights = lambda model: model
ArcFace.weight_utils.download_weights_if_necessary = lambda **kwargs: "none"
ArcFace.weight_utils.load_model_weights = lambda model, weight_file: model
"""
    + _CROPS
    + """
from deepface.modules import modeling
from apps.recognition.detectors.retinaface import RetinaFaceDetector
forward = deepface_adapter.arcface(home, "tensorflow", home)
ours = NetEmbedder(forward, pixels).embed(crops)
batch = np.random.default_rng(7).uniform(0, 1, (2, 112, 112, 3)).astype(np.float32)
eager = modeling.build_model("facial_recognition", "ArcFace").model(batch, training=False).numpy()
difference = float(np.abs(forward(batch) - eager).max())
detector = RetinaFaceDetector(deepface_adapter.retinaface(home, "tensorflow", home), score=1.1)
faces = len(detector.detect(np.zeros((240, 320, 3), np.uint8)))
print(json.dumps([cosines(ours, theirs()), difference, list(eager.shape), faces]))
"""
)


@pytest.mark.slow
def test_with_tensorflow_they_are_its_model_objects_own_through_a_compiled_function(empty_store: Path) -> None:
    cosines, difference, shape, faces = run(_TENSORFLOW, empty_store, backend="tensorflow")
    assert min(cosines) >= 0.999
    assert difference < 1e-4 and shape == [2, 512] and faces == 0
