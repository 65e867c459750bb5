"""Plain SQL, as the application's role: no reference without a live consent, and none left where one ended."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from apps.enrollment.consent_fence import CONSENT, REFERENCE, lower_consent_fence, raise_consent_fence
from apps.enrollment.models import Consent, EnrollmentSession, GalleryVersion, Reference
from apps.enrollment.vault import held_key
from apps.organizations.models import Organization
from apps.organizations.tenancy import acting_for
from tests.personas import World
from tests.roles import as_owner

from .conftest import add_person, agree, opened

pytestmark = pytest.mark.django_db


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key_of(value) if isinstance(value, uuid.UUID) else value for value in values])
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def key_of(pk: uuid.UUID) -> Any:
    return pk if connection.vendor == "postgresql" else pk.hex


@dataclass(frozen=True)
class Kept:
    """A reference that stands, and the consent behind it."""

    organization: Organization
    consent: Consent
    session: EnrollmentSession
    reference: Reference


@transaction.atomic
def keep(session: EnrollmentSession) -> Reference:
    """In one transaction, as a service does it: the organization's key is held until its end."""
    return Reference.objects.create(
        organization=session.organization,
        person=session.person,
        consent=session.consent,
        session=session,
        key=held_key(session.organization, session.person),
        space="s",
        ciphertext=b"sealed",
        face_px=200.0,
        sharpness=9.0,
    )


@pytest.fixture
def kept(northwind: World) -> Kept:
    session = opened(northwind.northwind, northwind.person)
    return Kept(northwind.northwind, session.consent, session, keep(session))


def withdraw(consent: Consent) -> None:
    sql(f"update {CONSENT} set withdrawn_at = current_timestamp where id = %s", consent.pk)


def put_in(kept: Kept, **other: Any) -> None:
    """The reference once more, by SQL, with these columns otherwise."""
    columns = [str(field.column) for field in Reference._meta.concrete_fields]
    [stored] = sql(f"select {', '.join(columns)} from {REFERENCE} where id = %s", kept.reference.pk)
    values = dict(zip(columns, stored, strict=True)) | {"id": uuid.uuid4()} | other
    sql(f"insert into {REFERENCE} ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))})", *values.values())


def refused(act: Callable[[], object]) -> None:
    """By the database, and by this fence: the foreign keys would let it pass."""
    with pytest.raises(IntegrityError, match="no live consent"), transaction.atomic():
        act()


class TestInsert:
    def test_with_a_live_consent_it_stands(self, kept: Kept) -> None:
        put_in(kept)
        assert Reference.objects.count() == 2

    def test_with_a_withdrawn_one_it_is_refused(self, kept: Kept) -> None:
        other = agree(kept.organization, kept.session.person)
        withdraw(other)
        refused(lambda: put_in(kept, consent_id=other.pk))

    def test_with_somebody_elses_it_is_refused(self, kept: Kept) -> None:
        other = agree(kept.organization, add_person(kept.organization, "E2"))
        refused(lambda: put_in(kept, consent_id=other.pk))

    def test_for_somebody_else_it_is_refused(self, kept: Kept) -> None:
        refused(lambda: put_in(kept, person_id=add_person(kept.organization, "E2").pk))

    def test_with_none_at_all_it_is_refused(self, kept: Kept) -> None:
        refused(lambda: put_in(kept, consent_id=uuid.uuid4()))

    def test_with_another_organizations_it_is_refused(self, kept: Kept, world: World) -> None:
        with acting_for(world.southwind):
            abroad = agree(world.southwind, world.south_person)
        with pytest.raises(IntegrityError), transaction.atomic():
            put_in(kept, consent_id=abroad.pk)

    def test_in_another_organization_it_is_refused(self, kept: Kept, world: World) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            put_in(kept, organization_id=world.southwind.pk)


class TestUpdate:
    def test_of_what_is_sealed_it_stands(self, kept: Kept) -> None:
        assert sql(f"update {REFERENCE} set is_active = %s where id = %s", True, kept.reference.pk) == [(1,)]

    @pytest.mark.parametrize("column", ["consent_id", "person_id"])
    def test_turned_to_somebody_else_it_is_refused(self, kept: Kept, column: str) -> None:
        other = add_person(kept.organization, "E2")
        to = other.pk if column == "person_id" else agree(kept.organization, other).pk
        refused(lambda: sql(f"update {REFERENCE} set {column} = %s", to))

    def test_turned_to_a_withdrawn_consent_it_is_refused(self, kept: Kept) -> None:
        other = agree(kept.organization, kept.session.person)
        withdraw(other)
        refused(lambda: sql(f"update {REFERENCE} set consent_id = %s", other.pk))


class TestTheEnd:
    def test_the_references_go_in_the_same_statement(self, kept: Kept) -> None:
        withdraw(kept.consent)
        assert sql(f"select count(*) from {REFERENCE}") == [(0,)]

    def test_those_of_another_consent_stay(self, kept: Kept) -> None:
        other = opened(kept.organization, add_person(kept.organization, "E2"))
        keep(other)
        withdraw(kept.consent)
        assert list(Reference.objects.values_list("person__external_id", flat=True)) == ["E2"]

    def test_galleries_in_memory_are_old_with_it(self, kept: Kept) -> None:
        before = GalleryVersion.objects.create(organization=kept.organization).token
        withdraw(kept.consent)
        assert GalleryVersion.objects.get().token not in (before, None)

    def test_it_cannot_be_taken_back(self, kept: Kept) -> None:
        withdraw(kept.consent)
        with pytest.raises(IntegrityError, match="does not come back"), transaction.atomic():
            sql(f"update {CONSENT} set withdrawn_at = null")

    def test_a_consent_cannot_become_somebody_elses(self, kept: Kept) -> None:
        with pytest.raises(IntegrityError, match="stays whose it is"), transaction.atomic():
            sql(f"update {CONSENT} set person_id = %s", add_person(kept.organization, "E2").pk)

    def test_the_rest_of_a_consent_can_change(self, kept: Kept) -> None:
        assert sql(f"update {CONSENT} set signature = 'x', witness_id = null") == [(1,)]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_reference_written_while_its_consent_ends_does_not_outlive_it(kept: Kept) -> None:
    """The end waits for the reference that another transaction is just writing, and takes it along."""

    def end() -> None:
        try:
            with acting_for(kept.organization), transaction.atomic():
                withdraw(kept.consent)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            put_in(kept)
            ending = pool.submit(end)
            with pytest.raises(TimeoutError):
                ending.result(0.5)
        ending.result(20)
    assert Reference.objects.count() == 0


class TestMigrations:
    @pytest.mark.embedded
    def test_one_finds_no_trigger_in_its_way_and_leaves_them_standing(self) -> None:
        names = "select name, sql from sqlite_master where type = 'trigger' and name like 'consent%%' order by 1"
        before = sql(names)
        lower_consent_fence()
        assert sql(names) == []
        raise_consent_fence()
        assert sql(names) == before and len(before) == 4

    def test_putting_it_up_again_changes_nothing(self, kept: Kept) -> None:
        with as_owner():
            raise_consent_fence()
        refused(lambda: put_in(kept, consent_id=uuid.uuid4()))

    @pytest.mark.services
    def test_the_app_cannot_take_it_down(self, kept: Kept) -> None:
        with pytest.raises(DatabaseError, match="must be owner"), transaction.atomic():
            sql(f"alter table {REFERENCE} disable trigger all")
