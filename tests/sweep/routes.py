"""Every address there is, read off the URLconf: prefixes, converters and regular expressions alike."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SAFE = ("GET", "HEAD", "OPTIONS")
ARGUMENT = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>(?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Route:
    """One URL pattern: its text with the arguments still in it, and the view behind it."""

    text: str
    key: str  # as a ResolverMatch names it
    name: str
    view: Callable[..., Any]

    @property
    def arguments(self) -> list[str]:
        return [found["name"] or found["group"] for found in ARGUMENT.finditer(self.text)]

    @property
    def is_inside(self) -> bool:
        """Whether it names an organization."""
        return "slug" in self.arguments

    def url(self, values: dict[str, str]) -> str:
        """The address with these values in it."""
        return "/" + ARGUMENT.sub(lambda found: values[found["name"] or found["group"]], self.text)

    def __str__(self) -> str:
        return f"/{self.text}"


def routes(urlconf: str | None = None) -> list[Route]:
    """Every route of the URLconf, in its order."""
    found = {route.text: route for route in _below(get_resolver(urlconf), "", "", "")}
    return list(found.values())


def _below(resolver: URLResolver, prefix: str, outer: str, namespace: str) -> Iterator[Route]:
    for one in resolver.url_patterns:
        text, key = prefix + _text(one), outer + str(one.pattern).removeprefix("^" if outer else "")
        if isinstance(one, URLPattern):
            yield Route(text, key, namespace + (one.name or ""), one.callback)
        else:
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _below(one, text, key, inner)


def _text(one: URLPattern | URLResolver) -> str:
    words = str(one.pattern)
    words = re.sub(r"^\^|\\Z$|(?<!\\)\$$", "", words)
    return words.replace(r"\.", ".").replace("/?", "/").replace(r"\-", "-")
