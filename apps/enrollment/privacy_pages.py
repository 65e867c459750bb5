"""Where an organization decides about faces: whether at all, for how long, and on what assessment that stands."""

from typing import Any

from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.enrollment import privacy, selectors
from apps.enrollment.impact_assessment import QUESTIONS, known_answers, lacking, measured_figures
from apps.enrollment.models import PrivacyRules
from apps.enrollment.privacy_forms import AssessmentForm, RulesForm
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.pages import Action, Page, attempted, form_page, get_or_post, saved
from apps.people.watches import readings


def address(request: OrganizationRequest, name: str, *args: object) -> str:
    return reverse(f"enrollment:{name}", args=[request.organization.slug, *args])


@require_safe
@gate(Permission.VIEW_PRIVACY)
def overview(request: OrganizationRequest) -> HttpResponseBase:
    """What holds here: faces on or off, the rules, the assessment, who is to be asked anew, what is overdue."""
    organization, rules = request.organization, privacy.rules_of(request.organization)
    left = lacking(rules.assessment)
    context = {
        "page": Page(_("Privacy"), _("What is decided about faces here, and whether it is kept to.")),
        "rules": rules,
        "may_edit": allowed(request, Permission.EDIT_PRIVACY),
        "answered": len(QUESTIONS) - len(left),
        "questions": len(QUESTIONS),
        "may_switch_on": rules.filled_at is not None and not left,
        "due": selectors.consents_due(organization, timezone.localdate()),
        "texts": selectors.newest_texts(organization),
        "watches": readings(organization),
        "policy_url": reverse("biometric_policy", args=[organization.slug]),
    }
    return TemplateResponse(request, "enrollment/privacy.html", context)


@get_or_post
@gate(Permission.EDIT_PRIVACY)
def rules(request: OrganizationRequest) -> HttpResponseBase:
    """Change purpose, contact and periods."""
    back = address(request, "privacy")
    form = RulesForm(request.POST or None, instance=privacy.rules_of(request.organization))
    if attempted(form, lambda: privacy.change_rules(organization=request.organization, **form.cleaned_data)):
        return saved(request, _("The rules were saved. The public policy page says them from now on."), back)
    page = Page(_("Rules about faces"), _("The public policy page is written from these."), back=_back(request))
    return form_page(request, page, form, back, _("Save"))


@get_or_post
@gate(Permission.EDIT_PRIVACY)
def assessment_edit(request: OrganizationRequest) -> HttpResponseBase:
    """Answer the questions; what the product knows by itself is there to begin with."""
    organization, back = request.organization, address(request, "assessment")
    stands = privacy.rules_of(organization)
    form = AssessmentForm(request.POST or None, initial=known_answers(organization, stands) | stands.assessment)
    if attempted(form, lambda: _fill(request, form)):
        left = len(lacking(privacy.rules_of(organization).assessment))
        text = (
            _("Saved. %(left)d questions are left.") % {"left": left} if left else _("Saved, every question answered.")
        )
        return saved(request, text, back)
    sentence = _("What this product knows by itself is filled in: read it, and correct what is otherwise with you.")
    page = Page(_("Impact assessment"), sentence, back=Action(back, _("Impact assessment")))
    return form_page(request, page, form, back, _("Save"))


def _fill(request: OrganizationRequest, form: AssessmentForm) -> PrivacyRules:
    return privacy.fill_assessment(organization=request.organization, answers=form.cleaned_data, by=request.user)


@require_safe
@gate(Permission.VIEW_PRIVACY)
def assessment(request: OrganizationRequest) -> HttpResponseBase:
    """The assessment to read and to print, with our measured figures."""
    organization, stands = request.organization, privacy.rules_of(request.organization)
    actions = []
    if allowed(request, Permission.EDIT_PRIVACY):
        actions = [Action(address(request, "assessment_edit"), _("Answer the questions"), "pencil", primary=True)]
    context = {
        "page": Page(
            _("Impact assessment"), _("As Article 35 of the GDPR asks, before a face is seen."), actions, _back(request)
        ),
        "rules": stands,
        "answers": [(question, stands.assessment.get(question.key, "")) for question in QUESTIONS],
        "figures": measured_figures(organization),
        "now": timezone.now(),
    }
    return TemplateResponse(request, "enrollment/assessment.html", context)


@require_POST
@gate(Permission.EDIT_PRIVACY)
def faces(request: OrganizationRequest) -> HttpResponseBase:
    """Switch faces on or off; off holds from the next frame on."""
    on = request.POST.get("on") == "yes"
    privacy.switch_face_mode(organization=request.organization, on=on)
    text = (
        _("Faces are recognised from now on.") if on else _("Faces are off. Everybody uses PIN, badge or supervisor.")
    )
    return saved(request, text, address(request, "privacy"))


def _back(request: OrganizationRequest) -> Any:
    return Action(address(request, "privacy"), _("Privacy"))
