"""Arithmetic of spans of time: half-open, in UTC, so that a change of clocks costs or gives nobody an hour."""

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]


def length(spans: Iterable[Span]) -> int:
    """Their seconds; spans that overlap are counted twice, so join them first."""
    return sum(int((end - start).total_seconds()) for start, end in spans)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in spans that neither overlap nor touch, the earliest first; empty ones are left out."""
    found: list[Span] = []
    for start, end in sorted(one for one in spans if one[0] < one[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(spans: Sequence[Span], holes: Iterable[Span]) -> list[Span]:
    """What of the spans lies in none of the holes."""
    left = joined(spans)
    for hole_start, hole_end in joined(holes):
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, hole_start)), (max(start, hole_end), end))
            if piece[0] < piece[1]
        ]
    return left


def common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What lies in both."""
    return without(spans, without(spans, others))
