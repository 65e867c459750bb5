"""The audit trail for people: sentences with names, filters, one entry in full, and the members' sign-ins."""

import ast
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.organizations.audit import Actor, acting_as, record, record_account
from apps.organizations.audit_phrases import ACTIONS
from apps.organizations.audit_words import HIDDEN
from apps.organizations.models import AuditEntry, Membership, Organization, PlatformVisit, Role, User
from apps.organizations.tenancy import acting_for
from apps.people.models import Department
from tests.house.source import modules
from tests.organizations.factors import signed_in_twice
from tests.personas import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]
URL = "/o/northwind/audit/"


def page(world: World, url: str = URL, **query: Any) -> str:
    return str(signed_in(world.alice).get(url, query).content.decode())


def newest(world: World, action: str) -> AuditEntry:
    with acting_for(world.northwind):
        return AuditEntry.objects.filter(action=action).latest("sequence")


def test_an_act_is_told_as_a_sentence_with_its_author(world: World) -> None:
    with acting_for(world.northwind):
        bobs = Membership.objects.get(user=world.bob)
    signed_in(world.alice).post(f"/o/northwind/members/{bobs.pk}/", {"role": Role.AUDITOR, "is_active": "on"})
    shown = page(world)
    assert "Changed a membership: role from Operator to Auditor" in shown
    assert "alice@example.org" in shown
    assert "bob@example.org (Auditor)" in shown


def test_a_name_is_looked_up_and_never_kept(world: World) -> None:
    client = signed_in(world.alice)
    form = {"external_id": "E77", "given_name": "Noor", "family_name": "Haddad", "is_active": "on"}
    client.post("/o/northwind/people/add/", form)
    entry = newest(world, "person.create")
    assert not [one for one in ("Noor", "Haddad", "E77") if one in entry.new]
    assert HIDDEN in entry.new
    assert "Noor Haddad" in page(world)


def test_a_changed_name_is_told_without_either_name(world: World) -> None:
    client = signed_in(world.alice)
    form = {"external_id": "E1", "given_name": "Priyanka", "family_name": "Raman", "is_active": "on"}
    client.post(f"/o/northwind/people/{world.person.pk}/", form)
    assert "Changed a person: given name changed" in page(world)
    entry = newest(world, "person.change")
    assert (entry.old, entry.new) == (f'{{"given_name":"{HIDDEN}"}}', f'{{"given_name":"{HIDDEN}"}}')


def test_a_row_pointed_at_is_told_by_its_name(world: World) -> None:
    with acting_for(world.northwind):
        sales = Department.objects.create(organization=world.northwind, name="Sales")
    form = {"external_id": "E1", "given_name": "Priya", "family_name": "Raman", "is_active": "on"}
    signed_in(world.alice).post(f"/o/northwind/people/{world.person.pk}/", {**form, "department": sales.pk})
    assert "Changed a person: department from nothing to Sales" in page(world)


def test_what_stayed_as_it_was_is_not_told(world: World) -> None:
    with acting_for(world.northwind):
        record(
            organization=world.northwind,
            action="sign_in_rules.change",
            subject=world.northwind,
            old={"mfa_roles": [], "time_zone": None},
            new={"mfa_roles": ["owner"], "time_zone": None},
        )
    found = page(world)
    assert "from nothing to owner" in found and "from nothing to nothing" not in found


def test_what_is_gone_is_told_by_its_kind(world: World) -> None:
    with acting_for(world.northwind):
        gone = Department.objects.create(organization=world.northwind, name="Gone")
        record(organization=world.northwind, action="department.change", subject=gone)
        gone.delete()
    assert "Changed a department" in page(world)
    assert "Gone" not in page(world)


def test_an_act_without_a_sentence_is_readable_all_the_same(world: World) -> None:
    with acting_for(world.northwind):
        record(organization=world.northwind, action="shift_plan.copy")
    assert "Shift plan: copy" in page(world)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "site.change"}, True),
        ({"action": "camera.change"}, False),
        ({"actor_kind": "job"}, True),
        ({"actor_kind": "camera"}, False),
        ({"first": "2999-01-01"}, False),
        ({"last": "2999-01-01"}, True),
    ],
)
def test_the_filters_choose(world: World, query: dict[str, str], found: bool) -> None:
    with acting_for(world.northwind), acting_as(Actor("job")):
        record(organization=world.northwind, action="site.change", subject=world.site, reason="the one looked for")
    assert ("the one looked for" in page(world, **query)) == found


def test_entries_of_one_user_are_found(world: World) -> None:
    with acting_for(world.northwind), acting_as(Actor("user", world.bob.pk)):
        record(organization=world.northwind, action="site.change", reason="by Bob")
    assert "by Bob" in page(world, user=world.bob.pk)
    assert "by Bob" not in page(world, user=world.alice.pk)


def test_the_newest_comes_first(world: World) -> None:
    with acting_for(world.northwind):
        for word in ("older", "newer"):
            record(organization=world.northwind, action="site.change", reason=f"the {word} one")
    shown = page(world)
    assert shown.index("the newer one") < shown.index("the older one")


def test_an_entry_shows_its_values(world: World) -> None:
    with acting_for(world.northwind):
        record(
            organization=world.northwind,
            action="site.change",
            subject=world.site,
            old={"time_zone": "UTC"},
            new={"time_zone": "Asia/Tokyo"},
        )
    shown = page(world, f"{URL}{newest(world, 'site.change').pk}/")
    assert all(one in shown for one in ("UTC", "Asia/Tokyo", "time zone", "Everything about this"))


def test_another_organizations_entry_is_not_there(world: World) -> None:
    with acting_for(world.southwind):
        record(organization=world.southwind, action="site.change", reason="southern")
        entry = AuditEntry.objects.latest("sequence")
    assert signed_in(world.alice).get(f"{URL}{entry.pk}/").status_code == 404
    assert "southern" not in page(world)


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.HR_MANAGER, 200), (Role.AUDITOR, 200), (Role.SUPERVISOR, 403), (Role.OPERATOR, 403), (Role.EMPLOYEE, 403)],
)
def test_who_may_read_the_trail(world: World, role: str, status: int) -> None:
    assert signed_in(world.bob_as(role)).get(URL).status_code == status


def test_it_shows_the_sign_ins_of_members_and_of_nobody_else(world: World) -> None:
    for user in (world.bob, world.charlie):
        signed_in(user)
    shown = page(world, f"{URL}accounts/")
    assert "Signed in" in shown
    assert "bob@example.org" in shown
    assert "charlie@example.org" not in shown


def test_it_shows_no_sign_in_from_before_somebody_belonged_here(world: World) -> None:
    record_account(action="account.password_change", user_id=world.bob.pk)
    with acting_for(world.northwind):
        Membership.objects.filter(user=world.bob).update(created_at=timezone.now() + timedelta(minutes=1))
    table = page(world, f"{URL}accounts/").partition("<tbody")[2]
    assert "Changed their password" not in table


def test_a_visit_of_platform_staff_is_told_as_one(world: World) -> None:
    staff = User.objects.create_user("staff@platform.example", is_staff=True)
    with acting_for(world.northwind):
        visit = PlatformVisit.objects.create(
            organization=world.northwind,
            user=staff,
            role=Role.HR_MANAGER,
            reason="asked for",
            expires_at=timezone.now() + timedelta(hours=1),
        )
    signed_in_twice(staff).get(f"/o/northwind/people/{world.person.pk}/enrollment/")
    entry = newest(world, "person.view")
    assert (entry.actor_kind, entry.actor_id) == ("visit", visit.pk)
    assert "Platform staff: visit of staff@platform.example" in page(world)


def test_the_page_says_when_the_chain_was_last_read(world: World) -> None:
    assert "Not verified on this machine yet" in page(world)
    call_command("verify_audit", organization="northwind")
    assert "none changed, moved or missing" in page(world)


def test_looking_at_a_person_is_written_down(world: World) -> None:
    signed_in(world.alice).get(f"/o/northwind/people/{world.person.pk}/")
    entry = newest(world, "person.view")
    assert (entry.subject_id, entry.actor_id) == (world.person.pk, world.alice.pk)


def test_an_export_is_written_down_with_its_filter_but_not_whom_it_was_about(world: World) -> None:
    signed_in(world.alice).get("/o/northwind/punches/export/csv/", {"q": "Priya", "first": "2026-01-01"})
    entry = newest(world, "punch.export")
    assert all(one in entry.new for one in ('"format":"csv"', '"rows":0', '"first":"2026-01-01"', f'"q":"{HIDDEN}"'))


def test_what_a_view_wrote_before_it_failed_has_no_entry(world: World) -> None:
    with acting_for(world.northwind):
        before = AuditEntry.objects.count()
    signed_in(world.alice).post("/o/northwind/sites/add/", {"name": world.site.name, "time_zone": "UTC"})
    with acting_for(world.northwind):
        assert AuditEntry.objects.count() == before


def test_founding_an_organization_is_its_first_entry(world: World) -> None:
    with acting_for(world.northwind):
        first = AuditEntry.objects.order_by("sequence").first()
    assert first is not None
    assert (first.action, first.subject_id) == ("organization.found", world.northwind.pk)
    assert Organization._meta.label_lower == first.subject_kind


def written_actions() -> set[str]:
    """Every act that the code writes down by a name of its own."""
    calls = [node for module in modules("apps") for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    named = [one.value for call in calls for one in call.keywords if one.arg == "action"]
    texts = [str(one.value) for one in named if isinstance(one, ast.Constant)]
    return {text for text in texts if re.fullmatch(r"\w+\.\w+", text)}


def test_every_act_has_a_sentence() -> None:
    of_the_platform = {"engine.choose", "engine.fill", "engine.stop"}  # which no page shows
    assert written_actions() - set(ACTIONS) == of_the_platform
    assert "punch.export" in written_actions()
