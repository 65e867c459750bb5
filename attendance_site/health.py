"""Answers whether this process serves, and whether faces are recognised here."""

from django.db import connection
from django.http import HttpRequest, JsonResponse

from apps.enrollment.engine_choice import engine_problem
from apps.organizations.key_checks import deployment_problem


def live(request: HttpRequest) -> JsonResponse:
    """200 while the database answers; an exception, so 500, when it does not."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")  # nosemgrep: no-raw-sql  (names no table)
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 while faces can be recognised, else 503 and why. Pages and PINs work either way: restart nothing for it."""
    if (keys := deployment_problem()) is not None:
        return JsonResponse(
            {"status": "not_ready", "code": keys.code, "message": keys.message, "files": []}, status=503
        )
    problem = engine_problem()
    if problem is None:
        return JsonResponse({"status": "ready"})
    return JsonResponse({"status": "not_ready", "code": problem.code, "files": problem.files}, status=503)
