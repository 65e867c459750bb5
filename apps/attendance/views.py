"""Today's board, the punch list and its exports, the kiosk page, and punching by PIN and by hand."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.attendance import pins, selectors, services
from apps.attendance.errors import PinRefused
from apps.attendance.filters import OwnPunchFilter, PunchFilter
from apps.attendance.forms import ManualPunchForm, PinForm
from apps.attendance.kiosk import place_of, punch_by_pin
from apps.attendance.paths import spent_of
from apps.attendance.tables import PunchTable
from apps.enrollment.selectors import active_references, live_consent
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.errors import WrongChoice
from apps.organizations.exports import FORMATS, export
from apps.organizations.headers import camera_page, prefers_json
from apps.organizations.models import Camera
from apps.organizations.pages import Action, Empty, Page, attempted, form_page, get_or_post, list_page, saved
from apps.organizations.selectors import camera_of
from apps.people.forms import MethodForm
from apps.people.reach import oneself, reach_of
from apps.people.selectors import own_person, people_within
from apps.people.services import choose_method


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"attendance:{name}", args=[request.organization.slug, *args])


def camera_or_404(request: OrganizationRequest, pk: UUID) -> Camera:
    camera = camera_of(request.organization, pk)
    if camera is None:
        raise Http404
    return camera


@require_safe
@gate(Permission.VIEW_OWN)
def me(request: OrganizationRequest) -> HttpResponseBase:
    """Whoever is signed in, as a person whose time is kept: where they stand, their punches, their consent."""
    organization, reach, now = request.organization, oneself(request), timezone.now()
    person = own_person(organization, reach)
    if person is None:
        return TemplateResponse(request, "attendance/me_nobody.html", {"page": Page(_("My time"))})
    chosen = _own_punches(request)
    table = PunchTable(chosen.qs, organization=organization).own()
    query = request.GET.urlencode()
    actions = [Action(f"{address(request, 'export_own', form)}?{query}", form.upper(), "download") for form in FORMATS]
    actions.append(Action(reverse("people:own_record", args=[organization.slug]), _("My record"), "file-zip"))
    context = {
        "person": person,
        "now": now,
        "standing": selectors.inside(organization, reach, at=now).first(),
        "latest": selectors.punches_within(organization, reach).first(),
        "consent": live_consent(organization, person),
        "references": active_references(organization, person).count(),
        "method_form": MethodForm(initial={"preferred_method": person.preferred_method}),
    }
    page = Page(_("Hello, %(name)s") % {"name": person.given_name}, _("Your own time, and nobody else’s."), actions)
    empty = Empty(_("No punches yet"), _("They appear here as soon as you check in at a camera."))
    return list_page(request, page, table, empty, chosen.form, template="attendance/me.html", more=context)


@require_POST
@gate(Permission.VIEW_OWN)
def own_method(request: OrganizationRequest) -> HttpResponseBase:
    """Keep how whoever is signed in wants their own time recorded."""
    person = own_person(request.organization, oneself(request))
    form = MethodForm(request.POST)
    if person is None or not form.is_valid():
        raise WrongChoice(_("Choose one of the ways on your own page."))
    choose_method(organization=request.organization, person=person, method=form.cleaned_data["preferred_method"])
    return saved(request, _("Your choice was saved."), address(request, "me"))


@require_safe
@gate(Permission.VIEW_OWN)
def export_own(request: OrganizationRequest, form: str) -> HttpResponseBase:
    """One's own punches as a download."""
    return _file(request, form, _own_punches(request), "my-punches")


def _own_punches(request: OrganizationRequest) -> OwnPunchFilter:
    own = selectors.punches_within(request.organization, oneself(request))
    return OwnPunchFilter(request.GET, queryset=own, request=request)


@require_safe
@gate(Permission.VIEW_BOARD)
def board(request: OrganizationRequest) -> HttpResponseBase:
    """Who is in, and the newest punches, kept current by the board socket."""
    actions = []
    if allowed(request, Permission.PUNCH_FOR_OTHERS):
        actions.append(Action(address(request, "manual_punch"), _("Punch by hand"), "plus", primary=True))
    context = {
        "page": Page(_("Today"), _("Who is in, and who came and went."), actions),
        "socket": f"/ws/o/{request.organization.slug}/board/",
        "fragment": address(request, "board_rows"),
        **_today(request),
    }
    return TemplateResponse(request, "attendance/board.html", context)


@require_safe
@gate(Permission.VIEW_BOARD)
def board_rows(request: OrganizationRequest) -> HttpResponseBase:
    """The part of the board that changes."""
    return TemplateResponse(request, "attendance/board_rows.html", _today(request))


def _today(request: OrganizationRequest) -> dict[str, Any]:
    now = timezone.now()
    return {"today": selectors.today(request.organization, reach_of(request), now), "now": now}


@require_safe
@gate(Permission.VIEW_PUNCHES)
def punches(request: OrganizationRequest) -> HttpResponseBase:
    chosen = _chosen_punches(request)
    table = PunchTable(chosen.qs, organization=request.organization)
    actions = []
    if allowed(request, Permission.EXPORT_PUNCHES):
        query = request.GET.urlencode()
        actions = [Action(f"{address(request, 'export', form)}?{query}", form.upper(), "download") for form in FORMATS]
    page = Page(_("Punches"), _("Every punch, in the time of the site it was made at."), actions)
    empty = Empty(_("No punches yet"), _("They appear here as soon as somebody checks in at a camera."))
    return list_page(request, page, table, empty, chosen.form)


@require_safe
@gate(Permission.EXPORT_PUNCHES)
def export_punches(request: OrganizationRequest, form: str) -> HttpResponseBase:
    return _file(request, form, _chosen_punches(request), f"punches-{request.organization.slug}")


def _file(request: OrganizationRequest, form: str, chosen: OwnPunchFilter, name: str) -> HttpResponseBase:
    """The chosen punches as a download; that they left stands in the audit trail."""
    table = PunchTable(chosen.qs, organization=request.organization)
    said = chosen.form.cleaned_data if chosen.is_valid() else {}
    answer = export(table, form, f"{name}-{timezone.now():%Y-%m-%d}")
    services.record_export(organization=request.organization, form=form, rows=chosen.qs.count(), chosen=said)
    return answer


def _chosen_punches(request: OrganizationRequest) -> PunchFilter:
    within_reach = selectors.punches_within(request.organization, reach_of(request))
    return PunchFilter(request.GET, queryset=within_reach, request=request)


@get_or_post
@gate(Permission.PUNCH_FOR_OTHERS)
def manual_punch(request: OrganizationRequest) -> HttpResponseBase:
    """A punch a supervisor makes for somebody."""
    organization, back = request.organization, address(request, "board")
    form = ManualPunchForm(request.POST or None, organization=organization, reach=reach_of(request))
    if attempted(form, lambda: _record_manual(request, form)):
        return saved(request, _("The punch was recorded."), back)
    page = Page(_("Punch by hand"), _("For somebody you saw come or go. Your name and the reason stay with it."))
    return form_page(request, page, form, back, _("Record punch"))


def _record_manual(request: OrganizationRequest, form: ManualPunchForm) -> None:
    chosen = form.cleaned_data
    # Named by what was said too: a form gone back to and changed says something new.
    said = f"{chosen['person'].pk} {chosen['direction']} {chosen['occurred_at']}"
    services.record_manual_punch(
        organization=request.organization,
        reach=reach_of(request),
        person=chosen["person"],
        site=chosen["site"],
        direction=chosen["direction"],
        occurred_at=chosen["occurred_at"],
        author=request.user,
        reason=chosen["reason"],
        nonce=f"manual.{uuid.uuid5(chosen['nonce'] or uuid.uuid4(), said)}",
    )


@require_safe
@gate(Permission.OPERATE_CAMERA)
@camera_page
def kiosk(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The page a camera shows."""
    return _kiosk_page(request, camera_or_404(request, pk), PinForm())


@require_safe
@camera_page
def paired_kiosk(request: HttpRequest) -> HttpResponseBase:
    """The page of every paired device. It holds nothing: what to show comes through the socket, after the hello."""
    page_settings = {"socket": "/ws/camera/", "pairing": reverse("pair")}
    return TemplateResponse(request, "attendance/paired_kiosk.html", {"settings": page_settings})


def _kiosk_page(request: OrganizationRequest, camera: Camera, form: PinForm, status: int = 200) -> HttpResponseBase:
    pin_url = address(request, "pin_punch", camera.pk)
    page_settings = {
        "socket": f"/ws/o/{request.organization.slug}/cameras/{camera.pk}/",
        "pin_url": pin_url,
        **place_of(camera),
    }
    context = {"settings": page_settings, "camera": camera, "pin_form": form, "pin_url": pin_url}
    return TemplateResponse(request, "attendance/kiosk.html", context, status=status)


@require_POST
@gate(Permission.OPERATE_CAMERA)
def pin_punch(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Punch by PIN: JSON for the kiosk's script, a page without one."""
    camera = camera_or_404(request, pk)
    form = PinForm(request.POST)
    if not form.is_valid():
        raise PinRefused(_("Enter your number and your PIN."), code="pin_missing", status=422)
    said = form.cleaned_data
    answer = punch_by_pin(
        camera=camera,
        number=said["number"],
        pin=said["pin"],
        nonce=str(said["nonce"] or uuid.uuid4()),
        at=timezone.now(),
        spent=spent_of(request.POST),
    )
    if prefers_json(request):
        return JsonResponse(answer)
    messages.success(request, f"{answer['name']}: {answer['direction']} {answer['time']}")
    return HttpResponseRedirect(address(request, "kiosk", pk))


@require_POST
@gate(Permission.ENROLL)
def pin_new(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Give a person a new PIN and show it, once."""
    person = get_object_or_404(people_within(request.organization, reach_of(request)), pk=pk)
    pin = pins.new_pin(organization=request.organization, person=person)
    return TemplateResponse(
        request, "attendance/pin_shown.html", {"person": person, "pin": pin, "page": Page(person.name)}
    )
