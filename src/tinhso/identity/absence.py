"""Who is away, and who acts for them: the delegations of posts as their holders, deputies and leaders read them."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.utils import timezone

from tinhso.kernel.actor import Actor

from .contracts import Absence
from .models import Assignment, Delegation


def absences(posts: Iterable[UUID], *, since: date | None = None) -> list[Absence]:
    """The absences of these posts that stand on a day (default: today) or begin after it, the next first."""
    day = since or timezone.localdate()
    rows = Delegation.objects.filter(post__in=set(posts), valid__endswith__gt=day)
    return _read(list(rows.select_related("post", "account").order_by("valid", "id")))


def stands_in_for(actor: Actor) -> list[Absence]:
    """The absences in which this account acts today."""
    rows = Delegation.objects.filter(account=actor.account, valid__contains=timezone.localdate())
    return _read(list(rows.select_related("post", "account").order_by("valid", "id"))) if actor.account else []


def _read(rows: list[Delegation]) -> list[Absence]:
    seats = Assignment.objects.filter(
        post__in={row.post_id for row in rows}, acting=False, valid__contains=timezone.localdate()
    )
    holders = {seat.post_id: seat.account.name for seat in seats.select_related("account")}
    return [
        Absence(
            row.id, row.post_id, row.post.title, holders.get(row.post_id, ""), row.account_id, row.account.name,
            since, until, row.basis,
        )
        for row in rows
        if (since := row.valid.lower) and (until := row.valid.upper)
    ]  # fmt: skip
