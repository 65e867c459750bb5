"""Times as people at the site read them."""

from datetime import datetime

from django import template

from apps.attendance.models import Punch

register = template.Library()


@register.filter
def site_time(punch: Punch) -> str:
    """Hours and minutes on the clock of the punch's site."""
    return f"{punch.occurred_at.astimezone(punch.site.zone):%H:%M}"


@register.filter
def hours_until(start: datetime, end: datetime) -> str:
    """How long it has been, such as `3 h 19`."""
    minutes = max(0, int((end - start).total_seconds() // 60))
    return f"{minutes // 60} h {minutes % 60:02d}"


@register.filter
def site_moment(punch: Punch, now: datetime) -> str:
    """The same, with the weekday before it when it was not on the site's present day."""
    then, today = (at.astimezone(punch.site.zone) for at in (punch.occurred_at, now))
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%a %H:%M}"
