"""Looking at people's data. Whoever looks outside their own session leaves a row of the access log."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, SignInNeeded
from tinhso.kernel.ids import first_at

from .. import people
from ..contracts import PersonDetails, PersonRef, Relative
from ..models import Access, Person
from ..policy import is_own, need

# Kept as it stands in Vietnamese, and translated where it is read (queries.accesses_to).
PREFILL = gettext_noop("Điền sẵn từ dữ liệu dân cư")


def look(actor: Actor, person: UUID, purpose: str = "") -> PersonDetails:
    """The personal fields of somebody, for a purpose that is logged ("birth registration").

    Own data needs no purpose and is not logged. Raises Invalid without a purpose or case, Forbidden without the
    permission `person.look`, NotFound.
    """
    return look_many(actor, [person], purpose)[0]


def look_many(actor: Actor, persons: Sequence[UUID], purpose: str = "") -> list[PersonDetails]:
    """The same for several people, in their order, with one row of the log each and three queries in all.

    Raises NotFound where one of them is not there.
    """
    others = [person for person in persons if not is_own(actor, person)]
    if others:
        need(actor, "person.look")
    found = people.rows(persons)
    for person in persons:
        if person not in found:
            people.row(person)  # raises NotFound
    with transaction.atomic():
        _log(actor, others, purpose, "personal")
        return people.details([found[person] for person in persons])


def _log(actor: Actor, persons: Sequence[UUID], purpose: str, fields: str) -> None:
    if not persons:
        return
    purpose = purpose or actor.purpose
    if not purpose and not actor.case:
        raise Invalid({"purpose": [_("Xin cho biết xem dữ liệu để làm việc gì")]})
    Access.objects.bulk_create(
        Access(
            person_id=person,
            account_id=actor.account,
            post_id=actor.post,
            agency_id=actor.agency,
            system=actor.system,
            purpose=purpose,
            case=actor.case,
            fields=fields,
            request=actor.request,
        )
        for person in persons
    )


def note_looks(actor: Actor, persons: Sequence[UUID], purpose: str = "", fields: str = "personal") -> None:
    """Log that `actor` was shown what another engine holds about these people (a record that names them).

    People whom the population register does not know, and the actor's own data, leave no row."""
    others = [person for person in persons if not is_own(actor, person)]
    known = set(Person.objects.filter(id__in=others).values_list("id", flat=True))
    _log(actor, [person for person in others if person in known], purpose, fields)


def note_looks_daily(actor: Actor, persons: Sequence[UUID], purpose: str, fields: str = "personal") -> None:
    """The same for lists, which show many people at once and are opened many times: one row a person, account, post and
    day (of Viet Nam), for one purpose (ADR 0017)."""
    others = [person for person in persons if not is_own(actor, person)]
    if not others:
        return
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    noted = Access.objects.filter(
        person__in=others,
        id__gte=first_at(today),
        account=actor.account,
        post=actor.post,
        purpose=purpose,
        fields=fields,
    )
    known = set(noted.values_list("person", flat=True))
    if left := [person for person in others if person not in known]:
        note_looks(actor, left, purpose, fields)


def find_person(actor: Actor, national_id: str, purpose: str = "") -> PersonRef | None:
    """Who has this national ID number; the name that is shown is logged. None where nobody has."""
    row = people.by_national_id(national_id)
    if row is None:
        need(actor, "person.look")
        return None
    if not is_own(actor, row.id):
        need(actor, "person.look")
        with transaction.atomic():
            _log(actor, [row.id], purpose, "name")
    return PersonRef(row.id, people.open_fields(row)["name"])


def search_people(
    actor: Actor, *, name: str = "", phone: str = "", email: str = "", purpose: str = "", limit: int = 20
) -> list[PersonDetails]:
    """People whose name has all these words (with or without diacritics), and who have this phone or e-mail.

    Each one shown is logged. An empty question finds nobody.
    """
    need(actor, "person.look")
    found = list(people.matching(name=name, phone=phone, email=email).order_by("id")[:limit])
    with transaction.atomic():
        _log(actor, [row.id for row in found], purpose, "personal")
        return people.details(found)


def own_details(actor: Actor) -> PersonDetails:
    """The personal fields of whoever is signed in. Raises SignInNeeded without a person."""
    if actor.person is None:
        raise SignInNeeded()
    return people.details([people.row(actor.person)])[0]


def relatives(actor: Actor, purpose: str = "") -> list[Relative]:
    """Mother, father, spouse and children of whoever is signed in. It is their data: each look is logged for them."""
    if actor.person is None:
        raise SignInNeeded()
    return relatives_of(actor, actor.person, purpose)


def relatives_of(actor: Actor, person: UUID, purpose: str = "") -> list[Relative]:
    """The same for somebody else: needs `person.look`."""
    if actor.person != person:
        need(actor, "person.look")
    me = people.row(person)
    links = {me.mother_id: "mother", me.father_id: "father", me.spouse_id: "spouse"}
    asked = Q(id__in=[one for one in links if one]) | Q(mother=person) | Q(father=person)
    found = list(Person.objects.filter(asked).order_by("id"))
    with transaction.atomic():
        _log(actor, [row.id for row in found], purpose or PREFILL, "personal")
        return [Relative(links.get(one.id, "child"), one) for one in people.details(found)]  # type: ignore[arg-type]


def relative(actor: Actor, relation: str, purpose: str = "") -> PersonDetails | None:
    """The mother, father or spouse of whoever is signed in; None where the register knows none. Logged."""
    if actor.person is None:
        raise SignInNeeded()
    if relation not in {"mother", "father", "spouse"}:
        raise Forbidden()
    other = getattr(people.row(actor.person), f"{relation}_id")
    if other is None:
        return None
    with transaction.atomic():
        _log(actor, [other], purpose or PREFILL, "personal")
        return people.details([people.row(other)])[0]
