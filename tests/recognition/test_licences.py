"""An engine whose weights forbid ordinary use is shown with that, and waits for the operator's word."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from apps.recognition import licences, store
from apps.recognition.assembly import assemble
from apps.recognition.engine import engine_named
from apps.recognition.errors import LicenceNotAccepted, WeightsMissing
from apps.recognition.parts import Licence
from apps.recognition.registry import ENTRIES, Entry
from apps.recognition.weights import SFACE, W600K_R50, WEIGHTS, YUNET

from .test_facemodels import output

ENGINE = "insightface-r50"
FREE = [name for name in ENTRIES if name != ENGINE]


@pytest.fixture
def r50(empty_store: Path) -> Entry:
    return ENTRIES[ENGINE]


@pytest.fixture
def offered(tmp_path: Path) -> Path:
    """A folder to pull from that has none of the files, so that no network is asked."""
    (tmp_path / "offered").mkdir()
    return tmp_path / "offered"


@pytest.mark.parametrize("name", FREE)
def test_the_other_engines_ask_nothing(empty_store: Path, name: str) -> None:
    licences.require(ENTRIES[name])
    assert licences.accepted_at(ENTRIES[name]) is None


def test_it_is_refused_with_the_terms_and_the_way_to_accept_them(r50: Entry) -> None:
    with pytest.raises(LicenceNotAccepted, match="non-commercial research only.*--accept-licence") as refused:
        licences.require(r50)
    assert refused.value.code == "licence_not_accepted"


def test_it_is_not_even_loaded_before(r50: Entry) -> None:
    with pytest.raises(LicenceNotAccepted):
        engine_named(ENGINE)


def test_pulling_shows_the_limits_and_refuses(r50: Entry, offered: Path) -> None:
    with pytest.raises(CommandError, match=r"\[licence_not_accepted\]"):
        output("pull", engine=ENGINE, folder=offered)
    assert licences.accepted_at(r50) is None


def test_pulling_with_the_operators_word_goes_on(r50: Entry, offered: Path) -> None:
    with pytest.raises(CommandError, match="weights_missing"):
        output("pull", engine=ENGINE, folder=offered, accept_licence=True)
    licences.require(r50)
    assert "Accepted at" in output("status", engine=ENGINE)


def test_accepted_once_is_accepted(r50: Entry) -> None:
    licences.accept(r50)
    first = licences.accepted_at(r50)
    licences.accept(r50)
    assert licences.accepted_at(r50) == first is not None
    with pytest.raises(WeightsMissing):
        assemble(r50)


def test_other_terms_must_be_accepted_anew(r50: Entry) -> None:
    licences.accept(r50)
    changed = replace(r50, terms=Licence(r50.terms.text, "And only on Sundays."))
    with pytest.raises(LicenceNotAccepted, match="Sundays"):
        licences.require(changed)


def test_the_acceptance_lies_in_the_ledger_beside_the_sums(r50: Entry) -> None:
    licences.accept(r50)
    kept = json.loads((store.models_dir() / "recorded.json").read_text())
    assert "non-commercial" in kept[f"licence of {ENGINE}"]["terms"] and store.recorded_sums() == {}


def test_status_says_that_it_was_not_accepted(r50: Entry) -> None:
    assert "Not accepted" in output("status", engine=ENGINE)


@pytest.mark.parametrize("name", [SFACE, W600K_R50, YUNET])
def test_files_that_are_not_deepfaces_are_listed_with_their_sum(name: str) -> None:
    assert len(WEIGHTS[name].sha256 or "") == 64 and WEIGHTS[name].size
