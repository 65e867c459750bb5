"""The page on which owners choose who must sign in with a second step."""

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.organizations import second_step
from apps.organizations.access import OrganizationRequest, Permission, gate
from apps.organizations.account_forms import SignInRulesForm
from apps.organizations.pages import Action, Page, attempted, form_page, get_or_post, saved


@get_or_post
@gate(Permission.EDIT_SECURITY)
def sign_in_rules(request: OrganizationRequest) -> HttpResponseBase:
    organization = request.organization
    back = reverse("organizations:members", args=[organization.slug])
    # Not `or None`: a program's form with no role ticked holds nothing at all.
    sent = request.POST if request.method == "POST" else None
    form = SignInRulesForm(sent, initial={"roles": organization.mfa_roles})
    if attempted(form, lambda: second_step.require_for(organization=organization, **form.cleaned_data)):
        return saved(request, _("The sign-in rules were saved."), back)
    page = Page(
        _("Sign-in rules"),
        _("Platform staff who visit always need a second step."),
        back=Action(back, _("Members")),
    )
    return form_page(request, page, form, back, _("Save"))
