"""Shows in the navigation how many cases wait for a decision."""

from django.utils.translation import gettext_lazy as _

from apps.enrollment.cases import open_cases
from apps.organizations.access import Permission
from apps.organizations.shell import Entry, waits

waits(
    Entry("enrollment:duplicates", _("Duplicates"), "users-group", Permission.DECIDE_DUPLICATES),
    lambda organization: open_cases(organization).count(),
)
