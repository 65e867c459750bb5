import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import environment
from scripts.environment import Failed, call, install, node_path, once

pytestmark = pytest.mark.twice


@pytest.fixture
def source(tmp_path: Path) -> Path:
    pinned = tmp_path / "base.txt"
    pinned.write_text("django==5.2.19")
    return pinned


def test_a_step_runs_the_first_time(tmp_path: Path, source: Path) -> None:
    assert once(tmp_path / "folder/stamp", [source], lambda: None)


def test_a_step_rests_while_its_pins_stay(tmp_path: Path, source: Path) -> None:
    once(tmp_path / "stamp", [source], lambda: None)
    assert not once(tmp_path / "stamp", [source], lambda: pytest.fail("ran again"))


def test_a_step_runs_again_when_a_pin_moved(tmp_path: Path, source: Path) -> None:
    once(tmp_path / "stamp", [source], lambda: None)
    source.write_text("django==5.2.20")
    assert once(tmp_path / "stamp", [source], lambda: None)


def test_a_step_runs_again_for_another_python(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once(tmp_path / "stamp", [source], lambda: None)
    monkeypatch.setattr(sys, "version", "3.99")
    assert once(tmp_path / "stamp", [source], lambda: None)


def test_a_step_that_failed_is_not_remembered(tmp_path: Path, source: Path) -> None:
    def fail() -> None:
        raise Failed("no network")

    with pytest.raises(Failed):
        once(tmp_path / "stamp", [source], fail)
    assert not (tmp_path / "stamp").exists()


def test_a_command_that_fails_ends_the_script_with_its_name() -> None:
    with pytest.raises(Failed, match="This step failed .1.: false"):
        call("false")


def test_an_installation_that_fails_shows_what_pip_said(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = subprocess.CompletedProcess([], 1, "", "THESE PACKAGES DO NOT MATCH THE HASHES")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: refused)
    with pytest.raises(Failed, match="DO NOT MATCH THE HASHES"):
        environment._install("base", Path("base.txt"))


def test_every_file_is_held_to_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def remember(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", remember)
    environment._install("base", Path("base.txt"))
    assert "--require-hashes" in seen[0]


def test_pip_is_tried_after_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert environment._installers()[-1][1:3] == ["-m", "pip"]


def test_a_python_without_venv_is_named_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv/bin/python")
    refused = subprocess.CompletedProcess([], 1, "ensurepip is not available", "")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: refused)
    with pytest.raises(Failed, match="apt-get install python3-venv"):
        environment.make_venv()


def test_a_machine_without_node_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[str] = []
    monkeypatch.setattr(environment, "install", wanted.append)
    monkeypatch.setenv("PATH", "/nowhere")
    node_path()
    assert wanted == ["node"]


@pytest.mark.parametrize(("said", "major"), [("v20.1.0\n", 20), ("v8.0.0", 8), ("", 0)])
def test_the_version_of_node_is_read(said: str, major: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path: "/usr/bin/node")
    answer = subprocess.CompletedProcess([], 0, said, "")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: answer)
    assert environment._node_major("/usr/bin") == major


@pytest.mark.parametrize("name", ["base", "packaged", "dev", "recognition", "node"])
def test_a_pinned_file_names_no_registry_and_hashes_everything(name: str) -> None:
    text = (environment.ROOT / "requirements" / f"{name}.txt").read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert "://" not in text
    assert all(line.endswith("\\") for line in pins)


@pytest.mark.parametrize("name", ["packaged", "dev", "recognition"])
def test_exactly_one_opencv_is_installed(name: str) -> None:
    text = (environment.ROOT / "requirements" / f"{name}.txt").read_text()
    assert [line.split("==")[0] for line in text.splitlines() if line.startswith("opencv")] == [
        "opencv-contrib-python-headless"
    ]


def test_only_the_recognition_file_brings_tensorflow() -> None:
    brings = [
        file.stem for file in (environment.ROOT / "requirements").glob("*.txt") if "\ntensorflow" in file.read_text()
    ]
    assert brings == ["recognition"]


def test_the_npm_lock_names_no_registry() -> None:
    assert '"resolved"' not in (environment.ROOT / "package-lock.json").read_text()


def test_install_is_the_only_door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "make_venv", lambda: None)
    monkeypatch.setattr(environment, "_install", lambda name, pinned: None)
    install("base")
    assert (tmp_path / "installed/base").is_file()
