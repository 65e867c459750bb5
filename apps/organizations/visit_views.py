"""Pages of the platform's own staff: the organizations there are, stepping into one, and ending that."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.organizations import doors, second_step, visits
from apps.organizations.access import SignedInRequest
from apps.organizations.account_forms import VisitForm
from apps.organizations.pages import Page, attempted, get_or_post, saved


def platform_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For platform staff, who are asked for their second step; there is nothing here for anybody else."""

    @login_required
    @wraps(view)
    def guarded_view(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user, session = request.user, request.session
        if not user.is_staff:
            raise Http404
        if not (second_step.is_set_up(user) and second_step.is_taken(session, user)):
            return second_step.ask(request)
        return view(request, *args, **kwargs)

    guarded_view.platform = True  # type: ignore[attr-defined]  # read by the test that walks the addresses
    return guarded_view


@require_safe
@platform_page
def platform(request: SignedInRequest) -> HttpResponseBase:
    visited = {one.slug for one in doors.admissions(request.user.pk) if one.visit_id}
    rows = [{"slug": slug, "name": name, "visited": slug in visited} for slug, name in doors.organization_names()]
    context = {"page": Page(_("Organizations"), _("Step in with a reason. Its owners see it.")), "rows": rows}
    return TemplateResponse(request, "organizations/platform.html", context)


@get_or_post
@platform_page
def step_in(request: SignedInRequest, organization: str) -> HttpResponseBase:
    organization_id = _id_of(organization)
    form = VisitForm(request.POST or None)
    if attempted(
        form,
        lambda: visits.step_in(organization_id=organization_id, user=request.user, **form.cleaned_data),
    ):
        return HttpResponseRedirect(reverse("organizations:home", args=[organization]))
    name = dict(doors.organization_names())[organization]
    context = {
        "page": Page(_("Step into %(name)s") % {"name": name}),
        "form": form,
        "cancel_url": reverse("platform"),
        "submit_label": _("Step in"),
    }
    return TemplateResponse(request, "pages/form.html", context, status=422 if form.is_bound else 200)


@require_POST
@platform_page
def step_out(request: SignedInRequest, organization: str) -> HttpResponseBase:
    visits.end(organization_id=_id_of(organization), user=request.user)
    return saved(request, _("The visit has ended."), reverse("platform"))  # type: ignore[arg-type]


def _id_of(slug: str) -> UUID:
    found = doors.organization_id_of(slug)
    if found is None:
        raise Http404
    return found
