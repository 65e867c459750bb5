"""Reads the environment once: the variables, and the secrets kept under DATA_DIR when none are given."""

import base64
import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

MASTER_KEY_BYTES = 32


def kept_secret(path: Path, first: str = "") -> str:
    """The base64 secret in a file of mode 0600, made there on first use: `first` if given, else 32 random bytes.

    Two processes may start at once: the file is created exclusively and the loser reads the winner's.
    """
    if path.exists():
        return path.read_text().strip()  # it may lie on a volume that is mounted to be read only
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = first or base64.urlsafe_b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(fresh + "\n")
    try:
        os.link(draft, path)  # atomic, and fails if another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def secret_in(name: str, file: Path, *, may_lack: bool) -> str:
    """The secret in a file that the environment names; nothing where it cannot be read and may lack."""
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        if may_lack:
            return ""
        said = f"{name}_FILE names {file}, which cannot be read as text: {error}. Put the secret there, in base64."
        raise ImproperlyConfigured(said) from error


def is_given(name: str, path: Path) -> bool:
    """Whether `secret` finds one, and neither makes it nor takes another in its place."""
    return bool(env.str(name, default="") or env.str(f"{name}_FILE", default="") or path.exists())


def secret(name: str, path: Path, *, may_be_made: bool, may_lack: bool = False, first: str = "") -> str:
    """A secret from NAME, from the file named in NAME_FILE, or (embedded use only) kept in `path`, begun as `first`.

    Where neither is given and none may be made: `first`, or nothing if it may lack. Raises ImproperlyConfigured
    otherwise, saying how to make one.
    """
    if value := env.str(name, default=""):
        return str(value)
    if file := env.str(f"{name}_FILE", default=""):
        return secret_in(name, Path(file), may_lack=may_lack)
    if may_be_made or path.exists():
        return kept_secret(path, first)
    if first or may_lack:
        return first
    raise ImproperlyConfigured(
        f"{name} is not set. Make one with `python -c 'import base64,os;"
        f"print(base64.urlsafe_b64encode(os.urandom(32)).decode())'` and give it as {name} or {name}_FILE."
    )
