"""Every version, as a feed to poll."""

from typing import Any

from django.http import HttpRequest

from tinhso.kernel.policy import route

from .. import changes as feed
from .. import queries
from .door import READS, actor_of, reader, router
from .schemas import ChangesOut, ProblemOut


@router.get(
    "/{name}/changes", response={200: ChangesOut} | READS | {422: ProblemOut}, summary="What changed since a cursor"
)
@route(reader)
def changes(request: HttpRequest, name: str, *, after: str = "", limit: int = 100, purpose: str = "") -> Any:
    """Without `after` from the first version on; `after=now` gives the cursor from which nothing that comes is missed
    (take it before an export, to follow the export on). A version shows itself once all transactions older than its
    own have ended; none is ever skipped. Of two versions of a record that with the higher revision is the newer.
    Personal values come only with a `purpose`, which is kept."""
    of = queries.definition(name)
    page = feed.changes(actor_of(request), name, after=after, limit=limit, purpose=purpose)
    shown = [
        {
            "record": change.record,
            "revision": change.revision,
            "change": change.change,
            "recorded_at": change.recorded_at,
            "case": change.case,
            "valid_from": change.valid_from,
            "valid_until": change.valid_until,
            "masked": change.masked,
            "values": of.to_json(change.values),
        }
        for change in page.changes
    ]
    return {"changes": shown, "next": page.next, "more": page.more}
