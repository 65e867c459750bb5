"""The bench's parts at a tiny size: what they run is the product's own code, and what they write holds no time."""

import json
from pathlib import Path

import numpy as np
import pytest

from apps.recognition.detectors.retinaface import RetinaFaceDetector
from apps.recognition.sessions import Net
from apps.recognition.shapes import Face
from bench import galleries, pipeline_rows, random_nets, report, searching
from bench.__main__ import options
from bench.frames import Frames, frames
from bench.peers import Peer, PeerMissing
from bench.pipelines import pipeline, stages
from bench.transport import posted, streamed
from tests.plugins.needs import ROOT

POINTS = np.array([[100, 100], [150, 100], [125, 120], [105, 150], [145, 150]], np.float32)


@pytest.fixture(scope="module")
def shown() -> Frames:
    if not (ROOT / "node_modules" / "@vladmandic").is_dir():
        pytest.skip("needs the sample photos of @vladmandic/face-api: npm ci")
    return frames(ROOT)


def test_the_forwards_are_those_of_the_frame(shown: Frames) -> None:
    recorded = pipeline("dlib", people=10).forwards(shown.person)
    assert len(recorded.networks) == 7 + 1 + 1 + 1
    assert len(recorded.models) == len(recorded.networks) + 1


def test_after_recording_the_engine_is_as_before(shown: Frames) -> None:
    before = Net.__call__
    pipeline("dlib", people=10).forwards(shown.person)
    assert Net.__call__ is before


def test_the_stages_are_those_of_a_frame(shown: Frames) -> None:
    steps = stages(pipeline("dlib", people=10), shown.person)
    assert list(steps) == ["decode", "detect", "quality", "align", "cut chips", "embed", "search"]
    assert all(job() is not None for name, job in steps.items() if name != "quality")


def test_the_empty_frame_shows_nobody(shown: Frames) -> None:
    assert "no_face" in repr(pipeline("dlib", people=10).answer(shown.empty))


def test_the_unchanged_frame_is_other_bytes_and_known_as_unchanged(shown: Frames) -> None:
    assert shown.unchanged != shown.empty
    assert pipeline_rows._unchanged(shown)() is True


def test_both_ways_in_bring_the_frame_unharmed(shown: Frames) -> None:
    for way in (posted, streamed):
        with way(lambda jpeg: jpeg == shown.person, shown.person) as send:
            assert send() == {"found": "True"}


def test_a_random_retinaface_sees_the_face_it_is_told_of() -> None:
    net = Net(random_nets.retinaface(Face((80, 60, 100, 120), 0.99, POINTS)).model)
    [face] = RetinaFaceDetector(net).detect(np.zeros((240, 320, 3), np.uint8))
    assert face.box == pytest.approx((80, 60, 100, 120), abs=0.01) and np.allclose(face.points, POINTS, atol=0.01)


def test_the_random_networks_have_the_published_size() -> None:
    sizes = (random_nets.retinaface().parameters, random_nets.arcface().parameters)
    assert sizes == (29_495_084, 34_165_184)


def test_a_search_is_timed_beside_its_limit() -> None:
    assert searching.searched(200, 16, rounds=2).ratio("search", ["stream"]) > 0


def test_a_gallery_is_timed_beside_a_copy_and_the_naive_ways() -> None:
    rounds = galleries.loaded(100, 16, rounds=2)
    assert set(rounds.taken) == {
        *("load", "all nine", "one each", "calls for one each", "reload", "copy", "row by row", "Fernet", "JSON")
    }


def test_the_file_holds_ratios_to_four_digits(tmp_path: Path) -> None:
    report.write({"gallery": {"ratio_to_copy": 1.23456}, "pipeline": [{"engine": "dlib"}]}, tmp_path / "a" / "b.json")
    written = json.loads((tmp_path / "a" / "b.json").read_text(encoding="utf-8"))
    assert written == {"gallery": {"ratio_to_copy": 1.2346}, "pipeline": [{"engine": "dlib"}]}


def test_everything_is_run_unless_told_otherwise() -> None:
    assert options([]).only == ["pipeline", "search", "gallery", "start"]
    assert options(["--only", "search"]).only == ["search"]


def test_a_peer_answers_once_for_each_frame(shown: Frames, tmp_path: Path) -> None:
    (tmp_path / "person.jpg").write_bytes(shown.person)
    with Peer("face_recognition style: HOG, dlib", tmp_path, tmp_path / "person.jpg") as peer:
        assert peer.measure() > 1 and peer.measure() > 1
        assert peer.cpu_s > 0


def test_a_peer_that_is_not_installed_says_what_to_run(
    shown: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # First on the peer's path, as if there were no other.
    (tmp_path / "deepface.py").write_text('raise ModuleNotFoundError("deepface", name="deepface")')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "person.jpg").write_bytes(shown.person)
    with pytest.raises(PeerMissing, match="make setup"):
        Peer("DeepFace: mtcnn, Dlib", tmp_path, tmp_path / "person.jpg")
