import sys
from pathlib import Path

import pytest

from scripts import services
from scripts import test as suite
from scripts.check import steps
from scripts.environment import ROOT, Failed

pytestmark = pytest.mark.twice

JUNIT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><error/></testcase>
<testcase name="d"><skipped/></testcase><testcase name="e"/>
</testsuite></testsuites>"""


def names(parts: list[suite.Part]) -> list[str]:
    return [part.name for part in parts if part.name != "javascript"]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has nothing and may install nothing."""
    monkeypatch.setattr(services, "missing", lambda: ["postgresql"])
    monkeypatch.setattr(services, "provide", lambda packages: False)
    monkeypatch.setattr(suite, "_browser", lambda: None)
    monkeypatch.setattr(suite, "_deepface", lambda: False)


def test_it_counts_a_report(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(JUNIT)
    assert suite.counts(tmp_path / "report.xml") == (2, 2, 1)


def test_a_machine_with_everything_runs_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "_browser", lambda: "/usr/bin/chromium")
    assert names(list(suite.parts({"DATABASE_URL": "postgres://"}))) == ["full", "embedded", "browser"]


@pytest.mark.usefixtures("bare")
def test_a_bare_machine_runs_the_embedded_suite() -> None:
    assert names(list(suite.parts({}))) == ["embedded"]


@pytest.mark.usefixtures("bare")
def test_a_bare_machine_is_told_what_is_left_out_and_how_to_get_it() -> None:
    _, without = suite.provided(required=False)
    assert "apt-get install postgresql redis-server" in " ".join(without)


@pytest.mark.usefixtures("bare")
def test_leaving_something_out_is_an_error_where_services_are_required() -> None:
    with pytest.raises(Failed, match="ATTENDANCE_REQUIRE_SERVICES=1"):
        suite.provided(required=True)


def test_the_embedded_part_forgets_the_services() -> None:
    part = next(one for one in suite.parts({}) if one.name == "embedded")
    assert (part.environment["DATABASE_URL"], part.environment["REDIS_URL"]) == ("", "")


def test_a_part_that_dies_without_a_report_has_failed(tmp_path: Path) -> None:
    assert suite.run(suite.Part("dead", ["false"], {}, tmp_path / "none.xml")).failed == 1


def test_the_last_line_counts_everything() -> None:
    results = [suite.Result("full", 10, 1, 0, 5.0), suite.Result("embedded", 9, 0, 2, 4.0)]
    assert suite.table(results, [], 9.0).splitlines()[-1] == "19 passed, 1 failed, 2 skipped"


def test_what_is_left_out_is_said_loudly() -> None:
    assert "!!! LEFT OUT: the browser !!!" in suite.table([], ["the browser"], 0.0)


def test_both_databases_are_tested_at_once_and_both_are_counted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    waits = "import pathlib, sys, time; me, other = map(pathlib.Path, sys.argv[1:]); me.touch()\n"
    waits += "while not other.exists(): time.sleep(0.01)\nprint(me.name)"
    marks = [tmp_path / "first", tmp_path / "second"]
    commands = [[sys.executable, "-c", waits, str(me), str(other)] for me, other in (marks, marks[::-1])]
    together = [suite.Part(two[-2], two, {}, tmp_path / "none.xml", lane) for lane, two in enumerate(commands)]
    assert [one.failed for one in suite.run_all(together)] == [0, 0]
    assert {"first", "second"} <= set(capfd.readouterr().out.split())


def test_words_chosen_by_hand_reach_every_pytest_and_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["pytest", "--ignore=tests/sweep"])
    chosen = [one.command[-1] for one in suite.parts({"A": "b"}, ["tests/front"]) if one.name != "javascript"]
    unchosen = [word for one in suite.parts({}) for word in one.command]
    assert set(chosen) == {"tests/front"} and "--ignore=tests/sweep" not in unchosen


def test_what_needs_no_database_is_tested_once_embedded() -> None:
    left_out = {one.name: "--ignore=tests/recognition" in one.command for one in suite.parts({"A": "b"})}
    assert (left_out["full"], left_out["embedded"]) == (True, False)


def test_twins_run_once_where_both_modes_run_except_at_full_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "_browser", lambda: "/usr/bin/chromium")
    found = []
    for size, full in (("small", {"A": "b"}), ("full", {"A": "b"}), ("small", {})):
        monkeypatch.setenv("SCALE", size)
        found.append([one.name for one in suite.parts(full) if "not twice" in " ".join(one.command)])
    assert found == [["full", "browser"], [], []]


def test_parts_that_share_a_redis_never_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "_browser", lambda: "/usr/bin/chromium")
    served = [one.lane for one in suite.parts({"REDIS_URL": "redis://"}) if one.environment.get("REDIS_URL")]
    assert len(served) == 2 and len(set(served)) == 1


def test_nothing_is_left_out_where_only_the_embedded_suite_runs() -> None:
    [part] = [one for one in suite.parts({}) if one.name == "embedded"]
    assert not [word for word in part.command if word.startswith("--ignore")]


@pytest.mark.parametrize("folder", suite.OF_NO_DATABASE)
def test_what_is_tested_once_is_there_and_needs_no_service(folder: str) -> None:
    texts = [file.read_text() for file in (ROOT / "tests" / folder).glob("test_*.py")]
    mark = "mark.services"
    assert texts and not [text for text in texts if mark in text]


@pytest.mark.parametrize("folder", ["tests/house", "tests/sweep"])
def test_what_make_check_runs_embedded_is_left_to_it_except_at_full_size(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for size in ("small", "full"):
        monkeypatch.setenv("SCALE", size)
        [part] = [one for one in suite.parts({"A": "b"}) if one.name == "embedded"]
        found.append(f"--ignore={folder}" in part.command)
    assert found == [True, False]
    assert folder in [command[-1] for _, command, _ in steps()]
