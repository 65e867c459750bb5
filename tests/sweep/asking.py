"""One request, undone afterwards: its answer with all that could carry a word out, and what it wrote."""

import io
import logging
import traceback
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.core import mail
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import TestCase
from django.urls import reverse

from apps.enrollment.gallery import forget_galleries
from tests.sweep.actors import Actor
from tests.sweep.bodies import Body
from tests.sweep.oracle import Leak, Oracle, Writes, spy_on_writes

NO_BODY = Body()
UNDOING = "undone"


@dataclass
class Answer:
    """What came back and what it did."""

    method: str
    status: int
    kind: str
    page: str
    heard: str
    writes: Writes
    wrote: str = ""
    error: str = ""
    url: str = ""

    @property
    def is_fine(self) -> bool:
        """Answered; neither sent to sign in, nor a form that came back with its errors."""
        to_sign_in = not self.writes.facts and any(
            f"'Location': '{reverse(name)}" in self.heard for name in ("account_login", "account_reauthenticate")
        )
        return self.status < 400 and not to_sign_in and not self.is_form_again

    @property
    def is_form_again(self) -> bool:
        """Whether a form came back with its errors."""
        return self.method == "POST" and any(mark in self.page for mark in ("errorlist", "is-invalid", "errornote"))


class Listener(logging.Handler):
    """Keeps what is logged while a request runs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def listening() -> Iterator[Listener]:
    listener, root = Listener(), logging.getLogger()
    root.addHandler(listener)
    try:
        yield listener
    finally:
        root.removeHandler(listener)


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint that is always rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Asker:
    """Sends requests; with an oracle, also says what B lost by them."""

    def __init__(self, oracle: Oracle | None = None) -> None:
        self.oracle = oracle
        self.requests = 0
        self.errors: list[str] = []

    def ask(self, actor: Actor, method: str, url: str, body: Body = NO_BODY) -> Answer:
        """The answer of this request."""
        self.requests += 1
        cache.clear()
        forget_galleries()
        client = actor.client()
        mail.outbox = []
        errors: list[str] = []

        def note(sender: Any, request: Any, **kwargs: Any) -> None:
            errors.append(traceback.format_exc(limit=-3))

        got_request_exception.connect(note)
        try:
            with undone(), spy_on_writes() as writes, listening() as log:
                path = url.encode().decode("latin-1")
                sent = body.sent() if method in {"POST", "PUT", "PATCH", "DELETE"} else {}
                if method in {"PUT", "PATCH", "DELETE"} and not body.is_json:
                    sent = {}
                with TestCase.captureOnCommitCallbacks(execute=True):
                    response = getattr(client, method.lower())(path, **sent)
                answer = self._answer(method, response, writes, log, f"{url} {body.words}")
                answer.url = url
        finally:
            got_request_exception.disconnect(note)
        answer.error = "".join(errors)
        return answer

    def _answer(self, method: str, response: Any, writes: Writes, log: Listener, said: str) -> Answer:
        content = whole(response)
        kind = response.headers.get("Content-Type", "")
        page = content.decode("latin-1" if content[:2] == b"PK" else "utf-8", "replace")
        heard = [page, *unpacked(content), repr(dict(response.headers)), response.cookies.output(), *log.lines]
        heard += [f"{one.subject} {one.body} {one.recipients()}" for one in mail.outbox]
        wrote = self.oracle.written(writes, said) if self.oracle else ""
        return Answer(method, response.status_code, kind, page, "\n".join(heard), writes, wrote)

    def attack(self, actor: Actor, method: str, url: str, body: Body = NO_BODY) -> tuple[Answer, list[Leak]]:
        """The answer, and every leak in it."""
        assert self.oracle is not None
        answer = self.ask(actor, method, url, body)
        where = f"{method} {url}" + (f" {body.words[:200]}" if body.values else "")
        leaks = []
        seen = answer.heard
        for known in actor.excused:
            seen = seen.replace(known, "")
        if shown := self.oracle.read(seen, f"{url} {body.words}"):
            leaks.append(Leak("READ", actor.name, where, shown))
        if answer.wrote:
            leaks.append(Leak("WRITE", actor.name, where, answer.wrote))
        if answer.status >= 500:
            leaks.append(Leak("ERROR", actor.name, where, answer.error[-300:]))
        return answer, leaks


def whole(response: Any) -> bytes:
    """The bytes of an answer, streamed or not."""
    if not response.streaming:
        return bytes(response.content)

    async def gathered() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    return async_to_sync(gathered)() if response.is_async else b"".join(response.streaming_content)


def unpacked(content: bytes) -> list[str]:
    """The files of an archive, such as a spreadsheet."""
    if content[:2] != b"PK":
        return []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
