"""Pages to erase a person, to read the receipts, and to hand out a person's own record."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.organizations.access import OrganizationRequest, Permission, gate
from apps.organizations.errors import WrongChoice
from apps.organizations.pages import Action, Empty, Page, attempted, get_or_post, list_page, saved
from apps.organizations.platform_key import public_key
from apps.people import erasure, receipts, record, selectors, watches
from apps.people.models import ErasureReceipt, Person
from apps.people.reach import oneself, reach_of
from apps.people.tables import ReceiptTable

Row = tuple[Any, int, Any]
REASONS = [(one.value, one.label) for one in erasure.Reason if one != erasure.Reason.REPLAYED]


class EraseForm(forms.Form):
    """The number of whoever is erased, typed once more, and why."""

    number = forms.CharField(label=gettext_lazy("Person number"), max_length=64)
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=REASONS)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["number"].help_text = _("Type %(number)s to say that you mean them.") % {
            "number": person.external_id
        }

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip()
        if number != self.person.external_id:
            raise forms.ValidationError(_("This is not the number of %(name)s."), params={"name": self.person.name})
        return number


def _person_or_404(request: OrganizationRequest, pk: UUID) -> Person:
    return get_object_or_404(selectors.people_within(request.organization, reach_of(request)), pk=pk)


@get_or_post
@gate(Permission.ERASE_PEOPLE)
def erase(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """What an erasure destroys and keeps; then it is done, and the receipt shown."""
    person, organization = _person_or_404(request, pk), request.organization
    form = EraseForm(request.POST or None, person=person)
    done: list[ErasureReceipt] = []
    if attempted(form, lambda: done.append(_erased(request, person, form))):
        told = _("Erased. This receipt says what was destroyed and what was kept.")
        return saved(request, told, reverse("people:receipt", args=[organization.slug, done[0].pk]))
    back = reverse("people:person_edit", args=[organization.slug, pk])
    sentence = _("Nobody can undo this. If they may come back, set them inactive instead.")
    context = {
        "page": Page(_("Erase %(name)s") % {"name": person.name}, sentence, back=Action(back, person.name)),
        "form": form,
        "destroyed": [part for part in erasure.plan() if part.fate == erasure.Fate.DESTROYED],
        "kept": [part for part in erasure.plan() if part.fate != erasure.Fate.DESTROYED],
        "cancel_url": back,
        "submit_label": _("Erase for good"),
        "danger": True,
    }
    return TemplateResponse(request, "people/erase.html", context, status=422 if form.is_bound else 200)


def _erased(request: OrganizationRequest, person: Person, form: EraseForm) -> ErasureReceipt:
    return erasure.erase(
        organization=request.organization, person=person, by=request.user, reason=form.cleaned_data["reason"]
    )


@require_safe
@gate(Permission.VIEW_PRIVACY)
def erasures(request: OrganizationRequest) -> HttpResponseBase:
    """The receipts, and what there is to have an eye on."""
    organization = request.organization
    table = ReceiptTable(selectors.receipts_of(organization), organization=organization, editable=True)
    page = Page(_("Erasures"), _("Who was erased stands here as a pseudonym, never by name."))
    empty = Empty(_("Nobody was erased yet"), _("A person’s page under People has the button for it."))
    more = {"watches": watches.readings(organization), "public_key": public_key(organization.pk)}
    return list_page(request, page, table, empty, template="people/erasures.html", more=more)


@require_safe
@gate(Permission.VIEW_PRIVACY)
def receipt(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """One receipt in plain words."""
    one = get_object_or_404(selectors.receipts_of(request.organization), pk=pk)
    told = json.loads(one.body)
    slug = request.organization.slug
    download = Action(reverse("people:receipt_file", args=[slug, pk]), _("Download"), "download", primary=True)
    back = Action(reverse("people:erasures", args=[slug]), _("Erasures"))
    context = {
        "page": Page(_("Receipt of an erasure"), _("Signed: any change in it shows."), [download], back=back),
        "receipt": one,
        "told": told,
        "reason": erasure.Reason(told["reason"]).label,
        "groups": [(title, _rows(told, fate)) for fate, title in TITLES.items()],
        "public_key": public_key(request.organization.pk),
    }
    return TemplateResponse(request, "people/receipt.html", context)


TITLES = {
    erasure.Fate.DESTROYED: gettext_lazy("Destroyed"),
    erasure.Fate.PSEUDONYMISED: gettext_lazy("Kept without a name"),
    erasure.Fate.KEPT: gettext_lazy("Kept as it is"),
}


def _rows(told: dict[str, Any], fate: erasure.Fate) -> list[Row]:
    """In the words of today's plan; a table that is not in it any more keeps its name."""
    parts = {part.name: part for part in erasure.plan()}
    found = sorted(told[fate].items(), key=lambda one: -one[1])
    return [
        (parts[name].words if name in parts else name, rows, getattr(parts.get(name), "why", ""))
        for name, rows in found
    ]


@require_safe
@gate(Permission.VIEW_PRIVACY)
def receipt_file(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """The receipt as a file that `manage.py verify_receipt` and anybody with the public key can verify."""
    one = get_object_or_404(selectors.receipts_of(request.organization), pk=pk)
    name = f"erasure-{one.created_at:%Y-%m-%d}-{one.pseudonym[:8]}.json"
    return _attachment(receipts.file_of(one), "application/json", name)


@require_safe
@gate(Permission.HAND_OUT_RECORDS)
def person_record(request: OrganizationRequest, pk: UUID) -> HttpResponseBase:
    """A person's own record, for HR to hand to them."""
    person = _person_or_404(request, pk)
    packed = record.hand_out_record(organization=request.organization, person=person)
    return _attachment(packed, "application/zip", f"record-{timezone.now():%Y-%m-%d}.zip")


@require_safe
@gate(Permission.VIEW_OWN)
def own_record(request: OrganizationRequest) -> HttpResponseBase:
    """Everything kept of whoever is signed in."""
    person = selectors.own_person(request.organization, oneself(request))
    if person is None:
        raise WrongChoice(_("HR has not said yet who you are here. Ask them, then come back."), code="nobody_yet")
    packed = record.hand_out_record(organization=request.organization, person=person)
    return _attachment(packed, "application/zip", f"my-record-{timezone.now():%Y-%m-%d}.zip")


def _attachment(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
