"""Answers whether this process serves and its database answers."""

from django.db import connection
from django.http import HttpRequest, JsonResponse


def live(request: HttpRequest) -> JsonResponse:
    """200 while the database answers; an exception, so 500, when it does not."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")  # nosemgrep: no-raw-sql  (names no table)
    return JsonResponse({"status": "ok"})
