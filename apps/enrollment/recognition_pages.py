"""Pages about recognition itself: what the setting promises, what runs here, and who looks like whom."""

from typing import Any

from django.conf import settings
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apps.enrollment import cases, selectors
from apps.enrollment.engine_choice import chosen_entry, missing_files
from apps.enrollment.forms import TargetForm
from apps.enrollment.impostors import reset_own_line
from apps.enrollment.promise import promise_of, space_and_people
from apps.enrollment.tables import LookAlikeTable
from apps.enrollment.vault import key_problem
from apps.organizations.access import OrganizationRequest, Permission, allowed, gate
from apps.organizations.pages import Action, Empty, Page, attempted, form_page, get_or_post, list_page, saved
from apps.organizations.services import choose_target

DUPLICATES = "enrollment:duplicates"
# The pages of recognition, those of the room above included: how it fares is counted where punches are.
TABS = (
    ("enrollment:recognition", gettext_lazy("Setting"), Permission.VIEW_PLACES),
    ("attendance:recognition_use", gettext_lazy("In use"), Permission.VIEW_PLACES),
    ("attendance:liveness", gettext_lazy("Liveness"), Permission.VIEW_PLACES),
    ("attendance:equal_ways", gettext_lazy("Equal ways"), Permission.VIEW_PRIVACY),
    ("enrollment:look_alikes", gettext_lazy("Look-alikes"), Permission.VIEW_ENROLLMENT),
    (DUPLICATES, gettext_lazy("Duplicates"), Permission.DECIDE_DUPLICATES),
    ("enrollment:engine_change", gettext_lazy("Engine change"), Permission.VIEW_ENROLLMENT),
)


def address(request: OrganizationRequest, name: str) -> str:
    return reverse(name, args=[request.organization.slug])


def tabs(request: OrganizationRequest) -> list[dict[str, Any]]:
    """The pages of recognition that this role may see, this one marked; how many cases wait beside theirs."""
    shown = [(view, label) for view, label, permission in TABS if allowed(request, permission)]
    return [
        {
            "url": address(request, view),
            "label": label,
            "current": address(request, view) == request.path,
            "count": cases.open_cases(request.organization).count() or None if view == DUPLICATES else None,
        }
        for view, label in shown
    ]


@require_safe
@gate(Permission.VIEW_PLACES)
def recognition(request: OrganizationRequest) -> HttpResponseBase:
    """Which engine runs, whether it may decide by itself, and how many strangers it would take for somebody."""
    entry = chosen_entry()
    change = Action(address(request, "enrollment:target"), _("Change the setting"), "adjustments")
    actions = [change] if allowed(request, Permission.EDIT_RECOGNITION) else []
    context = {
        "page": Page(_("Recognition"), _("What compares faces here, and how often it errs."), actions),
        "views": tabs(request),
        "entry": entry,
        "key_problem": key_problem(request.organization),
        "promise": promise_of(request.organization, entry) if entry else None,
        "may_reset": allowed(request, Permission.EDIT_RECOGNITION),
        "chosen": request.organization.get_false_positive_target_display(),
        # Only the process that recognises needs the files; in full mode that is a worker on its own disk.
        "lacking": missing_files(entry.name) if entry and settings.EMBEDDED else [],
        "spaces": selectors.enrolled_by_space(request.organization),
        "embedded": settings.EMBEDDED,
    }
    return TemplateResponse(request, "enrollment/recognition.html", context)


@get_or_post
@gate(Permission.EDIT_RECOGNITION)
def target(request: OrganizationRequest) -> HttpResponseBase:
    """An owner chooses how many strangers may be taken for somebody."""
    organization, back = request.organization, address(request, "enrollment:recognition")
    sent = request.POST if request.method == "POST" else None
    form = TargetForm(sent, initial={"false_positive_target": organization.false_positive_target})
    if attempted(form, lambda: choose_target(organization=organization, **form.cleaned_data)):
        return saved(request, _("The setting was saved. It holds from the next person on."), back)
    sentence = _("You say how many; how alike two faces must be follows from it, and from how many are enrolled.")
    page = Page(_("Strangers taken for somebody"), sentence, back=Action(back, _("Recognition")))
    return form_page(request, page, form, back, _("Save"))


@require_POST
@gate(Permission.EDIT_RECOGNITION)
def own_line_reset(request: OrganizationRequest) -> HttpResponseBase:
    """Forget what the own people asked for, such as after a test with one person enrolled twice."""
    back, entry = address(request, "enrollment:recognition"), chosen_entry()
    space = space_and_people(request.organization, entry)[0] if entry else ""
    own = selectors.own_line_of(request.organization, space)
    if own is None:
        return HttpResponseRedirect(back)
    reset_own_line(organization=request.organization, own_line=own)
    return saved(request, _("Forgotten. The next enrollment compares your people anew."), back)


@require_safe
@gate(Permission.VIEW_ENROLLMENT)
def look_alikes(request: OrganizationRequest) -> HttpResponseBase:
    """Pairs of enrolled people whom a camera could confuse, and so asks for their PIN."""
    page = Page(
        _("Recognition"),
        _("People whom a camera could take for each other: where it is not sure which of two, it asks for the PIN."),
    )
    entry = chosen_entry()
    space = space_and_people(request.organization, entry)[0] if entry else ""
    table = LookAlikeTable(selectors.look_alikes_of(request.organization, space), organization=request.organization)
    empty = Empty(_("No look-alikes"), _("Each enrollment is compared with everybody else’s. Near pairs appear here."))
    return list_page(request, page, table, empty, more={"views": tabs(request)})
