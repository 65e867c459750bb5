"""Runs `evaluate` for the tests, and writes the photo sets it is run on."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management import call_command

Row = tuple[str, str, str]


def evaluate(**options: Any) -> tuple[dict[str, Any], str]:
    """Return the JSON object of the last line, and all that was said."""
    out = io.StringIO()
    call_command("evaluate", json=True, stdout=out, **({"engine": "dlib"} | options))
    report: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return report, out.getvalue()


def write_manifest(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["note", "person", "file", "role"])
        writer.writerows(("ignored", *row) for row in rows)
    return path


def lfw(shared: Path, folder: Path, people: int, strangers: int) -> Path:
    """A manifest of the first people and strangers of LFW."""
    faces = shared / "faces"
    with (faces / "manifest_lfw.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["person"] for row in rows if row["role"] == "enrol"})[:people]
    known = [row for row in rows if row["person"] in names]
    unknown = [row for row in rows if row["role"] == "stranger"][:strangers]
    wanted = [(row["person"], str(faces / row["file"]), row["role"]) for row in known + unknown]
    return write_manifest(folder / "lfw.csv", wanted)


def row_of(report: dict[str, Any], references: str, approach: str, target: float) -> dict[str, Any]:
    """One row of the table."""
    wanted = (references, approach, target)
    rows: list[dict[str, Any]] = report["rows"]
    return next(row for row in rows if (row["references"], row["approach"], row["target"]) == wanted)
