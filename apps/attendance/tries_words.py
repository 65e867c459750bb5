"""Tries and drift as the page says them: words, and places in a small drawing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.attendance import performance
from apps.attendance.performance import SiteTries, Tries, Week
from apps.enrollment.engine_choice import chosen_entry
from apps.enrollment.models import EngineChoice
from apps.enrollment.promise import line_of
from apps.organizations.models import Organization
from apps.recognition.liveness.figures import interval

# Why an approach failed, in words that blame nobody.
REASONS = {
    "unknown": gettext_lazy("nobody was recognised"),
    "ambiguous": gettext_lazy("two people are too alike"),
    "not_me": gettext_lazy("somebody said: that is not me"),
    "face_not_enough": gettext_lazy("this camera asks for the PIN as well"),
    "confirm_alone": gettext_lazy("several people in front of the camera"),
    "liveness_unsure": gettext_lazy("a face or a picture: not clear"),
    "not_live": gettext_lazy("it looked like a picture"),
    "liveness_unavailable": gettext_lazy("the files that look for pictures are missing"),
    "not_turned": gettext_lazy("the head was not turned as asked"),
    "turn_wanted": gettext_lazy("a turn of the head could not be asked for"),
}
MOST_REASONS = 3
# Of more than this share, "1 in 1" or "1 in 2" would say too much or too little.
MOST_AS_ONE_IN = 0.4


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site's approaches as the table shows them."""

    site: Any
    approaches: int
    failures: int
    percent: str
    between: str
    is_enough: bool
    reasons: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A week in the drawing: percentages of its box, from the left and the top."""

    week: Week
    left: float
    top: float
    height: float
    is_new: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """The weekly medians beside the line, as the page draws them."""

    bars: tuple[Bar, ...]
    has_drifted: bool
    is_enough: bool
    counted: int
    since: datetime | None


def tries_words(tries: Tries) -> str:
    """Say how often somebody has to try again, and on how many approaches that rests."""
    if not tries.approaches:
        return _("Nobody stepped up to a camera in the last 30 days.")
    facts = {"percent": f"{100 * tries.share:.1f}", "count": f"{tries.approaches:,}"}
    if not tries.failures:
        return _("Nobody had to try again: 0 of %(count)s approaches.") % facts
    facts["failures"] = f"{tries.failures:,}"
    if tries.share > MOST_AS_ONE_IN:
        return _("%(failures)s of %(count)s approaches did not end in a punch (%(percent)s %%).") % facts
    sentence = _("About 1 in %(of)d approaches did not end in a punch (%(failures)s of %(count)s, %(percent)s %%).")
    return sentence % {**facts, "of": round(1 / tries.share)}


def site_rows(sites: Iterable[SiteTries]) -> list[SiteRow]:
    return [_site_row(one) for one in sites]


def _site_row(one: SiteTries) -> SiteRow:
    tries = one.tries
    low, high = interval(tries.failures, tries.approaches)
    return SiteRow(
        one.site,
        tries.approaches,
        tries.failures,
        f"{100 * tries.share:.1f} %" if tries.approaches else "–",
        f"{100 * low:.1f}–{100 * high:.1f} %" if tries.approaches else "–",
        tries.is_enough,
        ", ".join(f"{reason(code)} ({count})" for code, count in tries.failed.most_common(MOST_REASONS)),
    )


def reason(code: str) -> str:
    """Why an approach failed."""
    return str(REASONS.get(code, code.replace("_", " ")))


def drift_of(organization: Organization, at: datetime) -> Drift:
    """The last twelve weeks of this organization, as far as the engine of today compared in them."""
    entry, choice = chosen_entry(), EngineChoice.objects.first()
    if entry is None or choice is None:
        return Drift((), has_drifted=False, is_enough=False, counted=0, since=None)
    weeks = performance.weeks_of(organization, at, choice.chosen_at)
    line = line_of(organization, entry)
    shown = [week.middle for week in weeks if week.middle is not None]
    return Drift(
        _bars(weeks, line) if shown else (),
        performance.has_drifted(weeks, line),
        is_enough=len(shown) > 1,
        counted=sum(week.count for week in weeks),
        since=max(choice.chosen_at, weeks[0].starts),
    )


def _bars(weeks: list[Week], line: float) -> tuple[Bar, ...]:
    """How far each week's median lies above the line, as a share of the highest."""
    above = [max(0.0, week.middle - line) if week.middle is not None else 0.0 for week in weeks]
    most = max(above) or 1.0
    return tuple(_bar(i, weeks, height / most) for i, height in enumerate(above))


def _bar(i: int, weeks: list[Week], height: float) -> Bar:
    wide = 100 / len(weeks)
    left, tall = round((i + 0.12) * wide, 2), round(100 * height, 2)
    return Bar(weeks[i], left, round(100 - tall, 2), tall, is_new=i + 1 == len(weeks))
