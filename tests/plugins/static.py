"""Looks for the static files once a run: every test client loads the middleware anew, and that would look each time."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

Files = dict[str, StaticFile]


def once(look: Callable[[WhiteNoiseMiddleware], None]) -> Callable[[WhiteNoiseMiddleware], None]:
    """The same look, repeated only where a test changed where files lie or how they are served."""
    found: dict[str, Files] = {}

    def looked(middleware: WhiteNoiseMiddleware) -> None:
        places = (settings.BASE_DIR, settings.STATICFILES_DIRS, settings.STATICFILES_FINDERS, settings.NODE_FILES)
        served = (middleware.static_prefix, middleware.max_age, middleware.add_headers_function)
        key = repr((places, served))
        if key not in found:
            before = set(middleware.files)
            look(middleware)
            found[key] = {url: file for url, file in middleware.files.items() if url not in before}
        middleware.files.update(found[key])

    return looked


@pytest.fixture(scope="session", autouse=True)
def static_files_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once(WhiteNoiseMiddleware.add_files_from_finders))
        yield
