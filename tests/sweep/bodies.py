"""Bodies as a browser or a program makes them: forms off the page, JSON by the serializer; then one field changed.

A body that is refused for its form proves nothing, so each attack starts from one that was accepted with own ids.
"""

import itertools
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.organizations.models import Invitation, Role, Site
from apps.people.models import Department
from tests.sweep.rows import Place, guarded_models

counter = itertools.count(1)
LATELY = timedelta(hours=1)


@dataclass
class Field:
    """One control of a form."""

    name: str
    kind: str
    value: str = ""
    required: bool = False
    chosen: bool = False
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form of a page."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)


class PageReader(HTMLParser):
    """Collects the forms and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.loose: list[tuple[str, Field]] = []
        self.ids: dict[str, Form] = {}
        self.links: list[str] = []
        self.select: Field | None = None
        self.inside: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self.inside = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.inside)
            self.ids[given.get("id", "")] = self.inside
        elif tag == "option" and self.select:
            self.select.options.append(given.get("value", ""))
            if "selected" in given:
                self.select.value = given.get("value", "")
        elif tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self._add(tag, given)

    def _add(self, tag: str, given: dict[str, str]) -> None:
        kind = tag if tag in {"select", "textarea", "button"} else given.get("type", "text")
        one = Field(given["name"], kind, given.get("value", ""), "required" in given, "checked" in given)
        if "form" in given:
            self.loose.append((given["form"], one))
        elif self.inside:
            self.inside.fields.append(one)
        self.select = one if tag == "select" else self.select

    def handle_data(self, data: str) -> None:
        last = self.inside.fields[-1] if self.inside and self.inside.fields else None
        if last and last.kind == "textarea" and self.lasttag == "textarea":
            last.value += data.strip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "select":
            self.select = None


def read_page(words: str) -> PageReader:
    reader = PageReader()
    reader.feed(words)
    for name, one in reader.loose:
        if name in reader.ids:
            reader.ids[name].fields.append(one)
    return reader


@dataclass(frozen=True)
class Body:
    """What is sent: form fields or a JSON object."""

    values: dict[str, Any] = field(default_factory=dict)
    is_json: bool = False

    def with_(self, **values: Any) -> "Body":
        return replace(self, values={**self.values, **values})

    @property
    def words(self) -> str:
        """What it says, for what it is then allowed to hear back."""
        return json.dumps(self.values, default=lambda value: getattr(value, "words", str(value)))

    def sent(self) -> dict[str, Any]:
        """As the test client takes it."""
        if self.is_json:
            return {"data": json.dumps(self.values), "content_type": "application/json"}
        files = {
            name: SimpleUploadedFile(one.name, one.content)
            for name, one in self.values.items()
            if isinstance(one, Upload)
        }
        return {"data": {**self.values, **files}}


@dataclass(frozen=True)
class Upload:
    """A file in a body."""

    name: str
    content: bytes

    def file(self) -> SimpleUploadedFile:
        return SimpleUploadedFile(self.name, self.content)

    @property
    def words(self) -> str:
        return self.content.decode("latin-1")


def filled(form: Form, recipes: dict[str, Any], own: Place) -> Body:
    """The form as somebody fills it in: what it holds is kept, what is empty gets a value of its type."""
    values: dict[str, Any] = {}
    for one in form.fields:
        value = recipes[one.name] if one.name in recipes else value_for(one, own)
        if value is not None:
            values[one.name] = [*values[one.name], value] if isinstance(values.get(one.name), list) else value
    return Body(values)


def value_for(one: Field, own: Place) -> Any:
    """What somebody puts into this control."""
    if one.kind in {"submit", "button", "reset", "image", "file"}:
        return None
    if one.kind in {"checkbox", "radio"}:
        return (one.value or "on") if one.chosen or one.required or one.name == "_selected_action" else None
    if one.value:
        return one.value
    if one.kind == "select":
        return next((option for option in one.options if option), named_row(one.name, own) or "")
    return typed(one)


def typed(one: Field) -> str:
    n = next(counter)
    lately = timezone.now() - LATELY
    words = {
        "hidden": "",
        "email": f"new{n}@example.org",
        "number": "1",
        "password": "a-long-Passphrase-71",
        "date": f"{lately:%Y-%m-%d}" if one.required else "",
        "time": f"{lately:%H:%M}" if one.required else "",
        "datetime-local": f"{lately:%Y-%m-%dT%H:%M}",
        "search": "",
    }
    return words.get(one.kind, f"New {n}")


def from_serializer(view: Any, own: Place) -> Body | None:
    """A valid body for a DRF view, by the types of its serializer's fields."""
    cls = getattr(view, "cls", None)
    serializer = getattr(cls, "serializer_class", None)
    if serializer is None:
        return None
    writable = {name: one for name, one in serializer().get_fields().items() if not one.read_only}
    return Body({name: json_value(name, one, own) for name, one in writable.items()}, is_json=True)


def json_value(name: str, one: Any, own: Place) -> Any:
    """A value for this field of a serializer."""
    n = next(counter)
    model = getattr(getattr(one, "queryset", None), "model", None)
    if model is not None:
        return str(own.rows[model].pk)
    if getattr(one, "choices", None):
        return next(iter(one.choices))
    kind = type(one).__name__
    values = {
        "BooleanField": True,
        "IntegerField": 1,
        "FloatField": 1.0,
        "DateTimeField": (timezone.now() - LATELY).isoformat(),
        "DateField": f"{timezone.now():%Y-%m-%d}",
        "EmailField": f"new{n}@example.org",
        "JSONField": {},
        "ListField": [],
        "UUIDField": named_row(name, own) or str(uuid.uuid4()),
    }
    return values.get(kind, f"new-{n}")


def named_row(name: str, own: Place) -> str | None:
    """The key of the own row that a field of this name means."""
    words = name.removesuffix("_id").replace("_", "")
    return next((str(row.pk) for model, row in own.rows.items() if model._meta.model_name == words), None)


def crossed(body: Body, a: Place, b: Place) -> Iterator[tuple[str, Body]]:
    """Each body that differs from an accepted one in a single field, which names B's row or address instead of A's."""
    for name, value in body.values.items():
        if isinstance(value, Upload):
            theirs = swapped(value.words, a, b)
            if theirs != value.words:
                yield name, body.with_(**{name: Upload(value.name, theirs.encode("latin-1"))})
        elif isinstance(value, str) and "@" in value:
            for address in (b.users[Role.OWNER].email, b.rows[Invitation].email):
                yield name, body.with_(**{name: address})
        else:
            words = json.dumps(value)
            theirs = swapped(words, a, b)
            if theirs != words:
                yield name, body.with_(**{name: json.loads(theirs)})


def swapped(words: str, a: Place, b: Place) -> str:
    """The same words with B's keys in place of A's."""
    for model, row in a.rows.items():
        if model in b.rows:
            words = words.replace(str(row.pk), str(b.rows[model].pk))
    for model in (Department, Site):  # which a sheet names, having no keys
        words = words.replace(str(a.rows[model]), str(b.rows[model]))
    return words


def with_more(body: Body, b: Place) -> Body:
    """The body with everything added that a careless form would assign: the organization, and every kind of row."""
    more: dict[str, Any] = {}
    for model in guarded_models():
        name = str(model._meta.model_name)
        more |= {name: str(b.rows[model].pk), f"{name}_id": str(b.rows[model].pk)}
    more |= {"organization": str(b.organization.pk), "organization_id": str(b.organization.pk)}
    return body.with_(**{name: value for name, value in more.items() if name not in body.values})
