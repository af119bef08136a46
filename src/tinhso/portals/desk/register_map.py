"""/desk/so/<register>/ban-do: what a list of records shows, as GeoJSON for the map beside it."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers.contracts import Page

from . import listing

MOST_ON_MAP, PAGE_ROWS = 500, 25


@route(may("registers.see"))
def features(request: HttpRequest, register: str) -> JsonResponse:
    """The records that have a place, of the list with this address: those of its page, then the first up to 500 in its
    order; with `?ban_ghi=` one record alone."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    name = of.definition.map
    if not name or not listing.shows_map(actor, of):
        raise NotFound()
    asked = request.GET
    placed = (f"{name}__empty", False)
    if "ban_ghi" in asked:
        if not listing.is_id(asked["ban_ghi"]):
            raise NotFound()
        pages = [registers.find(actor, register, where=[("id", asked["ban_ghi"]), placed], shows=of.in_display)]
    else:
        found = listing.read_whole(actor, of, asked)

        def drawn(limit: int, after: str = "") -> Page:
            return registers.find(
                actor, register, where=[*found.where, placed], search=found.search, order=found.order, after=after,
                limit=limit, shows=of.in_display,
            )  # fmt: skip

        pages = [drawn(MOST_ON_MAP), *([drawn(PAGE_ROWS, asked["after"])] if asked.get("after") else [])]
    records = {record.ref.id: record for page in pages for record in page.records}
    shown = [_feature(register, record, record.values[name]) for record in records.values()]
    return JsonResponse(
        {"type": "FeatureCollection", "features": shown, "more": bool(pages[0].next)},
        content_type="application/geo+json",
    )


def _feature(register: str, record: Any, geometry: Any) -> dict[str, Any]:
    id, href = str(record.ref.id), reverse("desk-record", args=[register, record.ref.id])
    properties = {"id": id, "name": record.display or id[:8], "href": href}
    return {"type": "Feature", "id": id, "geometry": geometry, "properties": properties}
