"""Every table that leads to a person is in the erasure plan, and in the record that a person may ask for."""

from collections.abc import Iterable

import pytest
from django.apps import apps
from django.db import models

from apps.organizations.models import AuditEntry, Invitation, Job, Membership, User
from apps.people.erasure import Fate, Part, plan
from apps.people.models import Person
from tests.house.test_tenancy import OURS, label

# What leads to a person without a foreign key: by their id in a text, by their user, by their address.
BY_OTHER_WAYS = {AuditEntry, Invitation, Job, Membership, User}
# A field of one of these names holds a person's number, wherever it stands.
NUMBERS = {"number", "external_id", "person_number"}
# Reviewed: a whole, not a person; and what stands for them after they are gone.
OF_NOBODY: set[str] = set()


def leading_to_a_person(found: Iterable[type[models.Model]]) -> set[type[models.Model]]:
    """The models with a chain of foreign keys to a person, the person included."""
    led: set[type[models.Model]] = {Person}
    grown = True
    while grown:
        more = {model for model in found if any(key.related_model in led for key in _keys(model))} - led
        led |= more
        grown = bool(more)
    return led


def holding_a_number(found: Iterable[type[models.Model]]) -> set[type[models.Model]]:
    return {model for model in found for one in model._meta.concrete_fields if one.name in NUMBERS and _is_text(one)}


def _keys(model: type[models.Model]) -> list[models.ForeignKey[models.Model, models.Model]]:
    return [one for one in model._meta.concrete_fields if isinstance(one, models.ForeignKey)]


def _is_text(field: object) -> bool:
    return isinstance(field, models.CharField | models.TextField)


def planned() -> dict[type[models.Model], Part]:
    return {part.model: part for part in plan()}


def test_every_table_that_leads_to_a_person_is_in_the_plan() -> None:
    wanted = leading_to_a_person(OURS) | holding_a_number(OURS) | BY_OTHER_WAYS
    assert {label(model) for model in wanted} - OF_NOBODY == {label(model) for model in planned()}


def test_a_table_that_nobody_planned_is_noticed() -> None:
    class Note(models.Model):  # noqa: DJ008
        """Planted: a new table about people."""

        person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "planted"

    class Reply(models.Model):  # noqa: DJ008
        """Planted: leads to a person over another table."""

        note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="+")
        external_id = models.CharField(max_length=9)

        class Meta:
            app_label = "planted"

    try:
        assert leading_to_a_person([*OURS, Note, Reply]) - set(planned()) == {Note, Reply}
        assert holding_a_number([Note, Reply]) == {Reply}
    finally:
        del apps.all_models["planted"]
        apps.clear_cache()


@pytest.mark.parametrize("part", plan(), ids=lambda part: part.name)
def test_the_person_gets_it_or_is_told_why_not(part: Part) -> None:
    assert bool(part.hands_out) != bool(part.withheld)


@pytest.mark.parametrize("part", plan(), ids=lambda part: part.name)
def test_what_is_not_destroyed_has_a_reason(part: Part) -> None:
    assert part.fate == Fate.DESTROYED or part.why or part.model is Person


def test_no_part_hands_out_a_face_or_a_secret() -> None:
    forbidden = {"ciphertext", "wrapped", "baseline", "pin_hash", "code_hash", "token_hash", "password", "key"}
    shown = {(part.name, path) for part in plan() if not callable(part.hands_out) for path in part.hands_out}
    assert {one for one in shown if forbidden & set(one[1].split("."))} == set()


def test_each_table_is_planned_once() -> None:
    names = [part.name for part in plan()]
    assert sorted(names) == sorted(set(names))
