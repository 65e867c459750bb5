"""Times as people at the site read them."""

from django import template

from apps.attendance.models import Punch

register = template.Library()


@register.filter
def site_time(punch: Punch) -> str:
    """Hours and minutes on the clock of the punch's site."""
    return f"{punch.occurred_at.astimezone(punch.site.zone):%H:%M}"
