"""Every key under which the product keeps something for a while, in the cache or in the short store."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.core.cache.backends.base import BaseCache

from apps.recognition.short_store import short_store

UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
ADDRESS = r"[0-9a-f.:]*(?:/\d+)?"
LIMIT = r"allauth:rl:[\w.]+:[a-z_]+:[\d/.]+"
# Reviewed: whom a key is about stands in it; {own} is the organization that is acted for.
OWNED = {
    r"organization\.{own}\..+": "its frames, approaches and questions",
    rf"api:{{own}}:{UUID}:\d+": "the calls of one of its programs in a minute",
    rf"pairing\.wrong\.{ADDRESS}": "wrong pairing codes from an address, or (empty) from anywhere",
    rf"{LIMIT}/ip:ip:{ADDRESS}(:lock)?": "a limit of an address",
    rf"{LIMIT}/user:user:{UUID}(:lock)?": "a limit of an account",
    rf"{LIMIT}/key:[0-9a-f]{{64}}(:lock)?": "a limit of an account from an address",
}
# The ways to the short store, each with its key first.
STORED = ("put", "take", "peek", "count", "hold", "holder")


@contextmanager
def noting_keys() -> Iterator[set[str]]:
    """The keys that are asked for or written meanwhile."""
    keys: set[str] = set()
    store = type(short_store())
    make = BaseCache.make_and_validate_key

    def noted(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
        keys.add(key)
        return make(self, key, *args, **kwargs)

    def noting(plain: Any) -> Any:
        def run(self: Any, key: str, *args: Any, **kwargs: Any) -> Any:
            keys.add(key)
            return plain(self, key, *args, **kwargs)

        return run

    with (
        mock.patch.object(BaseCache, "make_and_validate_key", noted),
        mock.patch.multiple(store, **{name: noting(getattr(store, name)) for name in STORED}),
    ):
        yield keys


def unowned(keys: set[str], own: Any) -> list[str]:
    """Those that neither belong to this organization nor were reviewed."""
    patterns = [one.replace("{own}", str(own)) for one in OWNED]
    return sorted(key for key in keys if not any(re.fullmatch(pattern, key) for pattern in patterns))
