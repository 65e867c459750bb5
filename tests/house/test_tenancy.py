"""Every table belongs to an organization or is on a reviewed list, and no way leads around the guard."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from apps.organizations.models import Organization, OrganizationModel
from apps.organizations.tenancy import GuardedManager, GuardedModel, GuardedQuerySet

OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
GUARDED = [model for model in OURS if issubclass(model, GuardedModel)]
# Reviewed. A user signs in to any organization that has a membership for them; the engine is the deployment's; the
# platform's chain holds sign-ins, which happen before an organization is known.
OF_NO_ORGANIZATION = {
    *("organizations.User", "organizations.PlatformEntry", "organizations.PlatformHead"),
    "enrollment.EngineChoice",
}
# Reviewed. Tables of packages: accounts and sessions are of users, and no organization's fact stands in them.
OF_PACKAGES = {
    *("auth.Permission", "auth.Group", "contenttypes.ContentType", "sessions.Session"),
    *("account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator", "usersessions.UserSession"),
    "admin.LogEntry",  # never written: the audit trail is ours
}

# Reviewed: hashes of secrets, which are found before an organization is known.
SECRETS = {"token_hash", "code_hash", "fingerprint", "secret_hash"}


def label(model: type[models.Model]) -> str:
    return model._meta.label


def relations(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.get_fields() if field.is_relation and getattr(field, "concrete", False)]


def test_every_model_has_an_organization_or_was_reviewed() -> None:
    assert {label(model) for model in OURS if not issubclass(model, GuardedModel)} == OF_NO_ORGANIZATION


def test_every_table_of_a_package_was_reviewed() -> None:
    assert {label(model) for model in apps.get_models() if model not in OURS} <= OF_PACKAGES


def test_all_but_the_organization_itself_derive_from_one_base() -> None:
    assert {label(model) for model in GUARDED if not issubclass(model, OrganizationModel)} == {label(Organization)}


@pytest.mark.parametrize("model", GUARDED, ids=label)
def test_its_managers_are_guarded(model: type[GuardedModel]) -> None:
    found = [model._meta.default_manager, model._meta.base_manager, *model._meta.managers]
    assert all(isinstance(one, GuardedManager) for one in found)


@pytest.mark.parametrize("model", GUARDED, ids=label)
def test_its_querysets_are_guarded(model: type[GuardedModel]) -> None:
    assert isinstance(model._meta.base_manager.get_queryset(), GuardedQuerySet)


@pytest.mark.parametrize("model", GUARDED, ids=label)
def test_its_key_is_a_uuid(model: type[GuardedModel]) -> None:
    assert isinstance(model._meta.pk, models.UUIDField)


@pytest.mark.parametrize("model", [one for one in GUARDED if issubclass(one, OrganizationModel)], ids=label)
def test_its_organization_is_required_and_cannot_be_typed_in(model: type[OrganizationModel]) -> None:
    field = model._meta.get_field("organization")
    assert (field.null, field.editable, field.related_model) == (False, False, Organization)


@pytest.mark.parametrize("model", GUARDED, ids=label)
def test_a_name_that_is_unique_is_unique_in_its_organization(model: type[GuardedModel]) -> None:
    # The address of an organization is one for all; a one-to-one row is as unique as what it belongs to.
    bare = [field.name for field in model._meta.concrete_fields if field.unique and not field.primary_key]
    ties = [name for name in bare if isinstance(model._meta.get_field(name), models.OneToOneField)]
    assert set(bare) - set(ties) == ({"slug"} if model is Organization else SECRETS & set(bare))


def test_no_join_starts_at_a_model_without_guard() -> None:
    # A query on users that joins memberships would read every organization's: `related_name="+"` closes that way.
    ways = [
        f"{label(model)}.{relation.name}"
        for model in apps.get_models()
        if not issubclass(model, GuardedModel)
        for relation in model._meta.get_fields()
        if relation.is_relation and relation.auto_created and isinstance(relation.related_model, type)
        if issubclass(relation.related_model, GuardedModel)
    ]
    assert ways == []


def test_no_guarded_model_has_a_many_to_many_table() -> None:
    # Django makes such a table without an organization.
    assert [label(model) for model in GUARDED if model._meta.local_many_to_many] == []


@pytest.mark.django_db
def test_no_table_of_ours_is_left_out() -> None:
    tables = {name for name in connection.introspection.table_names() if name.split("_")[0] in rooms()}
    users_own = {"organizations_user_groups", "organizations_user_user_permissions"}
    assert tables - users_own == {model._meta.db_table for model in OURS}


def rooms() -> set[str]:
    return {model._meta.app_label for model in OURS}


@pytest.mark.parametrize("model", OURS, ids=label)
def test_deleting_a_user_takes_no_facts_along(model: type[models.Model]) -> None:
    to_user = [field for field in relations(model) if field.related_model is apps.get_model("organizations.User")]
    cascades = {label(model) for field in to_user if field.remote_field.on_delete is models.CASCADE}
    assert cascades <= {"organizations.Membership"}
