"""Pages to pair a device with a camera, to see which one is paired, and to remove it; and the device's own page."""

import base64
import binascii
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.organizations import camera_keys, selectors
from apps.organizations.access import OrganizationRequest, Permission, gate
from apps.organizations.camera_keys import PairingRequest
from apps.organizations.models import Camera, CameraKey
from apps.organizations.pages import Action, Page, get_or_post, saved


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"organizations:{name}", args=[request.organization.slug, *args])


def camera_or_404(request: OrganizationRequest, pk: UUID) -> Camera:
    return get_object_or_404(selectors.cameras_of(request.organization), pk=pk)


@require_safe
@gate(Permission.PAIR_CAMERA)
def camera_devices(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The device that is paired with this camera, and those that were."""
    camera = camera_or_404(request, pk)
    keys = list(camera_keys.keys_of(request.organization, camera)[:20])
    page = Page(
        camera.name,
        _("A paired device is this camera by itself: nobody has to sign in on it, and no session ends."),
        back=Action(address(request, "cameras"), _("Cameras")),
    )
    context = {
        "page": page,
        "camera": camera,
        "paired": next((key for key in keys if key.revoked_at is None), None),
        "earlier": [key for key in keys if key.revoked_at],
        "zone": camera.site.zone,
    }
    return TemplateResponse(request, "organizations/camera_devices.html", context)


@require_POST
@gate(Permission.PAIR_CAMERA)
def pairing_new(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Show a new code, once."""
    camera = camera_or_404(request, pk)
    code = camera_keys.new_pairing(organization=request.organization, camera=camera, author=request.user)
    back = address(request, "camera_devices", pk)
    context = {
        "page": Page(_("Pair a device"), back=Action(back, camera.name)),
        "camera": camera,
        "code": camera_keys.shown(code),
        "seconds": int(camera_keys.CODE_LIFETIME.total_seconds()),
        "where": request.build_absolute_uri(reverse("pair")),
        "back": back,
    }
    return TemplateResponse(request, "organizations/pairing_code.html", context)


@require_POST
@gate(Permission.PAIR_CAMERA)
def camera_key_revoke(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Remove a device."""
    key = get_object_or_404(CameraKey.objects.filter(organization=request.organization), pk=pk)
    camera_keys.revoke_key(organization=request.organization, key=key)
    return saved(request, _("The device was removed."), address(request, "camera_devices", key.camera_id))


@get_or_post
def pair(request: HttpRequest) -> HttpResponseBase:
    """The device's page: type the code. Its script makes a key and posts the public half of it."""
    if request.method != "POST":
        return TemplateResponse(request, "organizations/pair.html", {"nonce": camera_keys.new_nonce()})
    address = truncate_ip(get_adapter().get_client_ip(request))
    camera_keys.pair(request=_asked(request), address=address, at=timezone.now())
    return JsonResponse({"state": "paired", "url": reverse("paired_kiosk")})


def _asked(request: HttpRequest) -> PairingRequest:
    return PairingRequest(
        code=request.POST.get("code", ""),
        public_key=_bytes(request.POST.get("public_key", "")),
        nonce=request.POST.get("nonce", ""),
        proof=_bytes(request.POST.get("proof", "")),
        origin=request.headers.get("Origin", ""),
    )


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text[:400], validate=True)
    except (binascii.Error, ValueError):
        return b""
