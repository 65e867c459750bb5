"""Shares as people read them."""

from django import template

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """A share of 0..1 as `3.4 %`; whole where nothing is lost by it."""
    words = f"{100 * share:.1f}"
    return f"{words.removesuffix('.0')} %"
