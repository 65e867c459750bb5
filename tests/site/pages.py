"""Every address of the site, found by walking the URLconf and filled with the rows of the world; nothing is listed."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from apps.organizations.models import Organization
from apps.organizations.tenancy import GuardedModel, acting_for
from tests.house.addresses import ROWS

Rows = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One URL pattern: its name, its text with a <name> for each parameter, and its view."""

    name: str
    text: str
    view: Callable[..., Any]


def routes() -> list[Route]:
    """Every URL pattern of the site, in the order of the URLconf."""
    return list(_below(get_resolver(), "", "/"))


def _below(resolver: URLResolver, namespace: str, before: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        text = before + _text(one.pattern)
        if isinstance(one, URLPattern):
            yield Route(namespace + (one.name or ""), text, one.callback)
        else:
            yield from _below(one, f"{namespace}{one.namespace}:" if one.namespace else namespace, text)


def _text(pattern: Any) -> str:
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(pattern))
    return simplify_regex(str(pattern)).lstrip("/")


def address(route: Route, organization: Organization, rows: Rows) -> str:
    """The route with rows of this organization where it wants any, and with something well formed elsewhere."""
    return re.sub(r"<(\w+)>", lambda found: _value(found[1], route, organization, rows), route.text)


def _value(parameter: str, route: Route, organization: Organization, rows: Rows) -> str:
    if parameter in ("slug", "organization"):
        return organization.slug
    if parameter == "pk" and route.name in ROWS:
        return str(rows[ROWS[route.name]].pk)
    if parameter == "object_id":
        return _row_of_admin(route.name, organization)
    fixed = {"form": "csv", "app_label": "people", "pk": str(uuid.uuid4())}
    return fixed.get(parameter, "x")


def _row_of_admin(name: str, organization: Organization) -> str:
    """The first row of the model whose admin page this is."""
    label, _, model_name = name.rpartition(":")[2].rpartition("_")[0].partition("_")
    if not label:  # an old form of address, which leads on
        return str(uuid.uuid4())
    model = apps.get_model(label, model_name)
    with acting_for(organization):
        row = model.objects.first() if issubclass(model, GuardedModel) else None
    return str(row.pk if row else uuid.uuid4())
