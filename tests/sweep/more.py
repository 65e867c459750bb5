"""Other requests to the staff admin: bulk actions, the choices of a field, popups, the second step of an import."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from apps.organizations.models import Site
from apps.people.models import Department, Person
from tests.sweep.actors import Actor
from tests.sweep.asking import Asker
from tests.sweep.bodies import Body, read_page
from tests.sweep.recipes import sheet
from tests.sweep.rows import Place

More = tuple[str, str, str, Body]
PEOPLE = "staff:people_person_changelist"
IMPORT = "staff:people_person_import"
CHOICES = "?app_label=people&model_name=person&field_name="


def more_of(control: Any) -> Iterator[More]:
    """The name of a route, the method, the query and the body; asked as the owner of A."""
    a: Place = control.a
    for across in ("0", "1"):
        for action, more in actions(a):
            chosen = {"action": action, "select_across": across, ACTION_CHECKBOX_NAME: [str(a.rows[Person].pk)]}
            yield PEOPLE, "POST", "", Body(chosen | more)
    for field in ("department", "home_site"):
        yield "staff:autocomplete", "GET", f"{CHOICES}{field}&term=", Body()
    for name in ("staff:people_department_add", "staff:people_person_add"):
        yield name, "GET", "?_popup=1", Body()
    yield "staff:people_department_add", "POST", "?_popup=1", Body({"name": "New", "_popup": "1"})
    yield IMPORT, "POST", "", Body({"rows": sealed_rows(control.asker, control.people[0], a)})


def actions(a: Place) -> list[tuple[str, dict[str, str]]]:
    """Every bulk action on people, as its page sends it; a move asks where to, then is told."""
    moves = {"move_to_department": Department, "move_to_site": Site}
    told = [(name, {"move": "1", "place": str(a.rows[model].pk)}) for name, model in moves.items()]
    return [("activate", {}), ("deactivate", {}), *((name, {}) for name in moves), *told]


def sealed_rows(asker: Asker, actor: Actor, place: Place) -> str:
    """The rows of an upload as its preview holds them for the second step."""
    url = f"/o/{place.slug}/admin/people/person/import/"
    page = asker.ask(actor, "POST", url, Body({"sheet": sheet(place)})).page
    return next(one.value for form in read_page(page).forms for one in form.fields if one.name == "rows")
