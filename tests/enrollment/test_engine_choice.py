"""The deployment's engine: a row that only `manage.py engine set` changes."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from apps.enrollment.engine_choice import choose_engine, chosen_engine, chosen_engine_name, readiness_of
from apps.enrollment.gallery import gallery_for
from apps.enrollment.models import EngineChoice
from apps.organizations.models import PlatformEntry
from apps.recognition import engine as engines
from apps.recognition import licences
from apps.recognition.calibration import finding
from apps.recognition.engine import Engine
from apps.recognition.errors import EngineUnknown, RecognitionError
from apps.recognition.registry import ENTRIES
from tests.personas import World

from .conftest import Enroll, references

pytestmark = pytest.mark.django_db

RESTRICTED = "insightface-r50"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("engine", *arguments, stdout=out)
    return out.getvalue()


def printed(*arguments: str) -> dict[str, Any]:
    return dict(json.loads(said(*arguments, "--json").splitlines()[-1]))


def test_no_engine_is_chosen_at_first() -> None:
    assert (chosen_engine_name(), printed("show")) == (None, {"engine": None, "calibrated": False})


def test_without_one_it_is_said_what_to_do() -> None:
    assert "engine set NAME" in said("show")


def test_without_one_nothing_is_recognised() -> None:
    with pytest.raises(EngineUnknown, match="engine set dlib"):
        chosen_engine()


def test_an_engine_is_set() -> None:
    assert printed("set", "dlib") == {"engine": "dlib", "calibrated": True}


def test_what_was_set_is_shown() -> None:
    said("set", "dlib")
    assert printed("show")["engine"] == "dlib"


def test_its_licence_is_shown() -> None:
    assert "Licence:" in said("set", "dlib")


def test_an_engine_without_calibration_says_so() -> None:
    assert "every match must be confirmed" in said("set", "arcface", "--without-weights")


def test_an_engine_whose_weights_are_missing_is_not_set(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    said("set", "dlib")
    with pytest.raises(CommandError, match="weights_missing.*facemodels pull --engine arcface"):
        said("set", "arcface")
    assert chosen_engine_name() == "dlib"


def test_a_change_says_that_everybody_is_enrolled_again() -> None:
    said("set", "dlib")
    assert "enrolled again" in said("set", "arcface", "--without-weights")


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(CommandError, match="engine_unknown: There is no engine 'deepthought': choose one of dlib"):
        said("set", "deepthought")


def test_a_refused_name_changes_nothing() -> None:
    said("set", "dlib")
    with pytest.raises(CommandError):
        said("set", "deepthought")
    assert chosen_engine_name() == "dlib"


def test_if_unset_leaves_one_that_is_set() -> None:
    said("set", "dlib")
    assert printed("set", "arcface", "--if-unset")["engine"] == "dlib"


def test_if_unset_sets_the_first() -> None:
    assert printed("set", "dlib", "--if-unset")["engine"] == "dlib"


def test_an_engine_whose_terms_nobody_accepted_is_not_set(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    said("set", "dlib")
    with pytest.raises(CommandError, match="licence_not_accepted.*--accept-licence"):
        said("set", RESTRICTED, "--without-weights")
    assert chosen_engine_name() == "dlib"


def test_accepted_terms_stand_in_the_platforms_trail(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    licences.accept(ENTRIES[RESTRICTED])
    said("set", RESTRICTED, "--without-weights")
    new = json.loads(PlatformEntry.objects.order_by("sequence").last().new)  # type: ignore[union-attr]
    assert new == {"name": RESTRICTED, "licence_accepted": licences.accepted_at(ENTRIES[RESTRICTED])}


def test_its_limits_are_shown(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path
    licences.accept(ENTRIES[RESTRICTED])
    assert "non-commercial research only" in said("set", RESTRICTED, "--without-weights")


def test_a_calibrated_engine_says_only_that_it_is_ready(engine: Engine) -> None:
    assert readiness_of(engine) == f"Engine dlib is ready ({engine.space})."


def test_an_uncalibrated_engine_says_at_the_start_what_it_means(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_shipped", lambda *_: None)
    assert "every match must be confirmed" in readiness_of(engine)


def test_there_is_one_row() -> None:
    for name in ("dlib", "arcface", "dlib"):
        choose_engine(name)
    assert EngineChoice.objects.count() == 1


def test_there_can_be_no_second_row() -> None:
    with pytest.raises(IntegrityError):
        EngineChoice.objects.create(id=2, name="dlib")


def test_another_engine_compares_with_nobody_yet(northwind: World, enroll: Enroll) -> None:
    enroll(northwind.person, "ann")
    choose_engine("arcface")
    assert len(gallery_for(northwind.northwind, "arcface/any")) == 0


def test_the_first_engines_references_stay(northwind: World, enroll: Enroll, engine: Engine) -> None:
    enroll(northwind.person, "ann")
    choose_engine("arcface")
    choose_engine("dlib")
    assert (references(), len(gallery_for(northwind.northwind, engine.space))) == ([("E1", True)] * 2, 1)


def test_missing_weights_are_said_with_what_to_do(settings: Any, tmp_path: Any) -> None:
    settings.MODELS_DIR = tmp_path
    choose_engine("arcface")
    kept, engines._loaded = engines._loaded, {}
    try:
        with pytest.raises(RecognitionError) as refused:
            chosen_engine()
    finally:
        engines._loaded = kept
    assert "facemodels pull" in refused.value.message or "make" in refused.value.message
