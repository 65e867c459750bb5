"""Sites, cameras, members and invitations in the staff admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.organizations import services
from apps.organizations.access import Permission
from apps.organizations.admin_site import OrganizationAdmin, ReadOnlyAdmin, site
from apps.organizations.forms import CameraForm, SiteForm
from apps.organizations.models import Camera, Invitation, Membership, Site
from apps.organizations.removal import remove
from apps.organizations.selectors import members_of

PLACES: dict[str, Permission] = {
    "view": Permission.VIEW_PLACES,
    "add": Permission.EDIT_PLACES,
    "change": Permission.EDIT_PLACES,
    "delete": Permission.EDIT_PLACES,
}


@admin.register(Site, site=site)
class SiteAdmin(OrganizationAdmin):
    """Places with a time zone."""

    acts = PLACES
    form = SiteForm
    list_display = ("name", "time_zone", "direction_policy", "liveness_policy", "frames_per_decision")
    list_filter = ("direction_policy", "liveness_policy")
    search_fields = ("name",)
    ordering = ("name",)

    def save_model(self, request: Any, obj: Site, form: Any, change: bool) -> None:
        services.save_site(organization=request.organization, site=obj)

    def delete_model(self, request: Any, obj: Site) -> None:
        in_use = _("This site has cameras, people or punches, so it stays.")
        remove(organization=request.organization, row=obj, in_use=in_use)


@admin.register(Camera, site=site)
class CameraAdmin(OrganizationAdmin):
    """Kiosks, tablets and webcams."""

    acts = PLACES
    form = CameraForm
    list_display = ("name", "site", "direction_policy", "faces_per_frame", "is_active")
    list_filter = ("is_active", "site")
    list_select_related = ("site",)
    search_fields = ("name", "site__name")
    autocomplete_fields = ("site",)
    ordering = ("name",)
    actions = ("take_into_use", "take_out_of_use")

    def save_model(self, request: Any, obj: Camera, form: Any, change: bool) -> None:
        services.save_camera(organization=request.organization, camera=obj)

    def delete_model(self, request: Any, obj: Camera) -> None:
        in_use = _("This camera has punches, so it stays. Take it out of use instead.")
        remove(organization=request.organization, row=obj, in_use=in_use)

    @admin.action(description=_("Take into use"), permissions=["change"])
    def take_into_use(self, request: HttpRequest, queryset: "QuerySet[Camera]") -> None:
        self._use(request, queryset, True)

    @admin.action(description=_("Take out of use"), permissions=["change"])
    def take_out_of_use(self, request: HttpRequest, queryset: "QuerySet[Camera]") -> None:
        self._use(request, queryset, False)

    def _use(self, request: Any, cameras: "QuerySet[Camera]", is_active: bool) -> None:
        def act(camera: Camera) -> None:
            camera.is_active = is_active
            services.save_camera(organization=request.organization, camera=camera)

        self.each(request, cameras, act, _("Cameras changed: %(count)s."))


@admin.register(Membership, site=site)
class MembershipAdmin(OrganizationAdmin):
    """Who signs in here. An account is its user's: only the role and whether it counts are the organization's."""

    acts: ClassVar[dict[str, Permission]] = {"view": Permission.VIEW_MEMBERS, "change": Permission.EDIT_MEMBERS}
    fields = ("user", "role", "is_active", "created_at")
    readonly_fields = ("user", "created_at")
    list_display = ("user", "role", "is_active", "created_at")
    list_filter = ("role", "is_active")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("user__email",)
    actions = ("suspend", "restore")

    def save_model(self, request: Any, obj: Membership, form: Any, change: bool) -> None:
        # The form has changed its own copy already; the service compares with what is stored.
        self._change(request, obj, obj.role, obj.is_active)

    @admin.action(description=_("Suspend"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: "QuerySet[Membership]") -> None:
        self.each(
            request,
            queryset,
            lambda one: self._change(request, one, one.role, False),
            _("Members suspended: %(count)s."),
        )

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: "QuerySet[Membership]") -> None:
        self.each(
            request, queryset, lambda one: self._change(request, one, one.role, True), _("Members restored: %(count)s.")
        )

    def _change(self, request: Any, membership: Membership, role: str, is_active: bool) -> None:
        stored = members_of(request.organization).get(pk=membership.pk)
        services.change_membership(organization=request.organization, membership=stored, role=role, is_active=is_active)


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was invited and what became of it; invitations are made on the members page."""

    acts: ClassVar[dict[str, Permission]] = {"view": Permission.VIEW_MEMBERS}
    fields = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_display = ("email", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role",)
    list_select_related = ("invited_by",)
    search_fields = ("email",)
    ordering = ("-created_at",)
