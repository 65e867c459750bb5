"""No age, gender, race or emotion: DeepFace itself refuses, once our adapter has imported it."""

from pathlib import Path

import pytest

from tests.recognition.programs import run

PROGRAM = """
from pathlib import Path
from apps.recognition import deepface_adapter
deepface_adapter.prepare_deepface(Path(os.environ["TEST_MODELS_DIR"]))
import deepface.modules.modeling as modeling
"""
ANALYZE = """
deepface_adapter.forbid_inference(modeling)
from deepface import DeepFace
said = []
for act in ("age", "gender", "race", "emotion"):
    try:
        DeepFace.analyze(np.zeros((48, 48, 3), np.uint8), actions=(act,), detector_backend="skip", silent=True)
    except Exception as error:
        said.append(str(error))
print(json.dumps(said))
"""
BUILD = """
modeling.build_model = lambda task, name: type("Built", (), {"model": None})
deepface_adapter._model("facial_recognition", "ArcFace", Path("."))
print(json.dumps("facial_attribute" in modeling.AVAILABLE_MODELS))
"""


@pytest.mark.deepface
def test_deepface_refuses_to_analyze(tmp_path: Path) -> None:
    said = run(PROGRAM + ANALYZE, tmp_path, "tensorflow")
    assert said == ["unimplemented task - facial_attribute"] * 4


@pytest.mark.deepface
def test_building_any_model_forbids_it_first(tmp_path: Path) -> None:
    assert run(PROGRAM + BUILD, tmp_path, "tensorflow") is False
