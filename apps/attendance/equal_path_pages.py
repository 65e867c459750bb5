"""The page on whether the ways to punch are equal, in plain sentences, and its tries as a file."""

from dataclasses import dataclass
from typing import Any

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.attendance import equal_path, services
from apps.attendance.equal_path import SiteWays, Way
from apps.attendance.models import PathTry
from apps.attendance.tables import PathTryTable
from apps.enrollment.recognition_pages import tabs
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.exports import FORMATS, export
from apps.organizations.pages import Action, Page

SPOKEN = {
    PathTry.Path.FACE: gettext_lazy("the face"),
    PathTry.Path.PIN: gettext_lazy("the PIN"),
    PathTry.Path.BADGE: gettext_lazy("the badge"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One way at one site, as the table shows it."""

    site: Any
    label: Any
    tries: int
    failures: str
    middle: str
    ninth: str
    taps: str
    is_enough: bool
    is_slow: bool


@require_safe
@gate(Permission.VIEW_PRIVACY)
def equal_ways(request: OrganizationRequest) -> HttpResponseBase:
    """Seconds and failures of face, PIN and badge by site; what to do where they are not equal."""
    organization, now = request.organization, timezone.now()
    found = equal_path.ways_by_site(organization, now)
    sentence = _("Whether whoever uses a PIN or a badge is served as fast as by face: the last 30 days.")
    slow = [slow_words(one, path) for one in found for path in one.slower]
    context: dict[str, Any] = {
        "page": Page(_("Recognition"), sentence, _exports(request)),
        "views": tabs(request),
        "slow": slow,
        "sentence": "" if slow else even_words(found),
        "rows": [_row(one, way) for one in found for way in one.ways if way.tries],
        "enough": equal_path.ENOUGH,
        "failing": equal_path.failing_by_face(organization, now),
        "most_failures": equal_path.MOST_FAILURES,
        "may_enroll": allowed(request, Permission.VIEW_ENROLLMENT),
    }
    return TemplateResponse(request, "attendance/equal_ways.html", context)


@require_safe
@gate(Permission.VIEW_PRIVACY)
def export_tries(request: OrganizationRequest, form: str) -> HttpResponseBase:
    """The tries of the report as a download; it names nobody."""
    organization, now = request.organization, timezone.now()
    tries = PathTry.objects.filter(organization=organization, occurred_at__gte=now - equal_path.WINDOW)
    table = PathTryTable(tries.select_related("camera__site").order_by("-occurred_at"), organization=organization)
    answer = export(table, form, f"tries-{organization.slug}-{now:%Y-%m-%d}")
    services.record_tries_export(organization=organization, form=form, rows=tries.count())
    return answer


def _exports(request: OrganizationRequest) -> list[Action]:
    slug = request.organization.slug
    return [Action(reverse("attendance:export_tries", args=[slug, one]), one.upper(), "download") for one in FORMATS]


def slow_words(one: SiteWays, path: str) -> str:
    """What is unequal at a site, and what to look at."""
    middles = {way.path: way.middle or 0.0 for way in one.ways}
    facts = {
        "site": one.site.name,
        "way": SPOKEN[PathTry.Path(path)],
        "times": f"{one.slower[path]:.1f}",
        "seconds": f"{middles[path]:.1f}",
        "face": f"{middles[PathTry.Path.FACE]:.1f}",
    }
    return (
        _(
            "At %(site)s %(way)s takes %(times)s times as long as the face: %(seconds)s s against %(face)s s. Watch a "
            "few people there: is the screen within reach, is the reader easy to find, do they know their number?"
        )
        % facts
    )


def even_words(found: list[SiteWays]) -> str:
    """What to say where nothing is unequal, or nothing can be said yet."""
    tried = [way for one in found for way in one.ways if way.tries]
    if not tried:
        return _("Nobody has punched yet in the last 30 days.")
    comparable = [one for one in found if _is_comparable(one.ways)]
    if not comparable:
        return _("Too few tries yet to compare the ways.")
    return _("The ways are about equally fast: none takes more than twice as long as the face.")


def _is_comparable(ways: tuple[Way, ...]) -> bool:
    enough = {way.path for way in ways if way.is_enough}
    return PathTry.Path.FACE in enough and len(enough) > 1


def _row(one: SiteWays, way: Way) -> Row:
    percent = f"{100 * way.failures / way.tries:.0f} %" if way.tries else "–"
    return Row(
        one.site,
        PathTry.Path(way.path).label,
        way.tries,
        f"{way.failures} ({percent})",
        _seconds(way.middle),
        _seconds(way.ninth),
        "–" if way.taps is None else f"{way.taps:.0f}",
        way.is_enough,
        way.path in one.slower,
    )


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"
