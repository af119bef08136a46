"""/desk/so/<register>/ban-do: what a list of records shows, as GeoJSON for the map beside it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers

from .registers import MOST_ON_MAP, list_where, shows_map


@route(may("registers.see"))
def features(request: HttpRequest, register: str) -> JsonResponse:
    """The first 500 records of the list with this address that have a place; with `?ban_ghi=` one record alone."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    name = of.definition.map
    if not name or not shows_map(actor, of):
        raise NotFound()
    asked = request.GET
    if "ban_ghi" in asked:
        try:
            where, search = [("id", UUID(asked["ban_ghi"]))], ""
        except ValueError:
            raise NotFound() from None
    else:
        where, search = list_where(actor, of, asked)
    page = registers.find(actor, register, where=[*where, (f"{name}__empty", False)], search=search, limit=MOST_ON_MAP)
    found = [_feature(register, record, record.values[name]) for record in page.records]
    return JsonResponse(
        {"type": "FeatureCollection", "features": found, "more": bool(page.next)}, content_type="application/geo+json"
    )


def _feature(register: str, record: Any, geometry: Any) -> dict[str, Any]:
    href = reverse("desk-record", args=[register, record.ref.id])
    properties = {"name": record.display or str(record.ref.id)[:8], "href": href}
    return {"type": "Feature", "id": str(record.ref.id), "geometry": geometry, "properties": properties}
