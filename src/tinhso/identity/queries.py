"""What identity is asked. Reads that show a person's fields to somebody else are logged (services/looking.py)."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound, SignInNeeded
from tinhso.territory import queries as territory

from . import people
from .absence import absences, stands_in_for
from .contracts import (
    AccessPage,
    AccessRow,
    AgencyRef,
    ConsentRow,
    PersonDetails,
    PersonRef,
    PostRef,
    SignInExample,
    Stay,
)
from .models import Access, Account, Agency, AgencySuccession, Assignment, Consent, Person, Post
from .policy import need
from .roles import ROLES, known_roles, role_names, roles_that_may
from .services.accounts import DEMO_CODE, DEMO_PASSWORD
from .services.looking import find_person, own_details, relatives, search_people
from .staffing import find_officers, neighbours, officer_account, seat, staff
from .web import actor_in_post

__all__ = [
    "absences", "access_log", "accesses_to", "actor_in_post", "agencies", "agency", "agency_by_id", "agency_of_unit",
    "agreed", "citizen_examples", "consents", "department_of_unit", "find_officers", "find_person", "known_roles",
    "neighbours", "office_of_unit", "officer_account", "own_details", "own_stays", "person_ref", "person_refs", "post",
    "posts", "posts_by_id", "posts_of", "predecessor_agencies", "reading_language", "relatives", "role_names",
    "roles_that_may", "search_people", "seat", "sign_in_examples", "staff", "stands_in_for", "successor_agencies",
    "superior",
]  # fmt: skip

COMMITTEE = "people-committee"


def _ref(row: Agency) -> AgencyRef:
    return AgencyRef(
        id=row.id,
        code=row.code,
        name=row.name,
        level=row.level,
        unit=row.unit,
        parent=row.parent_id,
        kind=row.kind,
        name_en=row.name_en,
        since=row.valid.lower,
        until=row.valid.upper,
        assumed=row.assumed,
    )


def agency(code: str, at: date | None = None) -> AgencyRef:
    """The agency that had this code on a day (default: today). Raises NotFound."""
    row = Agency.objects.filter(code=code, valid__contains=at or timezone.localdate()).first()
    if row is None:
        raise NotFound()
    return _ref(row)


def agency_by_id(id: UUID) -> AgencyRef:
    """An agency, also one that has ended. Raises NotFound."""
    row = Agency.objects.filter(id=id).first()
    if row is None:
        raise NotFound()
    return _ref(row)


def agencies(
    at: date | None = None,
    *,
    level: str = "",
    kind: str = "",
    unit: str = "",
    parent: UUID | None = None,
    ids: Iterable[UUID] | None = None,
) -> list[AgencyRef]:
    """Agencies that stood on a day (default: today), by code. With `ids`, those agencies whatever the day."""
    rows = Agency.objects.all()
    rows = rows.filter(valid__contains=at or timezone.localdate()) if ids is None else rows.filter(id__in=set(ids))
    asked = {"level": level, "kind": kind, "unit": unit, "parent": parent}
    return [_ref(row) for row in rows.filter(**{k: v for k, v in asked.items() if v}).order_by("code")]


def agency_of_unit(unit: str, at: date | None = None) -> AgencyRef:
    """The people's committee in charge of a unit, by its code on the map of that day. Raises NotFound."""
    row = Agency.objects.filter(unit=unit, kind=COMMITTEE, valid__contains=at or timezone.localdate()).first()
    if row is None:
        raise NotFound()
    return _ref(row)


def department_of_unit(unit: str, role: str, at: date | None = None) -> AgencyRef:
    """The department of the province around a unit in which a role sits on a day (default: today): who handles there
    what the role is for. Raises NotFound."""
    at = at or timezone.localdate()
    province = next(iter(reversed(territory.ancestors(unit, at))), None)
    seats = Post.objects.filter(
        roles__contains=[role],
        valid__contains=at,
        agency__level="province",
        agency__unit=province.code if province else unit,
        agency__valid__contains=at,
    )
    row = seats.select_related("agency").order_by("agency__code").first()
    if row is None:
        raise NotFound()
    return _ref(row.agency)


def office_of_unit(unit: str, role: str, at: date | None = None) -> AgencyRef:
    """The agency beside the committee of a unit in which a role sits on a day (default: today), such as the police post
    of a commune. Raises NotFound."""
    at = at or timezone.localdate()
    seats = Post.objects.filter(
        roles__contains=[role], valid__contains=at, agency__unit=unit, agency__valid__contains=at
    ).exclude(agency__kind__in=[COMMITTEE, "one-stop-centre"])
    row = seats.exclude(agency__level="province").select_related("agency").order_by("agency__code").first()
    if row is None:
        raise NotFound()
    return _ref(row.agency)


def successor_agencies(id: UUID, at: date | None = None) -> list[AgencyRef]:
    """Who does, on a day (default: today), the work of an agency that may have ended: itself while it stands, else
    its successors, through as many reforms as there were."""
    at = at or timezone.localdate()
    seen: set[UUID] = set()
    found: dict[UUID, AgencyRef] = {}
    asked = {id}
    while asked:
        seen |= asked
        standing = {row.id: row for row in Agency.objects.filter(id__in=asked, valid__contains=at)}
        found |= {key: _ref(row) for key, row in standing.items()}
        ended = asked - set(standing)
        asked = set(AgencySuccession.objects.filter(old__in=ended).values_list("new", flat=True)) - seen
    return sorted(found.values(), key=lambda ref: ref.code)


def predecessor_agencies(id: UUID, at: date | None = None) -> frozenset[UUID]:
    """The ended agencies whose work an agency does on a day (default: today), through as many reforms as there were."""
    at = at or timezone.localdate()
    found: set[UUID] = set()
    asked = {id}
    while asked:
        taken = AgencySuccession.objects.filter(new__in=asked).exclude(old__valid__contains=at)
        asked = set(taken.values_list("old", flat=True)) - found
        found |= asked
    return frozenset(found)


def _titled(row: Post, holder: Account | None) -> PostRef:
    english = (get_language() or "").startswith("en")
    return PostRef(
        id=row.id,
        agency=row.agency_id,
        title=row.title_en if english and row.title_en else row.title,
        roles=tuple(row.roles),
        holder=holder.name if holder else "",
        account=holder.id if holder else None,
    )


def posts(agency: UUID, role: str = "", at: date | None = None) -> list[PostRef]:
    """The posts of an agency on a day (default: today), with who holds them; only those with a role, if asked."""
    at = at or timezone.localdate()
    rows = Post.objects.filter(agency=agency, valid__contains=at)
    if role:
        rows = rows.filter(roles__contains=[role])
    return _with_holders(list(rows.order_by("key")), at)


def posts_of(agencies: Iterable[UUID], at: date | None = None) -> list[PostRef]:
    """The posts of several agencies on a day (default: today), with who holds them, by title; two queries."""
    at = at or timezone.localdate()
    rows = Post.objects.filter(agency__in=set(agencies), valid__contains=at)
    return _with_holders(list(rows.order_by("agency", "title", "key")), at)


def agreed(person: UUID, purpose: str, recipient: str) -> bool:
    """Whether a consent of this person stands: to this purpose, for this recipient."""
    return Consent.objects.filter(person=person, purpose=purpose, recipient=recipient, withdrawn_at=None).exists()


def _with_holders(rows: list[Post], at: date) -> list[PostRef]:
    holders: dict[UUID, Account] = {}
    for held in (
        Assignment.objects.filter(post__in=rows, valid__contains=at).select_related("account").order_by("-acting")
    ):
        holders[held.post_id] = held.account  # the holder comes last and so stands before whoever acts
    return [_titled(row, holders.get(row.id)) for row in rows]


def superior(agency: UUID, role: str = "", at: date | None = None) -> AgencyRef | None:
    """The agency whose head answers for the work of `role` in `agency`: itself, where one of its posts may supervise
    and the role is not that post's own; else the nearest above it with such a post. None where there is none."""
    at, heads = at or timezone.localdate(), sorted(roles_that_may("case.supervise"))
    row = Agency.objects.filter(id=agency).select_related("parent").first()
    if row is not None and role in heads:
        row = row.parent
    while row is not None:
        if Post.objects.filter(agency=row, valid__contains=at, roles__overlap=heads).exists():
            return _ref(row)
        row = row.parent
    return None


def post(id: UUID) -> PostRef:
    """A post and who holds it today. Raises NotFound."""
    rows = list(Post.objects.filter(id=id))
    if not rows:
        raise NotFound()
    return _with_holders(rows, timezone.localdate())[0]


def posts_by_id(ids: Iterable[UUID]) -> dict[UUID, PostRef]:
    """Posts and who holds them today, by id; two queries."""
    return {ref.id: ref for ref in _with_holders(list(Post.objects.filter(id__in=set(ids))), timezone.localdate())}


def person_ref(id: UUID) -> PersonRef:
    """A person by the name only, for papers and lists of a case that the reader may see. Raises NotFound."""
    refs = people.refs([id])
    if id not in refs:
        raise NotFound()
    return refs[id]


def person_refs(ids: Iterable[UUID]) -> dict[UUID, PersonRef]:
    """The same for many, by id; one query."""
    return people.refs(ids)


def reading_language(reader: UUID, *, officer: bool) -> str:
    """The language in which a person, or an officer by the account, reads the pages; "" where they never chose."""
    key = {"id": reader} if officer else {"person": reader}
    return Account.objects.filter(**key).values_list("language", flat=True).first() or ""


def own_stays(actor: Actor) -> list[Stay]:
    """Where whoever is signed in lived, newest first."""
    if actor.person is None:
        raise SignInNeeded()
    return people.stays(actor.person)


def accesses_to(actor: Actor, before: str = "", limit: int = 20) -> AccessPage:
    """Who looked at the data of whoever is signed in, newest first; `before` is the cursor of the page before."""
    if actor.person is None:
        raise SignInNeeded()
    return _accesses(Q(person=actor.person), before, limit)


def access_log(actor: Actor, person: UUID, before: str = "", limit: int = 50) -> AccessPage:
    """Who looked at somebody's data, for the inspection (permission `audit.see`)."""
    need(actor, "audit.see")
    return _accesses(Q(person=person), before, limit)


def _accesses(asked: Q, before: str, limit: int) -> AccessPage:
    rows = Access.objects.filter(asked).select_related("agency", "post").order_by("-id")
    if before:
        try:
            rows = rows.filter(id__lt=UUID(before))
        except ValueError:
            raise NotFound() from None
    english = (get_language() or "").startswith("en")
    found = list(rows[: limit + 1])
    shown = [
        AccessRow(
            id=row.id,
            at=row.at,
            agency="" if row.agency is None else (english and row.agency.name_en) or row.agency.name,
            post="" if row.post is None else (english and row.post.title_en) or row.post.title,
            purpose=_(row.purpose) if row.purpose else "",
            case=row.case,
            fields=row.fields,
            system=row.system,
        )
        for row in found[:limit]
    ]
    return AccessPage(shown, str(shown[-1].id) if len(found) > limit else "")


def consents(actor: Actor) -> list[ConsentRow]:
    """What whoever is signed in agreed to, standing and withdrawn, newest first."""
    if actor.person is None:
        raise SignInNeeded()
    return [
        ConsentRow(row.id, row.purpose, row.recipient, row.text, row.given_at, row.withdrawn_at)
        for row in Consent.objects.filter(person=actor.person).order_by("-id")
    ]


def citizen_examples(limit: int = 3) -> list[SignInExample]:
    """Citizens of the demonstration to sign in as: women of child-bearing age first, since the shown journey is the
    registration of a birth. Empty where no demonstration is loaded."""
    couples = Person.objects.filter(demo=True, national_id_hash__isnull=False, spouse__isnull=False).order_by("id")[:60]
    year = timezone.localdate().year

    def fits(one: PersonDetails) -> bool:
        return one.sex == "female" and one.born_on is not None and 20 <= year - one.born_on.year <= 40

    found = sorted(people.details(list(couples)), key=lambda one: not fits(one))[:limit]
    return [SignInExample("citizen", one.national_id, "", DEMO_CODE, one.name) for one in found]


def sign_in_examples() -> list[SignInExample]:
    """One demonstration sign-in for a citizen (user name: the national ID number) and for each role that has one;
    empty where no demonstration is loaded."""
    today = timezone.localdate()
    seats = (
        Assignment.objects.filter(account__demo=True, account__is_active=True, valid__contains=today)
        .filter(post__valid__contains=today, post__agency__valid__contains=today)
        .select_related("account", "post__agency")
        .order_by("post__agency__code", "account__username")
    )
    found: dict[str, SignInExample] = {}
    for role in ROLES:
        seat = seats.filter(post__roles__contains=[role]).first()
        if seat:
            name = seat.account.username
            found[role] = SignInExample(
                role, name, DEMO_PASSWORD, f"tinhso identity totp {name}", seat.account.name, seat.post.agency.name
            )
    return [*citizen_examples(1), *found.values()]
