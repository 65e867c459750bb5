"""The texts people agree to: every version there was, and a new one."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.enrollment import selectors, services
from apps.enrollment.languages import language_name
from apps.enrollment.privacy_forms import ConsentTextForm
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.pages import Action, Page, attempted, form_page, get_or_post, saved


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"enrollment:{name}", args=[request.organization.slug, *args])


@require_safe
@gate(Permission.VIEW_PRIVACY)
def texts(request: OrganizationRequest) -> HttpResponseBase:
    """Every version of every language."""
    actions = []
    if allowed(request, Permission.EDIT_PRIVACY):
        actions = [Action(address(request, "text_new"), _("New version"), "plus", primary=True)]
    back = Action(address(request, "privacy"), _("Privacy"))
    sentence = _("Whoever agreed keeps the version they read; the newest of each language is asked now.")
    context = {
        "page": Page(_("Consent texts"), sentence, actions, back),
        "rows": [(one, language_name(one.language)) for one in selectors.consent_texts(request.organization)],
        "first": selectors.first_text(request.organization),
    }
    return TemplateResponse(request, "enrollment/consent_texts.html", context)


@require_safe
@gate(Permission.VIEW_PRIVACY)
def text(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """One version as it was read."""
    one = get_object_or_404(selectors.consent_texts(request.organization), pk=pk)
    title = _("%(language)s, version %(version)d") % {"language": language_name(one.language), "version": one.version}
    back = Action(address(request, "texts"), _("Consent texts"))
    return TemplateResponse(request, "enrollment/consent_text_page.html", {"page": Page(title, back=back), "text": one})


@get_or_post
@gate(Permission.EDIT_PRIVACY)
def text_new(request: OrganizationRequest) -> HttpResponseBase:
    """Publish a new version in one language; it begins with the newest of that language."""
    organization, back = request.organization, address(request, "texts")
    shown = selectors.text_to_show(organization, request.GET.get("language", ""))
    begin = {name: getattr(shown, name) for name in ("language", "body", "what", "why", "how_long")}
    form = ConsentTextForm(request.POST or None, initial=begin)
    if attempted(form, lambda: services.publish_consent_text(organization=organization, **form.cleaned_data)):
        return saved(request, _("Published. It is what people agree to from now on."), back)
    sentence = _("A new version asks nobody again who agreed to an earlier one.")
    page = Page(_("New consent text"), sentence, back=Action(back, _("Consent texts")))
    return form_page(request, page, form, back, _("Publish"))
