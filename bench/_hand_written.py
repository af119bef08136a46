"""What registers_write.py measures the API against: a Django view that a programmer writes by hand for one table, on
the same server, behind the same middleware. One INSERT, no history, no check."""

import json

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from tinhso.kernel.ids import uuid7
from tinhso.kernel.policy import anyone, route


@route(anyone)
def insert(request: HttpRequest) -> JsonResponse:
    """The row that the API's record has; the actor is the one whom the middleware has found."""
    body = json.loads(request.body)
    values, day, id = body["values"], body["valid_from"], uuid7()
    names = [f'"{name}"' for name in values]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO reg.demo_gardens (id, revision, valid_from, unit, unit_on, {', '.join(names)})"
            f" VALUES (%s, 1, %s, %s, %s, {', '.join(['%s'] * len(names))})",
            [id, day, body["unit"], day, *values.values()],
        )
    return JsonResponse({"id": str(id)}, status=201)


urlpatterns = [path("hand-written", insert), path("", include("tinhso.project.urls"))]
