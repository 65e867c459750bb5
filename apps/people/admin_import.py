"""The import of people in the staff admin: upload, look at what it would do, confirm; and the export beside it.

Nothing of the upload is kept on the server between the two steps: its rows travel in the page, signed for this user,
this organization and one hour.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.organizations.access import Permission
from apps.organizations.admin_site import chosen_rows, holds
from apps.organizations.errors import CodedError, WrongChoice
from apps.organizations.exports import FORMATS
from apps.organizations.sheets import SheetRow, read_sheet
from apps.people.sheet_import import MOST_ROWS, Plan
from apps.people.staff_list import exported, import_people, planned_import, record_export

MOST_BYTES = 2 * 2**20
HOUR = 60 * 60
SHOWN = 500  # rows of a preview: those that are refused or change something come first


class UploadForm(forms.Form):
    """A list from an HR system."""

    sheet = forms.FileField(label=gettext_lazy("CSV or XLSX file"))
    create_departments = forms.BooleanField(label=gettext_lazy("Add departments that do not exist yet"), required=False)


def import_view(page: "ModelAdmin[Any]", request: Any) -> HttpResponseBase:
    """Upload, then preview, then confirm."""
    if not (holds(request, Permission.EDIT_PEOPLE) and page.has_add_permission(request)):
        raise PermissionDenied
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    if "rows" in request.POST:
        return _confirmed(page, request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        try:
            rows = read_sheet(form.cleaned_data["sheet"], most_bytes=MOST_BYTES, most_rows=MOST_ROWS)
            return _preview(page, request, rows, form.cleaned_data["create_departments"])
        except CodedError as error:
            form.add_error("sheet", error.message)
    return _page(page, request, {"form": form}, status=422 if form.is_bound else 200)


def _preview(
    page: "ModelAdmin[Any]", request: Any, rows: list[SheetRow], create_departments: bool, status: int = 200
) -> HttpResponseBase:
    planned = planned_import(organization=request.organization, rows=rows, create_departments=create_departments)
    context = {"plan": planned, "shown": _shown(planned), "sealed": seal(request, rows, create_departments)}
    return _page(page, request, context, status)


def _shown(planned: Plan) -> list[Any]:
    order = ["refused", "changed", "new", "same"]
    return sorted(planned.rows, key=lambda row: (order.index(row.kind), row.line))[:SHOWN]


def _confirmed(page: "ModelAdmin[Any]", request: Any) -> HttpResponseBase:
    """Import what was shown; when the organization has changed so that a row is refused, show the rows again."""
    rows, create_departments = unseal(request, request.POST["rows"])
    try:
        done = import_people(organization=request.organization, rows=rows, create_departments=create_departments)
    except WrongChoice as error:
        messages.error(request, error.message)
        return _preview(page, request, rows, create_departments, status=409)
    said = _("Imported: %(new)s new, %(changed)s changed.") % done.counts
    messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:people_person_changelist"))


def _page(page: "ModelAdmin[Any]", request: Any, context: dict[str, Any], status: int) -> HttpResponseBase:
    common = page.admin_site.each_context(request)
    title = {"title": _("Import people"), "opts": page.opts}
    return TemplateResponse(request, "admin/import_people.html", {**common, **title, **context}, status=status)


def seal(request: Any, rows: list[SheetRow], create_departments: bool) -> str:
    """The rows for the next step, readable to whoever uploaded them, and to nobody else's session of any use."""
    columns = list(rows[0].cells)
    cells = [[row.line, *row.cells.values()] for row in rows]
    return signing.dumps([create_departments, columns, cells], salt=_salt(request), compress=True)


def unseal(request: Any, sealed: str) -> tuple[list[SheetRow], bool]:
    """The rows that were shown. Raises WrongChoice for another user's, another organization's, or old ones."""
    try:
        create_departments, columns, cells = signing.loads(sealed, salt=_salt(request), max_age=HOUR)
    except signing.BadSignature:
        raise WrongChoice(_("This preview is too old or not yours. Upload the file again.")) from None
    rows = [SheetRow(line, dict(zip(columns, texts, strict=True))) for line, *texts in cells]
    return rows, create_departments


def _salt(request: Any) -> str:
    return f"people.import:{request.organization.pk}:{request.user.pk}"


def export_view(page: "ModelAdmin[Any]", request: Any, form: str) -> HttpResponseBase:
    """The people of the list as it is filtered, as CSV or XLSX."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    if form not in FORMATS:
        raise WrongChoice(_("Choose CSV or XLSX."), code="format_unknown")
    written = exported(chosen_rows(page, request))
    record_export(organization=request.organization, form=form, rows=len(written))
    kind = "text/csv" if form == "csv" else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = HttpResponse(written.export(form), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="people.{form}"'
    return answer
