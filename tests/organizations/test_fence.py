"""The second fence: what plain SQL can do with another organization's rows, table by table and key by key."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from apps.organizations.fence import (
    APP_ROLE,
    crossing_keys,
    each_organization,
    guarded_models,
    lower_fence,
    raise_fence,
    short,
)
from apps.organizations.models import Organization, Site
from apps.organizations.tenancy import acting_for
from tests.personas import World
from tests.plugins.standing import Standing
from tests.roles import as_owner
from tests.sweep.rows import Place, found, furnish

TABLES = guarded_models()
KEYS = [key for model in TABLES for key in crossing_keys(model)]
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Both:
    """Two organizations with one row of every table each."""

    own: Place
    foreign: Place


@pytest.fixture(scope="class")
def both(standing: Standing) -> Iterator[Both]:
    with standing():
        yield Both(furnish(found("OWN")), furnish(found("FOREIGN")))


def label(one: Any) -> str:
    return str(one) if isinstance(one, models.Field) else one._meta.label


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def stored(model: type[models.Model], row: Any) -> dict[str, Any]:
    """The row's columns as the database holds them."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    [values] = sql(f"select {', '.join(columns)} from {model._meta.db_table} where id = %s", key_of(row.pk))
    return dict(zip(columns, values, strict=True))


def key_of(pk: uuid.UUID) -> Any:
    return pk if connection.vendor == "postgresql" else pk.hex


def insert(model: type[models.Model], values: dict[str, Any]) -> None:
    places = ", ".join(["%s"] * len(values))
    sql(f"insert into {model._meta.db_table} ({', '.join(values)}) values ({places})", *adapted(values))


def adapted(values: dict[str, Any]) -> list[Any]:
    """JSON columns come out of psycopg as lists; they go in as text."""
    return [str(value).replace("'", '"') if isinstance(value, list | dict) else value for value in values.values()]


def judged() -> None:
    """Have deferred keys looked at now, not at the end of the test."""
    connection.check_constraints()


# What else of the row has to give way, so that the fence is what refuses it.
ALONG: dict[str, dict[str, Any]] = {
    "people.Responsibility.site": {"department_id": None},
    "attendance.Punch.person": {"number": 99},
    "attendance.PinLock.camera": {"number": "99"},
    "attendance.SpoofCount.test": {"species": "monitor"},
    "enrollment.PersonKey.person": {"version": 99},
}


# Looked at by a trigger of their own before the fence gets to see the row (apps/enrollment/consent_fence.py).
REFUSED_BEFORE = {"enrollment.Reference.consent", "enrollment.Reference.person", "enrollment.Consent.person"}


def turned(both: Both, key: Any) -> dict[str, Any]:
    """The columns that turn this key of the own row abroad; who is there already once only makes room."""
    if key.unique:
        with acting_for(both.foreign.organization):
            sql(f"delete from {key.model._meta.db_table} where id = %s", key_of(both.foreign.rows[key.model].pk))
    abroad = key_of(both.foreign.rows[key.related_model].pk)
    return {**ALONG.get(label(key), {}), key.column: abroad}


class TestKeysThatCross:
    """Both databases."""

    def test_the_keys_are_found(self) -> None:
        assert len(KEYS) > 25

    @pytest.mark.parametrize("key", KEYS, ids=label)
    def test_a_row_that_crosses_is_refused(self, both: Both, key: Any) -> None:
        model, columns = key.model, turned(both, key)
        with acting_for(both.own.organization), pytest.raises(IntegrityError) as refused, transaction.atomic():
            row = stored(model, both.own.rows[model])
            sql(f"delete from {model._meta.db_table} where id = %s", row["id"])
            insert(model, row | columns)
            judged()
        assert_names_the_fence(str(refused.value), key)

    @pytest.mark.parametrize("key", KEYS, ids=label)
    def test_a_key_that_is_turned_abroad_is_refused(self, both: Both, key: Any) -> None:
        columns, pk = turned(both, key), key_of(both.own.rows[key.model].pk)
        changes = ", ".join(f"{name} = %s" for name in columns)
        with acting_for(both.own.organization), pytest.raises(IntegrityError) as refused, transaction.atomic():
            sql(f"update {key.model._meta.db_table} set {changes} where id = %s", *columns.values(), pk)
            judged()
        assert_names_the_fence(str(refused.value), key)

    def test_the_same_row_put_back_is_no_crossing(self, both: Both) -> None:
        with acting_for(both.own.organization):
            row = stored(Site, both.own.rows[Site])
            sql("delete from organizations_site where id = %s", row["id"])
            insert(Site, row)
            judged()


def assert_names_the_fence(words: str, key: Any) -> None:
    table = key.model._meta.db_table
    fence = short(f"{table}_{key.column}_own") if connection.vendor == "postgresql" else "another organization"
    if label(key) in REFUSED_BEFORE and "consent" in words:
        assert connection.vendor != "postgresql" or sql("select 1 from pg_constraint where conname = %s", fence)
        return
    assert fence in words and table in words


def test_a_row_cannot_change_its_organization(both: Both) -> None:
    abroad = key_of(both.foreign.organization.pk)
    with acting_for(both.own.organization), pytest.raises(DatabaseError), transaction.atomic():
        sql("update organizations_site set organization_id = %s", abroad)


@pytest.mark.django_db(transaction=True)
class TestDataMigration:
    @pytest.fixture
    def both(self, transactional_db: None) -> Both:
        return Both(furnish(found("OWN")), furnish(found("FOREIGN")))

    def test_every_organization_is_changed(self, both: Both) -> None:
        historical = MigrationExecutor(connection).loader.project_state().apps
        with as_owner(), connection.schema_editor() as editor:
            for organization_id in each_organization(historical, editor):
                sites = historical.get_model("organizations", "Site").objects
                sites.filter(organization=organization_id).update(time_zone="UTC")
        for place in (both.own, both.foreign):
            with acting_for(place.organization):
                assert set(Site.objects.values_list("time_zone", flat=True)) == {"UTC"}

    @pytest.mark.services
    def test_without_it_nothing_is_changed_even_by_the_owner(self, both: Both) -> None:
        with as_owner():
            assert sql("update organizations_site set time_zone = 'UTC'") == [(0,)]


def test_putting_the_fence_up_again_changes_nothing(db: None) -> None:
    with as_owner(), CaptureQueriesContext(connection) as asked:
        raise_fence()
    assert [one["sql"] for one in asked if one["sql"].split()[0].lower() in {"create", "alter", "drop"}] == []


@pytest.mark.embedded
def test_a_migration_finds_no_trigger_in_its_way_and_leaves_them_all_standing(db: None) -> None:
    names = "select name from sqlite_master where type = 'trigger' and name like 'own!_%%' escape '!' order by 1"
    before = sql(names)
    lower_fence()
    assert sql(names) == []
    raise_fence()
    assert sql(names) == before and len(before) > 2 * len(KEYS)


@pytest.mark.services
class TestRowLevelSecurity:
    """Plain SQL of the application's role: the guard is not there to help."""

    def test_the_tests_run_as_the_app(self, db: None) -> None:
        assert sql("select current_user") == [(APP_ROLE,)]

    def test_the_app_may_not_pass_the_policies_and_owns_no_table(self, db: None) -> None:
        assert sql("select rolbypassrls, rolsuper from pg_roles where rolname = current_user") == [(False, False)]
        assert sql("select count(*) from pg_tables where tableowner = current_user") == [(0,)]

    def test_the_app_changes_no_table(self, db: None) -> None:
        with pytest.raises(DatabaseError, match="must be owner"), transaction.atomic():
            sql("alter table organizations_site disable row level security")

    @pytest.mark.parametrize("model", TABLES, ids=label)
    def test_it_is_forced(self, db: None, model: type[models.Model]) -> None:
        asked = "select relrowsecurity, relforcerowsecurity from pg_class where relname = %s"
        assert sql(asked, model._meta.db_table) == [(True, True)]

    @pytest.mark.parametrize("model", TABLES, ids=label)
    def test_nothing_is_seen_while_nobody_is_acted_for(self, both: Both, model: type[models.Model]) -> None:
        assert sql(f"select count(*) from {model._meta.db_table}") == [(0,)]

    @pytest.mark.parametrize("model", TABLES, ids=label)
    def test_the_owner_of_the_table_sees_nothing_either(self, both: Both, model: type[models.Model]) -> None:
        with as_owner():
            assert sql(f"select count(*) from {model._meta.db_table}") == [(0,)]

    @pytest.mark.parametrize("model", TABLES, ids=label)
    def test_only_own_rows_are_seen(self, both: Both, model: type[models.Model]) -> None:
        column = "id" if model is Organization else "organization_id"
        with acting_for(both.own.organization):
            assert sql(f"select distinct {column} from {model._meta.db_table}") == [(both.own.organization.pk,)]

    @pytest.mark.parametrize("act", ["update {} set id = id where id = %s", "delete from {} where id = %s"])
    @pytest.mark.parametrize("model", TABLES, ids=label)
    def test_a_foreign_row_is_not_touched(self, both: Both, model: type[models.Model], act: str) -> None:
        with acting_for(both.own.organization):
            assert touched(act.format(model._meta.db_table), both.foreign.rows[model].pk) == 0

    @pytest.mark.parametrize("model", TABLES, ids=label)
    def test_a_foreign_row_is_not_inserted(self, both: Both, model: type[models.Model]) -> None:
        with acting_for(both.foreign.organization):
            row = stored(model, both.foreign.rows[model])
        refusal = pytest.raises(DatabaseError, match="row-level security")
        with acting_for(both.own.organization), refusal, transaction.atomic():
            insert(model, row | {"id": uuid.uuid4()})


def touched(statement: str, pk: uuid.UUID) -> int:
    """Rows changed; a table that may only be appended to refuses the statement itself."""
    try:
        with transaction.atomic():
            return int(sql(statement, pk)[0][0])
    except DatabaseError as refused:
        assert "permission denied" in str(refused)
        return 0


def seen() -> set[uuid.UUID]:
    return {row[0] for row in sql("select organization_id from organizations_site")}


@pytest.fixture
def two(world: World) -> Iterator[tuple[Organization, Organization]]:
    yield world.northwind, world.southwind


@pytest.mark.services
class TestTheSightOfAStatement:
    """What is set, when, and for how long."""

    def test_it_changes_within_one_transaction(self, two: tuple[Organization, Organization]) -> None:
        north, south = two
        with transaction.atomic():
            for one in (north, south, north):
                with acting_for(one):
                    assert seen() == {one.pk}
            assert seen() == set()

    def test_it_is_set_again_after_a_savepoint_went_back(self, two: tuple[Organization, Organization]) -> None:
        north, south = two
        with acting_for(north):
            assert seen() == {north.pk}
            with pytest.raises(IntegrityError), transaction.atomic(), acting_for(south):
                assert seen() == {south.pk}
                raise IntegrityError
            assert seen() == {north.pk}

    def test_a_savepoint_set_by_hand_is_no_exception(self, two: tuple[Organization, Organization]) -> None:
        north, south = two
        with acting_for(south):
            point = transaction.savepoint()
        with acting_for(north):
            assert seen() == {north.pk}
            transaction.savepoint_rollback(point)
            assert seen() == {north.pk}

    def test_a_failed_statement_leaves_the_way_back_open(self, two: tuple[Organization, Organization]) -> None:
        north, _ = two
        with acting_for(north):
            with pytest.raises(DatabaseError), transaction.atomic():
                sql("select 1/0")
            assert seen() == {north.pk}

    @pytest.mark.django_db(transaction=True)
    def test_outside_a_transaction_it_lasts_for_one_statement(self, two: tuple[Organization, Organization]) -> None:
        north, _ = two
        with acting_for(north):
            assert seen() == {north.pk}
        assert connection.connection.execute("select count(*) from organizations_site").fetchone() == (0,)
        assert not connection.in_atomic_block

    @pytest.mark.django_db(transaction=True)
    def test_a_cursor_on_the_server_reads_on(self, two: tuple[Organization, Organization]) -> None:
        north, _ = two
        with acting_for(north):
            assert [site.organization_id for site in Site.objects.iterator(chunk_size=1)] == [north.pk]

    @pytest.mark.django_db(transaction=True)
    def test_it_begins_anew_with_each_transaction(self, two: tuple[Organization, Organization]) -> None:
        north, south = two
        with acting_for(north), transaction.atomic():
            assert seen() == {north.pk}
        with transaction.atomic():
            assert seen() == set()
        with acting_for(south), transaction.atomic():
            assert seen() == {south.pk}
