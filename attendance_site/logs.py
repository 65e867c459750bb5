"""Log lines without secrets and people: what an exception or a path carries along is left out as it is written."""

import logging
import re

# In this order: a password in an address ends at an @, like an e-mail address.
LEFT_OUT = [
    (re.compile(r"(?m)^(\s*DETAIL:).*$"), r"\1 (left out)"),  # PostgreSQL quotes the row that it refused
    (re.compile(r"://[^\s/@]+@"), "://(left out)@"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "(e-mail)"),
    (re.compile(r"(?<=[\w/])\?[^\s\"'<>]+"), "?(left out)"),
    (re.compile(r"/9j/[\w+/=-]+|\\xff\\xd8\\xff\S*"), "(picture)"),
    (re.compile(r"-?\d\.\d{3,}(?:e-?\d+)?(?:[\s,;]+-?\d\.\d{3,}(?:e-?\d+)?){2,}"), "(numbers)"),
]
# Session ids, links to join or to set a password, credentials: long, and no word. Ids of rows are no secret.
LONG = re.compile(r"[A-Za-z0-9_-]{20,}")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def cleaned(text: str) -> str:
    """The text without secrets, e-mail addresses, query strings, pictures and vectors."""
    for pattern, instead in LEFT_OUT:
        text = pattern.sub(instead, text)
    return LONG.sub(_unless_word, text)


def _unless_word(found: re.Match[str]) -> str:
    text = found[0]
    word = not any(one.isdigit() for one in text) or UUID.fullmatch(text)
    return text if word else "(secret)"


class CleanFormatter(logging.Formatter):
    """Cleans the whole line, traceback included: a secret comes more often in an exception than in a message."""

    def format(self, record: logging.LogRecord) -> str:
        return cleaned(super().format(record))
