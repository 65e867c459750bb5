"""Pages on which owners keep the API keys of their organization, and the API's answer to an unknown address."""

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.integrations import selectors, services
from apps.integrations.forms import CredentialForm
from apps.integrations.tables import CredentialTable
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.models import Credential
from apps.organizations.pages import Action, Empty, Page, attempted, form_page, get_or_post, list_page, saved
from apps.organizations.problems import not_found

Made = tuple[Credential, str]


def address(request: OrganizationRequest, name: str) -> str:
    return reverse(f"integrations:{name}", args=[request.organization.slug])


@require_safe
@gate(Permission.VIEW_CREDENTIALS)
def credentials(request: OrganizationRequest) -> HttpResponseBase:
    editable = allowed(request, Permission.EDIT_CREDENTIALS)
    add = Action(address(request, "credential_add"), _("Add API key"), "plus", primary=True) if editable else None
    page = Page(_("API keys"), _("What programs such as your HR system sign in with."), [add] if add else [])
    rows = selectors.credentials_of(request.organization)
    table = CredentialTable(rows, organization=request.organization, editable=editable)
    if not editable:
        table.columns.hide("revoke")
    return list_page(request, page, table, Empty(_("No API keys yet"), _("No program may read or write here."), add))


@get_or_post
@gate(Permission.EDIT_CREDENTIALS)
def credential_add(request: OrganizationRequest) -> HttpResponseBase:
    """Make a key and show its secret, once."""
    form = CredentialForm(request.POST or None)
    back = address(request, "credentials")
    made: list[Made] = []
    if attempted(form, lambda: made.append(_made(request, form))):
        credential, secret = made[0]
        context = {"page": Page(credential.name), "credential": credential, "secret": secret, "back": back}
        return TemplateResponse(request, "integrations/credential_shown.html", context)
    page = Page(_("Add API key"), _("The next page shows its secret, once."))
    return form_page(request, page, form, back, _("Make API key"))


def _made(request: OrganizationRequest, form: CredentialForm) -> Made:
    return services.create_credential(organization=request.organization, created_by=request.user, **form.cleaned_data)


@get_or_post
@gate(Permission.EDIT_CREDENTIALS)
def credential_revoke(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Ask once, then end a key."""
    credential = get_object_or_404(selectors.credentials_of(request.organization), pk=pk)
    back = address(request, "credentials")
    if request.method == "POST":
        services.revoke_credential(organization=request.organization, credential=credential)
        return saved(request, _("%(name)s was revoked.") % {"name": credential}, back)
    context = {"page": Page(_("Revoke %(name)s") % {"name": credential}), "credential": credential, "back": back}
    return TemplateResponse(request, "integrations/credential_revoke.html", context)


@csrf_exempt  # nosemgrep: csrf-exempt  (takes a bearer credential, writes nothing)
def nothing_here(request: HttpRequest) -> HttpResponseBase:
    """Any other address below /api/, whatever the method."""
    return not_found()
