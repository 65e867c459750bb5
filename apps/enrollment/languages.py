"""The languages a consent text can be written in, each by the name its readers know it by."""

from django.conf import settings
from django.utils.translation import get_language_info

DEFAULT_LANGUAGE = "en"


def language_name(code: str) -> str:
    """The language in its own words; the code itself where Django does not know it."""
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code


LANGUAGES = sorted(((code, language_name(code)) for code, _name in settings.LANGUAGES), key=lambda one: one[1])
