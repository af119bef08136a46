"""Results that wait to be given back, and those on their way by post."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from tinhso.identity import services as identity
from tinhso.identity.queries import agencies, agency_by_id
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, NotFound
from tinhso.kernel.text import fold
from tinhso.territory import queries as territory

from ... import policy, workflow
from ...counter.contracts import Address, HandoutView, Parcel, ShelfRow
from ...counter.models import Handout, HandoutState, Intake
from ...counter.rotation import handout_place
from ...models import Case, Status, Task
from ...services.counter.leave import RETURN, centre_of
from ..casepage import title


def shelf(actor: Actor, *, search: str = "", after: str = "", limit: int = 50) -> tuple[tuple[ShelfRow, ...], str]:
    """Results that the actor's counter holds ready, by the time they were promised for, and the cursor of the page
    after. One range of the inbox's index."""
    desks = policy.desks(centre_of(actor, RETURN))
    rows = Task.objects.filter(
        agency__in=desks, completed_at=None, due_at__isnull=False, role="one-stop", case__status=Status.PROCESSED
    )
    for word in fold(search).split():
        rows = rows.filter(case__search__contains=word)
    if after:
        try:
            moment, _sep, last = after.partition("_")
            at, id_ = datetime.fromisoformat(moment), UUID(last)
        except ValueError:
            raise NotFound() from None
        rows = rows.filter(Q(due_at__gt=at) | Q(due_at=at, id__gt=id_), due_at__gte=at)
    found = list(rows.select_related("case").order_by("due_at", "id")[: limit + 1])
    last_row = found[limit - 1] if len(found) > limit else None
    cursor = f"{last_row.due_at.isoformat()}_{last_row.pk}" if last_row and last_row.due_at else ""
    return _rows([(task.case, task.opened_at) for task in found[:limit]], here=True), cursor


def shelf_elsewhere(actor: Actor, *, search: str = "", limit: int = 100) -> tuple[ShelfRow, ...]:
    """Results that lie at this counter for a reason of its own: taken in here for another agency, or come back from
    the post."""
    desks = policy.desks(centre_of(actor, RETURN))
    taken = Intake.objects.filter(centre__in=desks, case__status=Status.PROCESSED).exclude(case__holder__in=desks)
    back = Handout.objects.filter(centre__in=desks, state=HandoutState.RETURNED).exclude(
        case__in=Handout.objects.filter(state__in=("handed", "sent", "delivered")).values("case")
    )
    ids = set(taken.order_by("at").values_list("case_id", flat=True)[:limit])
    came = dict(back.order_by("state_at").values_list("case_id", "state_at")[:limit])
    rows = Case.objects.filter(pk__in=ids | set(came))
    for word in fold(search).split():
        rows = rows.filter(search__contains=word)
    opened = dict(
        Task.objects.filter(case__in=ids, completed_at=None, role="one-stop").values_list("case_id", "opened_at")
    )
    found = [(case, came.get(case.pk) or opened.get(case.pk) or case.submitted_at) for case in rows]
    return _rows(sorted(found, key=lambda one: one[1]), here=False, came_back=set(came))


def ready(actor: Actor, case_ids: list[UUID]) -> tuple[ShelfRow, ...]:
    """Those of these results that the actor's counter gives back, in the order asked."""
    desks = policy.desks(centre_of(actor, RETURN))
    cases = {case.pk: case for case in Case.objects.filter(pk__in=case_ids)}
    foreign = [pk for pk, case in cases.items() if case.holder_id not in desks]
    allowed = set(Intake.objects.filter(case__in=foreign, centre__in=desks).values_list("case_id", flat=True))
    shown = [cases[pk] for pk in case_ids if pk in cases and (pk not in foreign or pk in allowed)]
    return _rows([(case, case.submitted_at) for case in shown], here=True)


def handouts(actor: Actor, case_id: UUID) -> tuple[HandoutView, ...]:
    """How the result of a case was given back, newest first; who took it is for officers of the counter."""
    case = policy.get(actor, case_id)
    rows = list(Handout.objects.filter(case=case).order_by("-id"))
    may = bool(actor.system) or (actor.is_officer and actor.may(RETURN))
    return tuple(_handout(row, case.code, opened=may) for row in rows)


def parcels(actor: Actor, *, state: str = "", after: str = "", limit: int = 50) -> tuple[tuple[HandoutView, ...], str]:
    """Results that this counter posted, newest first, and the cursor of the page after."""
    rows = Handout.objects.filter(centre=centre_of(actor, RETURN), how="post")
    if state in HandoutState.values:
        rows = rows.filter(state=state)
    if after:
        try:
            rows = rows.filter(pk__lt=UUID(after))
        except ValueError:
            raise NotFound() from None
    found = list(rows.select_related("case").order_by("-pk")[: limit + 1])
    shown = tuple(_handout(row, row.case.code, opened=True) for row in found[:limit])
    return shown, str(found[limit - 1].pk) if len(found) > limit else ""


def parcel(actor: Actor, handout_id: UUID) -> Parcel:
    """What the post connector needs to carry a result. For the platform itself: the address is a person's."""
    if not actor.system:
        raise Forbidden()
    row = Handout.objects.filter(pk=handout_id, how="post").select_related("case").first()
    if row is None:
        raise NotFound()
    to = identity.open_sealed(row.to, handout_place(row.pk))
    address = Address(to["recipient"], to["phone"], to["line"], to["unit"])
    return Parcel(row.pk, row.case.code, agency_by_id(row.centre_id).name, address, row.state, row.tracking)


def _rows(
    found: list[tuple[Case, datetime]], *, here: bool, came_back: set[UUID] | frozenset[UUID] = frozenset()
) -> tuple[ShelfRow, ...]:
    wishes = dict(Intake.objects.filter(case__in=[case.pk for case, _at in found]).values_list("case_id", "give_back"))
    names = {ref.id: ref.words for ref in agencies(ids={case.holder_id for case, _at in found})}
    today = timezone.localdate()
    return tuple(
        ShelfRow(
            case=case.pk,
            code=case.code,
            title=title(workflow.procedure(case.procedure, case.version).model, case.subject),
            applicant=case.applicant,
            ready_at=at,
            days=(today - timezone.localdate(at)).days,
            give_back=wishes.get(case.pk, ""),
            holder=names[case.holder_id],
            here=here,
            came_back=case.pk in came_back,
            demo=case.demo,
        )
        for case, at in found
    )


def _handout(row: Handout, code: str, *, opened: bool) -> HandoutView:
    to = ""
    if opened:
        kept = identity.open_sealed(row.to, handout_place(row.pk))
        if row.how == "post":
            place = territory.unit(kept["unit"])
            to = ", ".join(filter(None, (kept["recipient"], kept["line"], place.name if place else "")))
        else:
            to = " – ".join(filter(None, (kept["name"], kept["authority"])))
    return HandoutView(
        row.pk,
        row.case_id,
        code,
        row.at,
        row.how,
        to,
        row.officer,
        row.state,
        str(HandoutState(row.state).label),
        row.state_at,
        row.tracking,
    )
