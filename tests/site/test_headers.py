"""Every answer of every address forbids what its page does not need; the addresses are enumerated."""

import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from apps.organizations.headers import CAMERA, NO_CAMERA
from attendance_site.static_files import WORKER_POLICY
from scripts.check import production
from tests.house.addresses import furniture
from tests.personas import World, signed_in
from tests.site.pages import Route, address, routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.twice]
ROOT = Path(__file__).resolve().parents[2]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self' ws://127.0.0.1:8000",
    "media-src": "'self' blob:",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
REFERRER = {"same-origin", "no-referrer"}  # the second where the address itself is a secret
TELLING = {"Server", "X-Powered-By", "X-AspNet-Version", "Via"}
ROUTES = routes()
asked = Counter[str]()


def policy(header: str) -> dict[str, str]:
    parts = [one.split() for one in header.split(";") if one.strip()]
    return {name: " ".join(values) for name, *values in parts}


def faults(answer: Any, *, camera: bool = False) -> list[str]:
    """What is wrong with the headers of an answer."""
    headers = answer.headers
    expected = {**FIXED, "Permissions-Policy": CAMERA if camera else NO_CAMERA}
    found = [f"{name}: {headers.get(name)}" for name, value in expected.items() if headers.get(name) != value]
    if policy(headers.get("Content-Security-Policy", "")) != POLICY:
        found.append(f"policy: {headers.get('Content-Security-Policy')}")
    if headers.get("Referrer-Policy") not in REFERRER:
        found.append(f"referrer: {headers.get('Referrer-Policy')}")
    if "no-store" not in headers.get("Cache-Control", ""):
        found.append(f"cache: {headers.get('Cache-Control')}")
    return found + [f"tells {name}" for name in TELLING & set(headers)]


# Says 503 where no engine's files are, which is what it is for.
UNREADY = {"/readyz"}


@pytest.fixture(scope="module")
def site(standing_world: World) -> tuple[World, dict[str, Any]]:
    return standing_world, furniture(standing_world, standing_world.northwind).rows


def browser(world: World | None = None) -> Client:
    """The owner's browser, or a stranger's; a server error is a page to it."""
    client = signed_in(world.alice) if world else Client()
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.text)
def test_every_address_answers_with_every_header(site: tuple[World, dict[str, Any]], route: Route) -> None:
    world, rows = site
    url = address(route, world.northwind, rows)
    has_camera = hasattr(route.view, "camera")
    for client in (browser(), browser(world)):
        for method in ("get", "post", "put"):
            answer = getattr(client, method)(url)
            asked[str(answer.status_code)] += 1
            assert answer.status_code < 500 or url in UNREADY, answer.status_code
            assert faults(answer, camera=has_camera and answer.headers["Permissions-Policy"] == CAMERA) == []


def test_every_page_of_the_site_is_among_them() -> None:
    texts = {one.text for one in ROUTES}
    assert {"/", "/accounts/login/", "/o/<slug>/people/", "/o/<slug>/cameras/<pk>/kiosk/", "/healthz"} <= texts
    assert len(texts) > 80


def test_only_pages_that_ask_for_the_camera_have_it() -> None:
    names = {one.name for one in ROUTES if hasattr(one.view, "camera")}
    own = {"attendance:kiosk", "paired_kiosk", "enrollment:capture", "enroll_here", "attendance:spoof_test"}
    assert names == own


@pytest.mark.parametrize("name", ["attendance:kiosk", "enrollment:capture", "attendance:spoof_test"])
def test_and_they_have_it(site: tuple[World, dict[str, Any]], name: str) -> None:
    world, rows = site
    [route] = [one for one in ROUTES if one.name == name]
    answer = browser(world).get(address(route, world.northwind, rows))
    assert (answer.status_code, answer.headers["Permissions-Policy"]) == (200, CAMERA)


class TestErrorPages:
    def test_400(self, world: World, settings: Settings) -> None:
        settings.ALLOWED_HOSTS = ["time.example.org"]
        answer = browser(world).get("/", headers={"host": "evil.example.com"})
        assert (answer.status_code, faults(answer)) == (400, [])

    def test_403(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.alice)
        answer = client.post("/o/northwind/sites/add/", {"name": "New"})
        assert (answer.status_code, faults(answer)) == (403, [])

    @pytest.mark.parametrize("url", ["/nothing/", "/o/southwind/sites/", "/o/northwind/nothing/"])
    def test_404(self, world: World, url: str) -> None:
        answer = browser(world).get(url)
        assert (answer.status_code, faults(answer)) == (404, [])

    def test_405(self, world: World) -> None:
        answer = browser(world).put("/o/northwind/people/")
        assert (answer.status_code, faults(answer)) == (405, [])

    def test_429(self, world: World, settings: Settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login": "1/h/ip"}
        client = browser()
        answers = [client.post("/accounts/login/", {"login": "x@example.org", "password": "x" * 12}) for _ in "12"]
        assert (answers[-1].status_code, faults(answers[-1])) == (429, [])

    def test_500(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: Any, **kwargs: Any) -> None:
            raise RuntimeError("planted")

        monkeypatch.setattr("apps.organizations.selectors.sites_of", fail)
        answer = browser(world).get("/o/northwind/sites/")
        assert (answer.status_code, faults(answer)) == (500, [])


class TestHttps:
    @pytest.fixture(autouse=True)
    def https(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the settings of a deployment say of cookies, redirects and hosts."""
        for name, value in production().items():
            monkeypatch.setenv(name, value)
        found = runpy.run_path(str(ROOT / "attendance_site/settings.py"))
        for name, value in found.items():
            if name.startswith(("SECURE_", "SESSION_COOKIE", "CSRF_")) or name in ("ALLOWED_HOSTS", "HTTPS"):
                setattr(settings, name, value)

    def test_a_plain_request_is_sent_to_https(self) -> None:
        answer = Client().get("/accounts/login/?next=/", headers={"host": "attendance.example.org"})
        where = "https://attendance.example.org/accounts/login/?next=/"
        assert (answer.status_code, answer.headers["Location"]) == (301, where)

    def test_browsers_are_told_to_stay_there(self) -> None:
        answer = Client().get("/accounts/login/", secure=True, headers={"host": "attendance.example.org"})
        assert (answer.status_code, answer.headers["Strict-Transport-Security"]) == (200, "max-age=31536000")

    def test_the_cookies_are_bound_to_the_host(self, world: World) -> None:
        world.alice.set_password("a long enough password")
        world.alice.save()
        client = Client(headers={"host": "attendance.example.org", "x-forwarded-proto": "https"})
        client.post("/accounts/login/", {"login": world.alice.email, "password": "a long enough password"})
        session, token = client.cookies["__Host-session"], client.cookies["__Host-csrf"]
        kept = [(one["secure"], one["samesite"], one["path"], one["domain"]) for one in (session, token)]
        assert kept == [(True, "Lax", "/", "")] * 2
        assert session["httponly"]


class TestStatic:
    @pytest.mark.parametrize("name", ["css/app.css", "js/face_worker.js"])
    def test_a_file_is_taken_for_what_it_is(self, name: str) -> None:
        answer = Client().get(f"/static/{name}")
        assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert "max-age" in answer.headers["Cache-Control"]

    def test_only_the_worker_may_compile(self) -> None:
        policies = {
            name: Client().get(f"/static/js/{name}.js").headers.get("Content-Security-Policy", "")
            for name in ("face_worker", "kiosk")
        }
        assert (policies["face_worker"], "wasm-unsafe-eval" in policies["kiosk"]) == (WORKER_POLICY, False)


class TestSizes:
    def test_a_body_beyond_two_megabytes_is_refused(self, world: World) -> None:
        answer = browser(world).post("/o/northwind/sites/add/", {"name": "x" * (2 * 2**20 + 1)}, format="multipart")
        assert answer.status_code == 400

    def test_too_many_fields_are_refused(self, world: World) -> None:
        answer = browser(world).post("/o/northwind/sites/add/", {f"f{number}": "" for number in range(501)})
        assert answer.status_code == 400

    def test_no_accepted_upload_touches_the_disk(self) -> None:
        assert django_settings.FILE_UPLOAD_MAX_MEMORY_SIZE == 10 * 2**20 and not django_settings.MEDIA_ROOT
