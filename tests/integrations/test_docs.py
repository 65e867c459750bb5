"""docs/api.md: its examples run as they are printed, and what it lists is what there is."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from apps.organizations.api_door import MOST_BYTES, Scope
from tests.integrations.programs import ALL, Program, program_of
from tests.personas import World

DOCS = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text()
EXAMPLES = "\n".join(re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL))
COMMANDS = [line for line in re.sub(r"\\\n", "", EXAMPLES).splitlines() if line]


def answers(url: str, secret: str) -> list[str]:
    """What each example prints after its status."""
    environment = {**os.environ, "URL": url, "SECRET": secret, "no_proxy": "*"}
    found = []
    for command in COMMANDS:
        asked = command.replace("curl", "curl --silent --show-error --write-out '\\n%{http_code}'", 1)
        ran = subprocess.run(["/bin/sh", "-c", asked], env=environment, capture_output=True, text=True, timeout=30)
        assert ran.returncode == 0, ran.stderr
        found.append(ran.stdout)
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_examples_run_as_printed(world: World, live_server: object) -> None:
    program = program_of(world.northwind, world.alice, ALL)
    printed = answers(str(live_server), program.secret)
    assert [one.rpartition("\n")[2] for one in printed] == ["200", "200", "200", "200", "201", "200", "200"]
    assert json.loads(printed[5].rpartition("\n")[0])["family_name"] == "Specimen"


@pytest.mark.django_db
def test_the_refusal_is_the_one_printed(program: Program) -> None:
    body = {"external_id": "E2", "given_name": "", "family_name": "Example"}
    example = re.search(r"```json\n(.*?)```", DOCS, re.DOTALL)
    assert example and program.post("/people", body).json() == json.loads(example[1])


def test_every_scope_has_its_line() -> None:
    assert all(f"| `{scope}` |" in DOCS for scope in Scope)


def test_the_bound_of_a_body_is_the_one_printed() -> None:
    assert f"more than {MOST_BYTES // 2**20} MB" in DOCS
