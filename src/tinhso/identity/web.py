"""The actor of a request.

No session cookie: nobody, and no query. Otherwise the session, and the account with its person and the posts it sits in
today, so that a post taken away is gone with the next request. The account becomes `request.user` as well, and so costs
Django nothing.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.postgres.fields import ArrayField
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare

from tinhso.kernel.actor import NOBODY, Actor

from . import people
from .models import Account, Person
from .roles import permissions
from .sessions import first_row

POST_KEY = "post"
ASSURANCE_KEY = "assurance"


class ActorMiddleware:
    """Set `request.actor` (and `await request.aactor()`), and speak the language of the account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        account = account_of(request)
        request.actor = actor_of(request, account)

        async def aactor() -> Actor:
            return request.actor

        request.aactor = aactor
        if account and account.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(account.language)
            request.LANGUAGE_CODE = account.language
        return self.get_response(request)


def account_of(request: HttpRequest) -> Account | None:
    """The account signed in by the session, with its seats; None where the session proves nothing."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
        return None
    account = _account(first_row(*_question(request.session[SESSION_KEY])))
    if account is None or not _hash_agrees(request, account):
        return None
    request._cached_user = account  # type: ignore[attr-defined]  what request.user looks for first
    return account


def _hash_agrees(request: HttpRequest, account: Account) -> bool:
    """A changed password ends the sessions that began before it."""
    kept = request.session.get(HASH_SESSION_KEY, "")
    hashes = (account.get_session_auth_hash(), *account.get_session_auth_fallback_hash())
    return any(constant_time_compare(kept, one) for one in hashes)


# Written out: it is asked with every page of somebody signed in, and the ORM would take longer to build it than the
# database to answer. From the account's few assignments to their posts, never over all posts: IS TRUE keeps a plan made
# without knowing the day from beginning at the index of days.
_SEATS = """
ARRAY(
    SELECT jsonb_build_object(
        'post', post.id, 'agency', agency.id, 'unit', agency.unit, 'roles', post.roles,
        'title', post.title, 'title_en', post.title_en,
        'agency_name', agency.name, 'agency_name_en', agency.name_en
    )
    FROM identity_post post JOIN identity_agency agency ON agency.id = post.agency_id
    WHERE (post.valid @> %s::date) IS TRUE AND (agency.valid @> %s::date) IS TRUE AND post.id IN (
        SELECT post_id FROM identity_assignment WHERE account_id = identity_account.id AND valid @> %s::date
        UNION ALL
        SELECT post_id FROM identity_delegation WHERE account_id = identity_account.id AND valid @> %s::date
    )
    ORDER BY agency.code, post.key
)
"""


@cache
def _columns() -> tuple[int, str]:
    """How many columns an account has, and the SQL of an account with its person and its seats."""
    account, person = Account._meta, Person._meta
    mine = [f'a."{field.column}"' for field in account.concrete_fields]
    theirs = [f'p."{field.column}"' for field in person.concrete_fields]
    seats = _SEATS.replace(f"{account.db_table}.id", "a.id")
    return len(mine), (
        f"SELECT {', '.join([*mine, *theirs])}, {seats} FROM {account.db_table} a"  # noqa: S608  our own names
        f" LEFT JOIN {person.db_table} p ON p.id = a.person_id WHERE a.id = %s AND a.is_active"
    )


def _question(id: str) -> tuple[str, list[Any]]:
    """The statement that asks for an active account, as `with_seats`, without the ORM."""
    return _columns()[1], [*[timezone.localdate()] * 4, id]


def _account(found: tuple[Any, ...] | None) -> Account | None:
    """The account with its person and `seats` that a row of `_question` says."""
    if found is None:
        return None
    count, (*values, seats) = _columns()[0], found
    names = [field.attname for field in Account._meta.concrete_fields]
    account: Any = Account.from_db("default", names, values[:count])
    if account.person_id:
        names = [field.attname for field in Person._meta.concrete_fields]
        account.person = Person.from_db("default", names, values[count:])
    account.seats = [json.loads(seat) for seat in seats]
    return account


def with_seats() -> Any:
    """Accounts with their person and `seats`: the posts held, acted in or delegated today, as JSON."""
    today = timezone.localdate()
    seats = RawSQL(_SEATS, [today] * 4, output_field=ArrayField(JSONField()))  # noqa: S611  no word of it is asked for
    return Account.objects.select_related("person").annotate(seats=seats)


def actor_of(request: Any, account: Any) -> Actor:
    """The actor of an account in the post it chose, or in its first."""
    if account is None:
        return NOBODY
    chosen = request.session.get(POST_KEY)
    seat = next((s for s in account.seats if s["post"] == chosen), account.seats[0] if account.seats else None)
    roles = frozenset(seat["roles"]) if seat else frozenset()
    return Actor(
        account=account.id,
        person=account.person_id,
        post=UUID(seat["post"]) if seat else None,
        agency=UUID(seat["agency"]) if seat else None,
        unit=seat["unit"] if seat else "",
        roles=roles,
        permissions=permissions(roles),
        assurance=request.session.get(ASSURANCE_KEY, 1),
        name=people.open_fields(account.person)["name"] if account.person else account.name,
        request=getattr(request, "request_id", ""),
    )
