import os
import socket

import pytest

from scripts import run
from scripts.environment import Failed

pytestmark = pytest.mark.twice


def test_the_port_is_8000_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert run.port() == 8000


def test_the_port_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8001")
    assert run.port() == 8001


@pytest.mark.parametrize("given", ["http", "0", "65536", "-1", "80 80"])
def test_it_refuses_what_is_no_port(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", given)
    with pytest.raises(Failed, match="is not a port"):
        run.port()


def test_a_taken_port_is_named_with_another_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(Failed, match=f"Port {taken} is taken. Choose another one: PORT={taken + 1} make run"):
            run.refuse_taken(taken)


def test_a_free_port_is_taken_without_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    run.refuse_taken(free)


def test_the_server_is_started_last(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setattr(run, "refuse_taken", lambda number: None)
    monkeypatch.setattr(run, "install", done.append)
    monkeypatch.setattr(run, "install_node_modules", lambda: done.append("npm"))
    monkeypatch.setattr(run, "manage", lambda *arguments: done.append(arguments[0]))
    monkeypatch.setattr(os, "execv", lambda path, arguments: done.extend(arguments[-3:]))
    run.serve()
    assert done == ["packaged", "npm", "migrate", "first_run", "serve", "--port", "8123"]
