"""The pages where somebody decides whether two records are one person or two who look alike."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.enrollment import cases, selectors
from apps.enrollment.case_tables import CaseTable
from apps.enrollment.duplicates import WAITS, decide
from apps.enrollment.engine_choice import chosen_entry, prefix_of
from apps.enrollment.models import DuplicateCase
from apps.enrollment.promise import line_of
from apps.enrollment.recognition_pages import address, tabs
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.models import Organization
from apps.organizations.pages import Action, Empty, Page, attempted, get_or_post, list_page
from apps.people.models import Person
from apps.people.services import record_view

CLEARLY = 0.5
"""From so much of the way between the line and one picture compared with itself, two faces are called very alike."""


class DecisionForm(forms.Form):
    """What somebody decides, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("They are"),
        choices=[one for one in DuplicateCase.Decision.choices if one[0] != DuplicateCase.Decision.OPEN],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the two. Nothing happens until you do.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("How you know, such as: identity card seen, twins. It is kept with the decision."),
    )


@require_safe
@gate(Permission.DECIDE_DUPLICATES)
def duplicates(request: OrganizationRequest) -> HttpResponseBase:
    """Every case, those that wait for a decision first."""
    page = Page(
        _("Recognition"),
        _("One face under two person numbers. What was taken last waits, and is used by no camera, until you decide."),
    )
    table = CaseTable(cases.cases_of(request.organization), organization=request.organization)
    empty = Empty(
        _("No duplicates"),
        _("Each enrollment is compared with everybody else’s, and every night everybody with everybody."),
    )
    return list_page(request, page, table, empty, more={"views": tabs(request)})


@get_or_post
@gate(Permission.DECIDE_DUPLICATES)
def duplicate(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """Both records side by side, and the decision; of a decided case, what to do now."""
    organization = request.organization
    case = get_object_or_404(cases.cases_of(organization), pk=pk)
    is_open = case.decision == DuplicateCase.Decision.OPEN
    form = DecisionForm(request.POST if request.method == "POST" and is_open else None)
    if request.method == "POST" and not is_open:
        return HttpResponseRedirect(request.path)
    if attempted(
        form, lambda: decide(organization=organization, case=case, decided_by=request.user, **form.cleaned_data)
    ):
        return HttpResponseRedirect(request.path)
    if request.method != "POST":
        for one in (case.person, case.other):
            record_view(organization=organization, person=one)
    return _case_page(request, case, form)


def _case_page(request: OrganizationRequest, case: DuplicateCase, form: forms.Form) -> HttpResponseBase:
    organization = request.organization
    back = Action(address(request, "enrollment:duplicates"), _("Duplicates"))
    title = _("%(one)s and %(other)s") % {"one": case.person.name, "other": case.other.name}
    is_open = case.decision == DuplicateCase.Decision.OPEN
    context: dict[str, Any] = {
        "page": Page(title, _("Is this one person, or are they two who look alike?") if is_open else "", back=back),
        "case": case,
        "form": form,
        "is_open": is_open,
        "likeness": likeness_words(case.similarity, _line_of(organization, case)),
        "records": [_record(request, one, case) for one in (case.person, case.other)],
        "ends_at": case.opened_at + WAITS if case.session_id else None,
        "back_url": back.url,
    }
    return TemplateResponse(request, "enrollment/duplicate.html", context, status=422 if form.errors else 200)


def _record(request: OrganizationRequest, person: Person, case: DuplicateCase) -> dict[str, Any]:
    slug = request.organization.slug
    waits = case.session_id is not None and person == case.person
    may_edit = allowed(request, Permission.EDIT_PEOPLE)
    return {
        "person": person,
        "word": _("Enrolled last") if person == case.person else _("Enrolled before"),
        "waits": waits and case.decision == DuplicateCase.Decision.OPEN,
        "references": selectors.active_references(request.organization, person).count(),
        "face_url": reverse("enrollment:person", args=[slug, person.pk]),
        "edit_url": reverse("people:person_edit", args=[slug, person.pk]) if may_edit else "",
    }


def _line_of(organization: Organization, case: DuplicateCase) -> float | None:
    """The line of the engine that runs; None where the case is about another's vectors."""
    entry = chosen_entry()
    return line_of(organization, entry) if entry and case.space.startswith(prefix_of(entry)) else None


def likeness_words(similarity: float, line: float | None) -> str:
    """How alike two faces are, for people: a similarity means nothing without the line of its engine."""
    if line is None:
        return _("As alike as the engine of that time asked for to give a name.")
    if similarity >= line + CLEARLY * (1 - line):
        return _("Very alike: far nearer to each other than a camera asks for to give a name.")
    if similarity >= line:
        return _("Alike: a camera would give the one the other’s name. Near relatives can be as near as this.")
    return _("A little less alike than a camera asks for now to give a name.")
