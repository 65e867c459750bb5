"""The staff admin shows and takes rows of its own organization only, under the policy of every other page."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from apps.attendance.models import Punch
from apps.enrollment.models import Consent, GalleryVersion, Reference
from apps.enrollment.vault import held_key
from apps.organizations import admin_door
from apps.organizations.models import AuditEntry, Camera, Membership, Organization, Role, Site, User
from apps.organizations.services import found_organization
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person
from tests.house.addresses import furniture
from tests.personas import World, signed_in
from tests.site.admin_pages import (
    ADMIN,
    REGISTRY,
    Markup,
    Stocked,
    foreign_keys,
    label,
    list_url,
    page_url,
    pages,
    stocked,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_world")]

AUTOCOMPLETES = [(model, name) for model, page in REGISTRY.items() for name in page.autocomplete_fields]
FILTERS = [
    (model, name)
    for model, page in REGISTRY.items()
    for name in page.list_filter
    if isinstance(name, str) and model._meta.get_field(name).is_relation
]
CHOICES = [
    (model, field.name)
    for model, page in REGISTRY.items()
    if "change" in page.acts
    for field in foreign_keys(model)
    if field.editable and field.name not in page.readonly_fields
]
LOOKUPS = [
    *("organization", "organization__id", "organization__id__exact", "organization__slug__startswith"),
    *("id", "id__startswith", "given_name__startswith", "external_id__regex", "is_active__in"),
    *("department__organization__id", "department__name__startswith", "home_site__name", "user", "user__email"),
    *("user__password__startswith", "punches__id", "consents__witness__email", "created_at__gte"),
]
SECRET_LOOKUPS = [
    ("organizations", "invitation", "token_hash__startswith"),
    ("organizations", "membership", "user__email__startswith"),
    ("organizations", "membership", "user__password__startswith"),
    ("organizations", "membership", "user__is_superuser"),
    ("attendance", "punch", "recorded_by__email__startswith"),
    ("enrollment", "consent", "witness__email"),
]


@pytest.fixture
def stock(world: World) -> Stocked:
    return stocked(world)


@pytest.fixture
def client(world: World) -> Client:
    found = signed_in(world.alice)
    found.raise_request_exception = False
    return found


def stored(organization: Organization, row: Any) -> dict[str, Any]:
    with acting_for(organization):
        found: dict[str, Any] = type(row).objects.filter(pk=row.pk).values().get()
        return found


def text_of(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


# --- Only its own rows --------------------------------------------------------------------------------


def test_no_page_holds_anything_of_the_other_organization(stock: Stocked, client: Client) -> None:
    for url in pages(stock):
        text = text_of(client, url)
        for echo in ("q=canary", "q%3Dcanary", 'value="canary"'):  # what was searched for, said again
            text = text.replace(echo, "")
        assert [canary for canary in stock.canaries if canary in text] == [], url


def test_the_canaries_can_be_seen_where_they_belong(stock: Stocked) -> None:
    charlie = signed_in(stock.world.charlie)
    texts = [text_of(charlie, page_url(model, row.pk, slug="southwind")) for model, row in stock.foreign.items()]
    assert all(any(canary in text for canary in stock.canaries) for text in texts)


@pytest.mark.parametrize("model", REGISTRY, ids=label)
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_foreign_row_answers_like_an_absent_one(stock: Stocked, client: Client, model: Any, page: str) -> None:
    absent = page_url(model, "00000000-0000-4000-8000-000000000000", page)
    foreign = page_url(model, stock.foreign[model].pk, page)
    for ask in (client.get, client.post):
        one, other = ask(foreign), ask(absent)
        assert one.status_code == other.status_code and one.content == other.content
        assert one.status_code in (403, 404)  # 403 where nobody may do this to any row


@pytest.mark.parametrize("model", [one for one, page in REGISTRY.items() if "change" in page.acts], ids=label)
def test_a_foreign_row_is_neither_changed_nor_deleted(stock: Stocked, client: Client, model: Any) -> None:
    row = stock.foreign[model]
    before = stored(stock.world.southwind, row)
    client.post(page_url(model, row.pk), {"name": "taken", "given_name": "taken", "role": Role.EMPLOYEE})
    client.post(page_url(model, row.pk, "delete"), {"post": "yes"})
    assert stored(stock.world.southwind, row) == before


@pytest.mark.parametrize(("model", "field"), AUTOCOMPLETES, ids=str)
@pytest.mark.parametrize("term", ["", "canary", "south", "a"])
def test_a_choice_while_typing_finds_own_rows_only(
    stock: Stocked, client: Client, model: Any, field: str, term: str
) -> None:
    given = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
    found = client.get(f"{ADMIN}autocomplete/", {**given, "term": term})
    assert found.status_code == 200
    assert not [one for one in found.json()["results"] if one["id"] in stock.canaries]
    assert term or found.json()["results"]


@pytest.mark.parametrize("field", ["user", "invitation", "organization", "external_id", "nothing"])
def test_a_choice_while_typing_is_offered_for_no_other_field(client: Client, field: str) -> None:
    given = {"app_label": "people", "model_name": "person", "field_name": field, "term": "a"}
    assert client.get(f"{ADMIN}autocomplete/", given).status_code == 403


@pytest.mark.parametrize(("model", "field"), CHOICES, ids=str)
def test_a_foreign_choice_is_refused(stock: Stocked, client: Client, model: Any, field: str) -> None:
    row = stock.own[model]
    before = stored(stock.world.northwind, row)
    given = {one.name: one.value_from_object(row) or "" for one in model._meta.concrete_fields if one.editable}
    given[field] = str(stock.foreign[model._meta.get_field(field).related_model].pk)
    answer = client.post(page_url(model, row.pk), given)
    assert "Select a valid choice" in answer.content.decode()
    assert stored(stock.world.northwind, row) == before


@pytest.mark.parametrize(("model", "field"), FILTERS, ids=str)
def test_a_filter_offers_and_finds_own_rows_only(stock: Stocked, client: Client, model: Any, field: str) -> None:
    related = model._meta.get_field(field).related_model
    own, foreign = stock.own[related], stock.foreign[related]
    with acting_for(stock.world.northwind):  # a filter of one choice is not shown
        again = related.objects.get(pk=own.pk)
        again.pk, again.id, again.name, again._state.adding = None, foreign_free(), "another", True
        again.save()
    text = text_of(client, list_url(model))
    assert str(own.pk) in text and str(foreign.pk) not in text
    found = text_of(client, f"{list_url(model)}?{field}__id__exact={foreign.pk}")
    absent = text_of(client, f"{list_url(model)}?{field}__id__exact={foreign_free()}")
    assert "canary" not in found and str(stock.own[model].pk) not in found
    assert len(found) == len(absent)


def foreign_free() -> Any:
    """A key that no row has."""
    return Site().pk


def test_the_dates_to_choose_from_are_of_own_rows(stock: Stocked, client: Client) -> None:
    with acting_for(stock.world.southwind):
        Punch.objects.update(attendance_date="1999-12-31")
        Consent.objects.update(given_at="1999-12-31T12:00:00Z")
    assert "1999" not in text_of(client, list_url(Punch)) + text_of(client, list_url(Consent))


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_the_address_of_a_list_is_no_oracle(stock: Stocked, client: Client, lookup: str) -> None:
    assert client.get(f"{list_url(Person)}?{lookup}=a").status_code == 400


@pytest.mark.parametrize(("room", "kind", "lookup"), SECRET_LOOKUPS)
def test_no_secret_can_be_guessed_letter_by_letter(client: Client, room: str, kind: str, lookup: str) -> None:
    assert client.get(f"{ADMIN}{room}/{kind}/?{lookup}=a").status_code == 400


@pytest.mark.parametrize("field", ["external_id", "organization", "user", "user__password", "nothing"])
@pytest.mark.parametrize("page", ["", "add/"])
def test_a_row_is_referred_to_by_its_key_only(client: Client, field: str, page: str) -> None:
    assert client.get(f"{list_url(Person)}{page}?_to_field={field}&_popup=1").status_code == 400


# --- Writes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["activate", "deactivate", "move_to_department", "move_to_site"])
@pytest.mark.parametrize("across", ["0", "1"])
def test_an_action_leaves_foreign_rows_alone(stock: Stocked, client: Client, action: str, across: str) -> None:
    row = stock.foreign[Person]
    before = stored(stock.world.southwind, row)
    given = {"action": action, "select_across": across, "_selected_action": [str(row.pk)], "move": "yes", "place": ""}
    client.post(list_url(Person), given)
    assert stored(stock.world.southwind, row) == before


@pytest.mark.parametrize(("action", "model"), [("move_to_department", Department), ("move_to_site", Site)])
def test_nobody_is_moved_to_a_foreign_place(stock: Stocked, client: Client, action: str, model: Any) -> None:
    row = stock.own[Person]
    before = stored(stock.world.northwind, row)
    chosen = {"action": action, "_selected_action": [str(row.pk)], "move": "yes"}
    answer = client.post(list_url(Person), {**chosen, "place": str(stock.foreign[model].pk)})
    assert "Select a valid choice" in answer.content.decode()
    assert stock.foreign[model].name not in answer.content.decode()
    assert stored(stock.world.northwind, row) == before


def test_people_are_moved_and_deactivated_together(stock: Stocked, client: Client) -> None:
    row = stock.own[Person]
    with acting_for(stock.world.northwind):
        other = Department.objects.create(organization=stock.world.northwind, name="Other")
    chosen = {"action": "move_to_department", "_selected_action": [str(row.pk)]}
    assert "Move people" in client.post(list_url(Person), chosen).content.decode()
    client.post(list_url(Person), {**chosen, "move": "yes", "place": str(other.pk)})
    client.post(list_url(Person), {"action": "deactivate", "_selected_action": [str(row.pk)]})
    after = stored(stock.world.northwind, row)
    assert (after["department_id"], after["is_active"]) == (other.pk, False)


def test_an_organization_that_is_sent_along_is_ignored(stock: Stocked, client: Client) -> None:
    south = str(stock.world.southwind.pk)
    given = {"name": "New", "organization": south, "organization_id": south}
    assert client.post(f"{list_url(Department)}add/", given).status_code == 302
    with acting_for(stock.world.northwind):
        assert Department.objects.filter(name="New").exists()


def test_every_write_is_in_our_trail_and_none_in_djangos(stock: Stocked, client: Client) -> None:
    world = stock.world
    client.post(f"{list_url(Department)}add/", {"name": "New"})
    with acting_for(world.northwind):
        added = Department.objects.get(name="New")
    client.post(page_url(Department, added.pk), {"name": "Newer"})
    client.post(page_url(Department, added.pk, "delete"), {"post": "yes"})
    client.post(list_url(Person), {"action": "deactivate", "_selected_action": [str(stock.own[Person].pk)]})
    with acting_for(world.northwind):
        entries = AuditEntry.objects.order_by("sequence").values_list("action", "subject_id", "actor_id")
        written = [(action, actor) for action, subject, actor in entries if subject in (added.pk, world.person.pk)]
    assert [action for action, _ in written[:3]] == ["department.create", "department.change", "department.delete"]
    assert "person.change" in {action for action, _ in written}
    assert {actor for _, actor in written} == {world.alice.pk}
    assert not LogEntry.objects.exists()


def test_what_a_service_refuses_stands_on_the_form_and_is_not_half_done(stock: Stocked, client: Client) -> None:
    with acting_for(stock.world.northwind):
        owner = Membership.objects.get(user=stock.world.alice)
    answer = client.post(page_url(Membership, owner.pk), {"role": Role.EMPLOYEE, "is_active": "on"})
    assert (answer.status_code, stored(stock.world.northwind, owner)["role"]) == (200, Role.OWNER)
    assert "This is the only owner" in answer.content.decode()


def test_an_action_that_is_refused_for_one_is_done_for_none(stock: Stocked, client: Client) -> None:
    with acting_for(stock.world.northwind):
        keys = [str(key) for key in Membership.objects.values_list("pk", flat=True)]
        client.post(list_url(Membership), {"action": "suspend", "_selected_action": keys})
        assert not Membership.objects.filter(is_active=False).exists()
    assert "This is the only owner" in text_of(client, list_url(Membership))


def test_a_number_in_use_is_said_on_the_form(stock: Stocked, client: Client) -> None:
    given = {"external_id": "E1", "given_name": "Ann", "family_name": "Other", "is_active": "on"}
    answer = client.post(f"{list_url(Person)}add/", given)
    assert (answer.status_code, "exists already" in answer.content.decode()) == (200, True)


def test_a_number_of_the_other_organization_is_free(stock: Stocked, client: Client) -> None:
    with acting_for(stock.world.southwind):
        Person.objects.filter(pk=stock.world.south_person.pk).update(external_id="S77")
    given = {"external_id": "S77", "given_name": "Ann", "family_name": "Other", "is_active": "on"}
    assert client.post(f"{list_url(Person)}add/", given).status_code == 302


def test_who_has_punches_stays(stock: Stocked, client: Client) -> None:
    url = page_url(Person, stock.own[Person].pk, "delete")
    assert "is in use, so it stays" in text_of(client, url)
    client.post(url, {"post": "yes"})
    assert stored(stock.world.northwind, stock.own[Person])


def test_what_stands_on_a_row_is_counted_and_not_shown(stock: Stocked, client: Client) -> None:
    """Whoever may delete a camera may not see who punched at it."""
    with acting_for(stock.world.northwind):
        count, family = Punch.objects.filter(person=stock.own[Person]).count(), stock.own[Punch].person.family_name
    camera = text_of(client, page_url(Camera, stock.own[Camera].pk, "delete"))
    assert "is in use, so it stays" in camera and family not in camera and "/punch/" not in camera
    assert f"<li>{count} punch" in text_of(client, page_url(Person, stock.own[Person].pk, "delete"))


def test_who_has_none_can_be_deleted(stock: Stocked, client: Client) -> None:
    with acting_for(stock.world.northwind):
        Punch.objects.all().delete()
    assert client.post(page_url(Person, stock.own[Person].pk, "delete"), {"post": "yes"}).status_code == 302
    with acting_for(stock.world.northwind):
        assert not Person.objects.filter(pk=stock.own[Person].pk).exists()


def test_a_member_has_no_password_and_no_address_to_change_here(stock: Stocked, client: Client) -> None:
    fields = Markup(text_of(client, page_url(Membership, stock.own[Membership].pk))).fields
    assert not {"user", "email", "password", "organization"} & set(fields)


# --- Two tabs, and the way in and out -------------------------------------------------------------------


def test_two_tabs_with_two_organizations_do_not_mix(stock: Stocked, client: Client) -> None:
    world = stock.world
    second = found_organization(name="Eastwind", slug="eastwind", owner=world.alice)
    fields = Markup(text_of(client, f"{list_url(Department)}add/")).fields
    form = {name: value for name, value in fields.items() if not name.startswith("_")}
    text_of(client, f"{list_url(Department, 'eastwind')}add/")
    answer = client.post(f"{list_url(Department)}add/", {**form, "name": "Of the first tab"})
    assert answer["Location"] == list_url(Department)
    counts = []
    for organization in (world.northwind, second):
        with acting_for(organization):
            counts.append(Department.objects.filter(name="Of the first tab").count())
    assert counts == [1, 0]


def test_every_link_stays_in_the_organization_or_leaves_the_admin(stock: Stocked, client: Client) -> None:
    world = stock.world
    found_organization(name="Eastwind", slug="eastwind", owner=world.alice)
    for slug in ("northwind", "eastwind", "northwind"):
        links = Markup(text_of(client, f"/o/{slug}/admin/people/person/")).links
        inside = [link for link in links if "/admin/" in link and not link.startswith("/static/")]
        assert inside and all(link.startswith(f"/o/{slug}/admin/") for link in inside)
        assert "/accounts/logout/" in links and f"/o/{slug}/people/" in links


def test_the_way_in_is_in_the_navigation_of_whoever_may(world: World) -> None:
    shown = {role: ADMIN in text_of(signed_in(world.bob_as(role)), "/accounts/logout/") for role in Role}
    inside = {
        role: ADMIN in signed_in(world.bob_as(role)).get("/o/northwind/", follow=True).content.decode() for role in Role
    }
    assert {role for role in Role if inside[role]} == {Role.OWNER, Role.HR_MANAGER, Role.OPERATOR, Role.AUDITOR}
    assert not any(shown.values())


def test_a_page_after_the_admin_has_the_projects_addresses(stock: Stocked, client: Client) -> None:
    text_of(client, ADMIN)
    links = Markup(text_of(client, "/o/northwind/people/")).links
    assert "/o/northwind/sites/" in links


def test_what_is_kept_of_the_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(admin_door, "MOST_KEPT", 3)
    for number in range(8):
        slug = f"many-{number}"
        found_organization(name=slug, slug=slug, owner=world.alice)
        assert f"/o/{slug}/admin/people/person/" in text_of(signed_in(world.alice), f"/o/{slug}/admin/")
    assert len(admin_door._kept) <= 3


# --- The policy of its pages ------------------------------------------------------------------------------


def test_its_pages_have_the_headers_of_any_other_page(stock: Stocked, client: Client) -> None:
    names = ["Content-Security-Policy", "Cache-Control", "Permissions-Policy", "X-Frame-Options", "Referrer-Policy"]
    other = client.get("/o/northwind/people/")
    wanted = {name: other[name] for name in names}
    for url in pages(stock):
        answer = client.get(url)
        assert {name: answer[name] for name in names} == wanted, url


def test_no_page_needs_an_inline_script_or_style(stock: Stocked, client: Client) -> None:
    found = {url: Markup(text_of(client, url)).inline for url in pages(stock)}
    assert {url: inline for url, inline in found.items() if inline} == {}


@pytest.mark.parametrize("url", [f"{ADMIN}people/person/?_popup=1", f"{ADMIN}people/department/add/?_popup=1"])
def test_a_window_to_choose_in_needs_none_either(stock: Stocked, client: Client, url: str) -> None:
    page = Markup(text_of(client, url))
    assert page.inline == [] and "/accounts/logout/" not in page.links


def test_a_row_added_in_a_window_is_handed_back_without_a_script_in_the_page(stock: Stocked, client: Client) -> None:
    answer = client.post(f"{list_url(Department)}add/", {"name": "From a window", "_popup": "1"})
    assert (answer.status_code, Markup(answer.content.decode()).inline) == (200, [])


def test_the_markup_that_is_looked_for_would_be_found() -> None:
    bad = '<p style="x" onclick="y"></p><style></style><script>z()</script><script src="/a.js"></script>'
    assert Markup(bad).inline == ["style", "onclick", "<style>", "<script>"]


def test_a_camera_is_taken_out_of_use_and_into_it_again(stock: Stocked, client: Client) -> None:
    row = stock.own[Camera]
    seen = []
    for action in ("take_out_of_use", "take_into_use"):
        client.post(list_url(Camera), {"action": action, "_selected_action": [str(row.pk)]})
        seen.append(stored(stock.world.northwind, row)["is_active"])
    assert seen == [False, True]


def test_no_user_is_ever_offered(stock: Stocked, client: Client) -> None:
    User.objects.create_user("bystander@example.org")
    assert not [url for url in pages(stock) if "bystander" in text_of(client, url)]


def test_who_is_deleted_takes_their_face_along(world: World, client: Client) -> None:
    rows = furniture(world, world.northwind).rows
    with acting_for(world.northwind):
        Reference.objects.create(
            organization=world.northwind,
            person=world.person,
            consent=rows["session"].consent,
            session=rows["session"],
            key=held_key(world.northwind, world.person),
            space="arcface",
            ciphertext=b"x",
            face_px=100,
            sharpness=50,
            is_active=True,
        )
        before = set(GalleryVersion.objects.values_list("token", flat=True))
    client.post(page_url(Person, world.person.pk, "delete"), {"post": "yes"})
    with acting_for(world.northwind):
        assert not Reference.objects.exists() and not Person.objects.filter(pk=world.person.pk).exists()
        assert set(GalleryVersion.objects.values_list("token", flat=True)) != before
