"""Pages to test a camera with pictures held up to it: begin, hold up, read the result."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.attendance import spoof_tests
from apps.attendance.models import SpoofCount, SpoofTest
from apps.attendance.spoof_frames import counts
from apps.attendance.spoof_reading import ICONS, PLURALS, result_of, standing_of, test_of, tests_of
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.headers import camera_page
from apps.organizations.models import Camera, LivenessPolicy
from apps.organizations.pages import Action, Page, saved
from apps.organizations.selectors import cameras_of
from apps.recognition.liveness.passive import passive_installed

MOST_SHOWN = 20


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"attendance:{name}", args=[request.organization.slug, *args])


def camera_or_404(request: OrganizationRequest, pk: UUID) -> Camera:
    return get_object_or_404(cameras_of(request.organization), pk=pk)


def test_or_404(request: OrganizationRequest, pk: UUID) -> SpoofTest:
    test = test_of(request.organization, pk)
    if test is None:
        raise Http404
    return test


@require_safe
@gate(Permission.VIEW_PLACES)
def camera_tests(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The tests of one camera, and how to begin one."""
    camera = camera_or_404(request, pk)
    tests = list(tests_of(request.organization, camera)[:MOST_SHOWN])
    page = Page(
        _("Test of %(camera)s") % {"camera": camera},
        _("Pictures are held up to the camera, in its place and light, to see whether it believes them."),
        back=Action(address(request, "liveness"), _("Liveness")),
    )
    context = {
        "page": page,
        "camera": camera,
        "running": [test for test in tests if test.ended_at is None],
        "standing": standing_of(request.organization, camera),
        "results": [result_of(test) for test in tests if test.ended_at],
        "may_test": allowed(request, Permission.OPERATE_CAMERA) and camera.is_active,
        "zone": camera.site.zone,
        **_beside(camera),
    }
    return TemplateResponse(request, "attendance/spoof_tests.html", context)


def _beside(camera: Camera) -> dict[str, Any]:
    """What a test can show here: without a look for pictures every picture is believed."""
    policy = camera.site.liveness_policy
    looks = policy in {LivenessPolicy.PASSIVE, LivenessPolicy.STRICT}
    return {"policy": LivenessPolicy(policy).label, "looks": looks, "installed": passive_installed()}


@require_POST
@gate(Permission.OPERATE_CAMERA)
def spoof_test_start(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Begin a test, and open its page."""
    camera = camera_or_404(request, pk)
    test = spoof_tests.start_test(organization=request.organization, camera=camera, taken_by=request.user)
    return HttpResponseRedirect(address(request, "spoof_test", test.pk))


@require_safe
@gate(Permission.OPERATE_CAMERA)
@camera_page
def spoof_test(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The camera page of a running test; of one that ended, its result."""
    test = test_or_404(request, pk)
    if test.ended_at:
        return HttpResponseRedirect(address(request, "spoof_test_result", pk))
    page_settings = {
        "socket": f"/ws/o/{request.organization.slug}/spoof-tests/{test.pk}/",
        "back_url": address(request, "camera_tests", test.camera_id),
        "species": {species: str(words) for species, words in PLURALS.items()},
        "counts": counts(test),
    }
    species = [{"name": one.value, "label": one.label, "icon": ICONS[one]} for one in SpoofCount.Species]
    context = {"settings": page_settings, "test": test, "species": species, **_beside(test.camera)}
    return TemplateResponse(request, "attendance/spoof_test.html", context)


@require_POST
@gate(Permission.OPERATE_CAMERA)
def spoof_test_end(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """End the test: from now on it speaks for its camera."""
    test = test_or_404(request, pk)
    spoof_tests.end_test(organization=request.organization, test=test)
    return saved(request, _("The test has ended."), address(request, "spoof_test_result", pk))


@require_safe
@gate(Permission.VIEW_PLACES)
def spoof_test_result(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """What a test came to, per kind, with its bounds, and what follows for the camera."""
    test = test_or_404(request, pk)
    back = Action(address(request, "camera_tests", test.camera_id), _("Test of %(camera)s") % {"camera": test.camera})
    context = {
        "page": Page(_("Result"), test.camera, back=back),
        "test": test,
        "figures": result_of(test).figures,
        "standing": standing_of(request.organization, test.camera),
        "most_accepted": spoof_tests.MOST_ACCEPTED,
        "is_attended": test.camera.site.liveness_policy == LivenessPolicy.ATTENDED,
        "may_test": allowed(request, Permission.OPERATE_CAMERA) and test.camera.is_active,
        "zone": test.camera.site.zone,
    }
    return TemplateResponse(request, "attendance/spoof_test_result.html", context)
