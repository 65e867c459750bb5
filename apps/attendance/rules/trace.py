"""Why a figure is what it is: the rules that were applied, in their order, each with what it used.

A trace is evaluated again from its own lines alone (`evaluate`), and must come to the stored figures: what is shown as
the reason is the reason. A line may add spans of time or seconds to a total, and may round one total into another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.attendance.rules.intervals import Span
from apps.attendance.rules.terms import RoundTo, rounded_to

Line = dict[str, Any]
"""A rule by its code, and what it used: JSON values only; instants in ISO 8601, durations in seconds."""


@dataclass(slots=True)
class Trace:
    """Lines in the order in which the rules were applied."""

    lines: list[Line] = field(default_factory=list)

    def say(self, rule: str, **used: Any) -> None:
        """A rule that changed no total."""
        self.lines.append({"rule": rule, **used})

    def add(self, rule: str, total: str, seconds: int, **used: Any) -> None:
        """A rule that added so many seconds to a total."""
        self.say(rule, **used, total=total, seconds=seconds)

    def add_spans(self, rule: str, total: str, spans: Sequence[Span], sign: int = 1, **used: Any) -> None:
        """A rule that added the length of these spans to a total, or took it off."""
        told = [[start.isoformat(), end.isoformat()] for start, end in spans]
        self.say(rule, **used, total=total, spans=told, sign=sign)

    def round(self, of: str, total: str, unit: int, how: RoundTo) -> None:
        """A total made of another by rounding."""
        self.say("rounding", of=of, total=total, unit=unit, how=how)


def evaluate(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The totals that the lines come to, by name, in seconds."""
    totals: dict[str, int] = {}
    for line in lines:
        if "total" in line:
            name = line["total"]
            totals[name] = totals.get(name, 0) + _seconds(line, totals)
    return totals


def _seconds(line: Mapping[str, Any], totals: Mapping[str, int]) -> int:
    if "of" in line:
        return rounded_to(totals.get(line["of"], 0), line["unit"], RoundTo(line["how"]))
    if "spans" in line:
        ends = ([datetime.fromisoformat(one) for one in span] for span in line["spans"])
        return int(line["sign"]) * sum(int((end - start).total_seconds()) for start, end in ends)
    return int(line["seconds"])
