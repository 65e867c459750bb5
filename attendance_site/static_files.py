"""Third-party front-end files: found by an allow-list, named by their hash, sent with their own headers."""

import re
from collections.abc import Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# A dedicated worker obeys its own response header, not the page's, so only this one file may compile WebAssembly.
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
READER_POLICY = "default-src 'none'; script-src 'self'"
READER_FILE = re.compile(r"(?:^|/)js/badge_worker(?:\.[0-9a-f]{12})?\.js$")
WORKER_FILE = re.compile(r"(?:^|/)js/face_worker(?:\.[0-9a-f]{12})?\.js$")


class PackageStorage(FileSystemStorage):
    """One npm package folder, seen under a prefix, through its allow-list of glob patterns."""

    def __init__(self, prefix: str, folder: Path, patterns: Iterable[str]) -> None:
        super().__init__(location=folder)
        self.prefix = prefix
        self.folder = folder
        self.patterns = tuple(patterns)

    def names(self) -> list[str]:
        """Return the allowed files that exist, as paths relative to the folder."""
        return sorted({name for pattern in self.patterns for name in self._names_like(pattern)})

    def unmatched(self) -> list[str]:
        """Return the patterns that no file answers to."""
        return [pattern for pattern in self.patterns if not self._names_like(pattern)]

    def _names_like(self, pattern: str) -> list[str]:
        return [file.relative_to(self.folder).as_posix() for file in self.folder.glob(pattern) if file.is_file()]


class NodeModulesFinder(BaseFinder):
    """Serves the files named in settings.NODE_FILES: {prefix: (folder under node_modules, glob patterns)}.

    node_modules as a STATICFILES_DIRS entry collected 1137 files (35 MB) and failed on missing source maps;
    the allow-list serves the few that the pages ask for.
    """

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        root = Path(settings.BASE_DIR) / "node_modules"
        self.storages = [
            PackageStorage(prefix, root / package, patterns)
            for prefix, (package, patterns) in settings.NODE_FILES.items()
        ]
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Report what `make setup` has not installed; a site with collected files needs no node_modules."""
        if _collected():
            return []
        return [error for storage in self.storages for error in _missing(storage)]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the file behind a static path, or every such file when find_all is set."""
        found = [
            storage.path(name)
            for storage in self.storages
            for name in storage.names()
            if path == f"{storage.prefix}/{name}"
        ]
        return found if find_all else next(iter(found), [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield every allowed file beside its storage, for collectstatic and for WhiteNoise."""
        for storage in self.storages:
            for name in storage.names():
                yield name, storage


def _missing(storage: PackageStorage) -> Iterator[CheckMessage]:
    hint = "Run `make setup`: it installs the packages of package-lock.json."
    if not storage.folder.is_dir():
        yield Error(f"{storage.folder} is missing.", hint=hint, id="attendance_site.E001")
        return
    for pattern in storage.unmatched():
        yield Error(f"{storage.folder} has no file like {pattern}.", hint=hint, id="attendance_site.E002")


def _collected() -> bool:
    root = settings.STATIC_ROOT
    return root is not None and (Path(root) / "staticfiles.json").is_file()


def _without_source_maps(patterns: Iterable[Any]) -> tuple[Any, ...]:
    def kept(pattern: Any) -> bool:
        return "sourceMappingURL" not in (pattern if isinstance(pattern, str) else pattern[0])

    return tuple((files, tuple(filter(kept, rules))) for files, rules in patterns)


def _own_modules() -> tuple[Any, ...]:
    # Django's own switch rewrites the imports of every script, minified third-party ones included.
    _, rules = cast(Any, ManifestStaticFilesStorage)._js_module_import_aggregation_patterns
    return (("js/*.js", rules),)


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed, compressed copies; source maps that minified packages name but do not ship are let be."""

    patterns = (*_without_source_maps(ManifestStaticFilesStorage.patterns), *_own_modules())


def add_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """WhiteNoise hook: the face worker may compile WebAssembly, nothing else may; the badge worker fetches nothing."""
    if WORKER_FILE.search(url):
        headers["Content-Security-Policy"] = WORKER_POLICY
    if READER_FILE.search(url):
        headers["Content-Security-Policy"] = READER_POLICY
