"""Who sits where, for those who place officers (permission `accounts.edit`): agencies found by words, their posts with
everybody who sat in them, accounts found by name."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import F, Func, Q, TextField
from django.utils import timezone

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.text import fold

from .contracts import OfficerAccount, PostRef, Seat, StaffedPost
from .models import Account, AgencySuccession, Assignment, Post
from .policy import need

EDIT = "accounts.edit"


def staff(actor: Actor, agency: UUID, titled: Iterable[PostRef]) -> list[StaffedPost]:
    """The posts `titled` of an agency with who sits, sat and will sit in them. Raises Forbidden."""
    need(actor, EDIT)
    today = timezone.localdate()
    posts = {post.id: post for post in Post.objects.filter(agency=agency)}
    seats: dict[UUID, list[Seat]] = {id: [] for id in posts}
    titles = {ref.id: ref.title for ref in titled}
    rows = Assignment.objects.filter(post__in=list(posts)).select_related("account", "post").order_by("-valid")
    for row in rows:
        seats[row.post_id].append(_seat(row, titles.get(row.post_id) or str(row.post.title), today))
    return [
        StaffedPost(
            ref,
            posts[ref.id].valid.lower,
            posts[ref.id].valid.upper,
            tuple(sorted(seats[ref.id], key=lambda one: (not one.standing, one.acting))),
        )
        for ref in titled
        if ref.id in posts
    ]


def seat(actor: Actor, id: UUID) -> Seat:
    """One assignment. Raises Forbidden, NotFound."""
    need(actor, EDIT)
    row = Assignment.objects.filter(id=id).select_related("account", "post").first()
    if row is None:
        raise NotFound()
    return _seat(row, row.post.title, timezone.localdate())


def officer_account(actor: Actor, username: str) -> OfficerAccount | None:
    """The officer's account of this user name; None where there is none. Raises Forbidden."""
    need(actor, EDIT)
    row = Account.objects.filter(username=username.strip(), person=None).first()
    return _account(row) if row else None


def find_officers(actor: Actor, words: str, limit: int = 10) -> list[OfficerAccount]:
    """Officers whose name or user name holds all the words, with or without diacritics. Raises Forbidden."""
    need(actor, EDIT)
    rows = Account.objects.filter(person=None, is_active=True)
    rows = rows.annotate(folded=Func(F("name"), function="tinhso_fold", output_field=TextField()))
    for word in fold(words).split():
        rows = rows.filter(Q(folded__contains=word) | Q(username__contains=word))
    return [_account(row) for row in rows.order_by("username")[:limit]]


def neighbours(agency: UUID) -> tuple[set[UUID], set[UUID]]:
    """The agencies whose work an agency took over, and those that took over its own."""
    before = AgencySuccession.objects.filter(new=agency).values_list("old", flat=True)
    after = AgencySuccession.objects.filter(old=agency).values_list("new", flat=True)
    return set(before), set(after)


def _account(row: Account) -> OfficerAccount:
    return OfficerAccount(row.id, row.username, row.name, row.is_active)


def _seat(row: Assignment, title: str, today: date) -> Seat:
    since, until = row.valid.lower, row.valid.upper
    standing = (since is None or since <= today) and (until is None or today < until)
    return Seat(
        row.id, row.post_id, title, row.post.agency_id, row.account_id, row.account.username, row.account.name,
        row.acting, since, until, standing,
    )  # fmt: skip
