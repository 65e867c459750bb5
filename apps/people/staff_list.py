"""Many people at once: bulk changes, the import of a list, and its export. All of it or nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from tablib import Dataset

from apps.organizations import audit
from apps.organizations.errors import WrongChoice
from apps.organizations.exports import harmless
from apps.organizations.models import Organization, Site
from apps.organizations.removal import remove
from apps.organizations.sheets import SheetRow
from apps.people.erasure import Gone, keep_out
from apps.people.models import Department, Person
from apps.people.services import save_department, save_person
from apps.people.sheet_import import COLUMNS, Known, Plan, PlannedRow, plan
from apps.people.tombstones import pseudonym


@transaction.atomic
def change_people(*, organization: Organization, people: Iterable[Person], **values: Any) -> int:
    """Give all of these people the same department, home site or activity; says how many were changed."""
    changed = 0
    for person in people:
        if any(getattr(person, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(person, name, value)
            save_person(organization=organization, person=person)
            changed += 1
    return changed


@transaction.atomic
def remove_person(*, organization: Organization, person: Person) -> None:
    """Delete somebody who was never present; no restored backup brings them back.

    Raises WrongChoice for whoever has punches, ErasureRefused where that cannot be written down.
    """
    gone = Gone(pseudonym(person), timezone.now())
    if person.is_active:  # whoever leaves takes their face along, and galleries hear of it
        person.is_active = False
        save_person(organization=organization, person=person)
    in_use = _("%(name)s has punches, so they stay. Deactivate them instead.") % {"name": person}
    remove(organization=organization, row=person, in_use=in_use)
    keep_out(organization=organization, gone=gone)


def remove_department(*, organization: Organization, department: Department) -> None:
    """Delete a department that nobody is in. Raises WrongChoice."""
    in_use = _("People are in %(name)s, so it stays. Move them first.") % {"name": department}
    remove(organization=organization, row=department, in_use=in_use)


def planned_import(*, organization: Organization, rows: Sequence[SheetRow], create_departments: bool) -> Plan:
    """What these rows would change in this organization; nothing is written."""
    return plan(rows, _known(organization), create_departments=create_departments)


@transaction.atomic
def import_people(*, organization: Organization, rows: Sequence[SheetRow], create_departments: bool) -> Plan:
    """Do what the rows say, all of it. Raises WrongChoice when the organization changed so that a row is refused."""
    planned = planned_import(organization=organization, rows=rows, create_departments=create_departments)
    if not planned.is_sound:
        raise WrongChoice(_("Nothing was imported: something here has changed since. Look at the rows again."))
    for name in planned.departments:
        save_department(organization=organization, department=Department(name=name))
    places = _Places(organization)
    people = {person.external_id: person for person in Person.objects.filter(organization=organization)}
    for row in planned.rows:
        if row.kind == "new" or row.changes:
            _save(organization, people.get(row.number) or Person(), row, places)
    counts = planned.counts
    audit.record(
        organization=organization, action="people.import", new={"new": counts["new"], "changed": counts["changed"]}
    )
    return planned


class _Places:
    """Departments and sites of the organization by name."""

    def __init__(self, organization: Organization) -> None:
        self.department = {one.name: one for one in Department.objects.filter(organization=organization)}
        self.home_site = {one.name: one for one in Site.objects.filter(organization=organization)}


def _save(organization: Organization, person: Person, row: PlannedRow, places: _Places) -> None:
    for name, value in row.values.items():
        if name == "department":
            person.department = places.department[value] if value else None
        elif name == "home_site":
            person.home_site = places.home_site[value] if value else None
        else:
            setattr(person, name, value)
    save_person(organization=organization, person=person)


def _known(organization: Organization) -> Known:
    people = Person.objects.filter(organization=organization).select_related("department", "home_site")
    return Known(
        {person.external_id: _stored(person) for person in people},
        frozenset(Department.objects.filter(organization=organization).values_list("name", flat=True)),
        frozenset(Site.objects.filter(organization=organization).values_list("name", flat=True)),
    )


def _stored(person: Person) -> dict[str, Any]:
    """A person as the columns of a list."""
    values = {name: getattr(person, name) for name in COLUMNS}
    return values | {
        "department": person.department.name if person.department else "",
        "home_site": person.home_site.name if person.home_site else "",
    }


def record_export(*, organization: Organization, form: str, rows: int) -> None:
    """Write down that people leave as a file, and how many."""
    audit.record(organization=organization, action="people.export", new={"format": form, "rows": rows})


def exported(people: "QuerySet[Person]") -> Dataset:
    """These people as a list that can be imported again; no cell is a formula."""
    rows = [_stored(person) for person in people.select_related("department", "home_site")]
    written = [
        [row[name] if name != "is_active" else ("yes" if row[name] else "no") for name in COLUMNS] for row in rows
    ]
    return harmless(Dataset(*written, headers=COLUMNS))
