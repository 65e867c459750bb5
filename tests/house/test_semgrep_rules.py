"""The house's own semgrep rules, each held to code it must find and code it must leave alone."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.organizations.fence import guarded_models
from scripts.check import semgrep
from tests.house.source import ROOT

RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / ".semgrep/rules.yml").read_text())["rules"]
# For each rule: lines that it must find, lines that it must not, and the file they stand in.
SNIPPETS: dict[str, tuple[list[str], list[str], str]] = {
    "unscoped-get": (
        [
            "Person.objects.get(pk=pk)",
            "Person.objects.filter(family_name=name).first()",
            "Site.objects.all()",
            "Punch.objects.select_for_update().get(pk=pk)",
            "rows = Camera.objects.order_by('name')",
            "Organization.objects.filter(name=name)",
        ],
        [
            "Person.objects.get(organization=organization, pk=pk)",
            "Person.objects.filter(organization_id=one).order_by('id').first()",
            "Punch.objects.select_for_update().get(organization=organization, pk=pk)",
            "Site.objects.none()",
            "Organization.objects.get(pk=pk)",
            "User.objects.get(pk=pk)",
        ],
        "apps/people/planted.py",
    ),
    "no-raw-sql": (
        ["cursor.execute(sql)", "Person.objects.raw('select 1', [])", "rows.extra(where=[text])", "RawSQL(text, [])"],
        ["engine.run(sql)", "loop.execution(sql)"],
        "apps/people/planted.py",
    ),
    "no-pickle": (
        ["import pickle", "from pickle import loads", "import shelve", "numpy.load(file, allow_pickle=True)"],
        ["import json", "numpy.load(file)", "numpy.load(file, allow_pickle=False)"],
        "apps/people/planted.py",
    ),
    "no-inference-about-people": (
        [
            "DeepFace.analyze(picture)",
            "DeepFace.find(picture, folder)",
            "from deepface import DeepFace",
            "analyze(picture, actions=['emotion', 'age'])",
            "modeling.build_model('facial_attribute', 'Emotion')",
        ],
        ["modeling.build_model('facial_recognition', 'ArcFace')", "Page('Sites', actions=[Action('Add')])"],
        "apps/recognition/planted.py",
    ),
    "no-login": (
        ["from django.contrib.auth import login", "from channels.auth import login", "django.contrib.auth.login(r, u)"],
        ["client.force_login(user)", "from django.contrib.auth import get_user_model"],
        "apps/attendance/planted.py",
    ),
    "no-mark-safe": (
        ["mark_safe(text)", "SafeString(text)"],
        ["format_html('<b>{}</b>', text)"],
        "apps/people/planted.py",
    ),
    "no-unescaped-text-in-a-template": (
        ["<p>{{ person.name|safe }}</p>", "{% autoescape off %}"],
        ["<p>{{ person.name }}</p>", "<p>It is safe here.</p>"],
        "templates/planted.html",
    ),
    "no-eval": (
        ["eval(text)", "exec(text)", "__import__(name)", "subprocess.run(text, shell=True)", "os.system(text)"],
        ["ast.literal_eval(text)", "model.eval()", "subprocess.run([text])"],
        "apps/people/planted.py",
    ),
    "no-eval-in-a-script": (
        ["eval(text)", "new Function(text)", "box.innerHTML = text", "box.insertAdjacentHTML('beforeend', text)"],
        ["box.textContent = text", "box.append(text)"],
        "static/js/planted.js",
    ),
    "csrf-exempt": (
        ["view = csrf_exempt(view)", "view.csrf_exempt = True"],
        ["view = csrf_protect(view)", "view = csrf_exempt(view)  # nosemgrep: csrf-exempt  (bearer credential)"],
        "apps/people/planted.py",
    ),
    "no-calls-out": (
        ["import requests", "from requests import get", "import httpx", "urllib.request.urlopen(address)"],
        ["import redis", "urllib.parse.urlsplit(address)"],
        "apps/people/planted.py",
    ),
    "no-secret-in-an-address": (
        [
            "request.GET.get('token')",
            "request.GET['password']",
            "request.query_params.get('api_key', '')",
            "url = f'/join/?token={token}'",
        ],
        ["request.GET.get('q')", "request.GET['page']", "request.POST.get('token')", "url = f'/people/?q={name}'"],
        "apps/people/planted.py",
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[str, int]]]:
    """One run over every snippet, each in a folder of its own: per rule, the file and the line."""
    folder = tmp_path_factory.mktemp("snippets")
    for name, (bad, good, where) in SNIPPETS.items():
        file = folder / name / where
        file.parent.mkdir(parents=True)
        file.write_text("\n".join([*bad, *good]) + "\n")
    command = [*semgrep(), "--json", "--no-git-ignore", "."]
    done = subprocess.run(command, cwd=folder, env=quiet(folder), capture_output=True, text=True, check=False)
    results: dict[str, set[tuple[str, int]]] = {}
    for one in json.loads(done.stdout)["results"]:
        rule = one["check_id"].rpartition(".")[2]
        results.setdefault(rule, set()).add((one["path"].split("/")[0], one["start"]["line"]))
    return results


def quiet(folder: Path) -> dict[str, str]:
    return os.environ | {"SEMGREP_SETTINGS_FILE": str(folder / "settings.yml")}


def test_every_rule_has_its_snippets() -> None:
    assert {rule["id"] for rule in RULES} == set(SNIPPETS)


@pytest.mark.parametrize("rule", SNIPPETS)
def test_a_rule_finds_what_it_is_for_and_nothing_else(rule: str, found: dict[str, set[tuple[str, int]]]) -> None:
    bad, _, _ = SNIPPETS[rule]
    lines = {line for folder, line in found.get(rule, set()) if folder == rule}
    assert lines == set(range(1, len(bad) + 1))


def test_the_query_rule_names_every_guarded_model() -> None:
    [rule] = [one for one in RULES if one["id"] == "unscoped-get"]
    [pattern] = [one["metavariable-regex"]["regex"] for one in rule["patterns"] if "metavariable-regex" in one]
    assert re.fullmatch(r"\^\((.*)\)\$", pattern)[1].split("|") == sorted(model.__name__ for model in guarded_models())  # type: ignore[index]
