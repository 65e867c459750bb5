from pathlib import Path

import pytest

from scripts.secret_scan import finds

pytestmark = pytest.mark.twice

KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"
ACCESS = "AKIA" + "Q3EGTJ4VY6WZ7KXN"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("key.pem", KEY),
        ("settings.py", f"aws = '{ACCESS}'"),
        ("compose.yml", "password: 'h8s7d6f5g4j3k2'"),
        ("x.py", f"u = 'postgres://app:{'h8s7d6f5g4'}@db/x'"),
    ],
)
def test_a_secret_is_found(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text + "\n")
    assert list(finds(tmp_path / name))


@pytest.mark.parametrize(
    ("line", "found"),
    [(f"aws = '{ACCESS}'  # pragma: allowlist secret  (made up)", 0), ("x = 1  # pragma: allowlist secret", 1)],
)
def test_a_mark_needs_its_reason(tmp_path: Path, line: str, found: int) -> None:
    (tmp_path / "x.py").write_text(line + "\n")
    assert len(list(finds(tmp_path / "x.py"))) == found
