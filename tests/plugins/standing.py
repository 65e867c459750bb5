"""Rows that a whole class or module of tests reads: made once, undone after its last test.

Each test's own writes are undone after it, as ever, inside the block that holds these rows. Not for tests that commit.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

FAST = "django.contrib.auth.hashers.MD5PasswordHasher"
Standing = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def standing(django_db_setup: None, django_db_blocker: Any) -> Standing:
    """`with standing(): yield make()` in a fixture of a class or a module."""

    @contextmanager
    def block() -> Iterator[None]:
        with django_db_blocker.unblock(), transaction.atomic():
            with override_settings(PASSWORD_HASHERS=[FAST]):
                yield
            transaction.set_rollback(True)

    return block
