"""A commune with its three posts, its neighbour, a family, and small packs applied for real."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from PIL import Image

from tinhso.cases import policy, services, workflow
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import Case, Task
from tinhso.cases.timeline import of_case, replay
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Agency, Post
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.events import deliver_to_all
from tinhso.kernel.ids import uuid7
from tinhso.kernel.models import Event
from tinhso.notices import queries as notices
from tinhso.territory import services as territory

PACKS = Path(__file__).resolve().parents[4] / "packs"
SYSTEM = system("tests")
ROLES = ("one-stop", "civil-status", "chair")

PROCEDURE = """\
procedure: permit
code: "1.000001"
name: {vi: Cấp phép thử, en: Trial permit}
summary: {vi: Xin phép thử, en: Ask for a trial permit}
sector: {vi: Thử nghiệm, en: Trials}
words: [giấy phép]
levels: [commune]
applicant: [citizen]
deadline: {working_hours: 8}
subject: stall
form:
  - {name: owner, type: person, label: {vi: Chủ, en: Owner}, from: population.self}
  - {name: stall, type: text, label: {vi: Tên quầy, en: Stall}, max: 40}
  - {name: opens_on, type: date, label: {vi: Ngày mở, en: Opens on}}
  - {name: note, type: text, label: {vi: Ghi chú, en: Note}, optional: true, max: 40}
papers:
  - {name: photo, label: {vi: Ảnh quầy, en: Photograph}, else: upload}
steps:
  - {name: receive, label: {vi: Tiếp nhận, en: Receive}, by: one-stop, hours: 1, may: [refuse]}
  - {name: verify, label: {vi: Thẩm tra, en: Verify}, by: civil-status, hours: 4, may: [ask-supplement, refuse]}
  - {name: decide, label: {vi: Quyết định, en: Decide}, by: chair, hours: 2}
  - {name: return, label: {vi: Trả kết quả, en: Return}, by: one-stop}
legal_basis: [Quy định thử]
"""
MANIFEST = """\
pack: trial
version: 0.1.0
name: {vi: Thử, en: Trial}
summary: {vi: Chỉ để thử, en: Only for tests}
"""


@dataclass(frozen=True)
class Commune:
    """`at` gives the actor in a post; the keys are the roles."""

    agency: Agency
    officers: dict[str, Actor]

    def at(self, role: str) -> Actor:
        return self.officers[role]


def make_commune(code: str, name: str, unit: str, since: date = date(2025, 7, 1), until: date | None = None) -> Commune:
    valid = DateRange(since, until)
    agency = Agency.objects.create(
        code=code, name=name, kind="people-committee", level="commune", unit=unit, valid=valid
    )
    officers = {}
    for role in ROLES:
        post = Post.objects.create(agency=agency, key=role, title=f"Vị trí {role}", roles=[role], valid=valid)
        account = identity.open_demo_account(SYSTEM, f"{code}-{role}", f"Cán bộ {role} {unit}")
        if until is None:
            identity.assign(SYSTEM, account, post.id)
        roles = frozenset([role])
        officers[role] = Actor(
            account=account, post=post.id, agency=agency.id, unit=unit, roles=roles, permissions=permissions(roles),
            assurance=2, name=f"Cán bộ {role} {unit}",
        )  # fmt: skip
    return Commune(agency, officers)


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, settings) -> Iterator[None]:
    settings.BLOB_ROOT = tmp_path / "blobs"
    for forget in (workflow.forget, packs.queries.forget, policy.desks.cache_clear):
        forget()
    yield
    for forget in (workflow.forget, packs.queries.forget, policy.desks.cache_clear):
        forget()


@pytest.fixture
def commune(db) -> Commune:
    territory.load_facts(SYSTEM)
    return make_commune("H31.15", "Ủy ban nhân dân phường Thái Bình", "13225")


@pytest.fixture
def neighbour(commune) -> Commune:
    return make_commune("H31.16", "Ủy ban nhân dân phường Trần Lãm", "12454")


@pytest.fixture
def mother(commune) -> Actor:
    """A citizen signed in, who lives in the commune, with a husband in the register."""
    wife, husband = uuid7(), uuid7()
    identity.register_people(
        SYSTEM,
        [
            NewPerson("Trần Thị Hoa", "034199999001", date(1999, 3, 4), "female", "kinh", phone="0912345678", id=wife,
                      spouse=husband, demo=True, address_unit="13225", address_line="Tổ 5",
                      address_since=date(2025, 7, 1)),
            NewPerson("Nguyễn Văn Đức", "034096999002", date(1996, 1, 2), "male", "kinh", id=husband, spouse=wife,
                      demo=True, address_unit="13225", address_line="Tổ 5", address_since=date(2025, 7, 1)),
        ],
    )  # fmt: skip
    account = identity.account_of_person(SYSTEM, wife)
    return Actor(account=account, person=wife, assurance=2, name="Trần Thị Hoa")


Apply = Callable[..., list[str]]


@pytest.fixture
def apply(commune, tmp_path: Path) -> Apply:
    """Publish the procedure `trial.permit` from a text."""

    def run(procedure: str = PROCEDURE) -> list[str]:
        return packs.apply(SYSTEM, packs.read([write(tmp_path, procedure)]))

    return run


def write(root: Path, procedure: str, name: str = "permit") -> Path:
    folder = root / "trial"
    (folder / "procedures").mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(MANIFEST)
    (folder / "procedures" / f"{name}.yaml").write_text(procedure)
    return folder


@pytest.fixture
def permit(apply: Apply) -> str:
    apply()
    return "trial.permit"


RAW = {"stall": "Quầy Hoa", "opens_on": {"day": "1", "month": "12", "year": "2026"}}


def photograph(colour: str = "white") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    out.seek(0)
    return out


def filled(actor: Actor, procedure: str = "trial.permit", raw: dict | None = None, paper: str = "photo") -> UUID:
    draft = services.start_draft(actor, procedure)
    services.save_draft(actor, draft.id, raw or RAW)
    if paper:
        services.attach_paper(actor, draft.id, paper, photograph(), file_name="anh.png")
    return draft.id


@pytest.fixture
def submitted(permit: str, mother: Actor) -> CaseRef:
    return services.submit(mother, filled(mother))


@pytest.fixture
def told(commune: Commune, mother: Actor) -> Callable[..., list[str]]:
    """The subjects of what somebody (the applicant) was told so far, oldest first, once the worker has handed out the
    events (twice, as after a crash)."""
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))

    def run(actor: Actor = mother) -> list[str]:
        for event in Event.objects.filter(name__regex=r"^(case|payment)\.").order_by("seq"):
            deliver_to_all(event.id)
            deliver_to_all(event.id)
        return [one.subject for one in reversed(notices.notices(actor).notices)]

    return run


def open_task(case_id: UUID) -> Task:
    return Task.objects.get(case=case_id, completed_at=None)


def do(commune: Commune, case: CaseRef, outcome: str = "done", **told: str) -> None:
    """Complete the open task of the case by whoever's turn it is."""
    task = open_task(case.id)
    services.complete(commune.at(task.role), task.pk, outcome, **told)


def agrees(case_id: UUID) -> None:
    """The rows are what the timeline replays to (README, invariant 4)."""
    row = Case.objects.get(pk=case_id)
    state = replay(of_case(case_id))
    open_now = set(Task.objects.filter(case=case_id, completed_at=None).values_list("step", flat=True))
    assert (state.status, state.open, state.paused, state.outcome) == (
        row.status, open_now, row.paused_at is not None, row.outcome
    )  # fmt: skip
    if row.ended_at is None:  # a reform moves the holder of an ended case without a word on its timeline
        assert state.holder == str(row.holder_id)
        elsewhere = Task.objects.filter(case=case_id, completed_at=None).exclude(agency=row.holder_id)
        assert {step: place for step, place in state.places.items() if place != state.holder} == {
            task.step: str(task.agency_id) for task in elsewhere
        }
    assert datetime.fromisoformat(state.due) == row.due_at
    assert (datetime.fromisoformat(state.redated) if state.redated else None) == row.redated_to
    assert (row.ended_at is None) == (row.workflow is not None)
    if row.workflow is None:
        assert not open_now
    elif not open_now:  # then a message or a time is waited for
        assert workflow.resting(workflow.procedure(row.procedure, row.version), row.workflow)
