"""The applicant's own store: results of ended cases, signed, with the code that ties them to their owner ("kho dữ liệu
điện tử của tổ chức, cá nhân"). Whoever holds one there is not asked to hand it in again."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from uuid import UUID

from django.utils import timezone

from tinhso.documents import queries as documents
from tinhso.documents.contracts import DocumentRef
from tinhso.documents.definitions import PaperDefinition
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import compiled
from tinhso.registers import queries as records

from .contracts import CaseRef, StoredResult
from .models import Case

MOST = 200


def held(person: UUID, day: date | None = None) -> list[StoredResult]:
    """The signed results of a person's cases, newest first, each with whether it still holds on the day (today): not
    after its paper's term (`valid_months`), nor where the record that it certifies was ended."""
    day = day or timezone.localdate()
    cases = {
        results["result"]: (CaseRef(pk, code), results.get("record"))
        for pk, code, results in Case.objects.filter(person=person, results__has_key="result")
        .order_by("-id")
        .values_list("pk", "code", "results")[:MOST]
    }
    if not cases:
        return []
    refs = [ref for ref in documents.documents_of_person(person, limit=5 * MOST) if str(ref.id) in cases]
    refs = [ref for ref in refs if ref.signed_at]
    ended = _ended(person, [record for _case, record in cases.values() if record], day)
    found = []
    for ref in refs:
        case, record = cases[str(ref.id)]
        until = _until(ref)
        state = "revoked" if record and record["id"] in ended else "expired" if until and until < day else "valid"
        paper: PaperDefinition = compiled("paper", ref.kind).model
        found.append(StoredResult(ref, str(paper.name), case, until, state))
    return found


def of_kind(person: UUID, kind: str) -> list[StoredResult]:
    """Those that may stand for a paper `from: result.<kind>` today: of the kind, named with or without its pack."""
    return [one for one in held(person) if one.state == "valid" and is_kind(one.document.kind, kind)]


def is_kind(found: str, wanted: str) -> bool:
    return found == wanted or found.rpartition(".")[2] == wanted


def _until(ref: DocumentRef) -> date | None:
    """The last day on which it holds; a term of months ends on the day of the same number, or the month's last."""
    months = compiled("paper", ref.kind).model.valid_months
    if not months or not ref.issued_on:
        return None
    year, month = divmod(ref.issued_on.month - 1 + months, 12)
    year, month = ref.issued_on.year + year, month + 1
    return date(year, month, min(ref.issued_on.day, monthrange(year, month)[1]))


def _ended(person: UUID, found: Iterable[dict[str, str]], day: date) -> set[str]:
    """The ids of those records that no longer hold on the day. Asked as their owner, one question a register; only
    those that the owner does not see in the list are looked at one by one."""
    by_register: dict[str, set[str]] = defaultdict(set)
    for record in found:
        by_register[record["register"]].add(record["id"])
    ended: set[str] = set()
    for register, ids in by_register.items():
        seen = records.find(Actor(person=person, assurance=2), register, limit=MOST, shows=()).records
        until = {str(one.ref.id): one.valid_until for one in seen}
        for id_ in ids - until.keys():
            with suppress(NotFound):
                until[id_] = records.get(system("cases.store"), register, UUID(id_)).valid_until
        ended |= {id_ for id_ in ids if (last := until.get(id_)) and last <= day}
    return ended
