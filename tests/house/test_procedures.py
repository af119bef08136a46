"""Every procedure of every pack, in a province with its real agencies and posts: its form renders, answers made from
the types of its fields are handed in, officers in the seats of the agencies' data take it through all its steps to
the result that it promises, and a refusal ends it with its ground.

All packs are applied once; each test stands in a savepoint of that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from hypothesis import find
from hypothesis import strategies as some
from PIL import Image

from tinhso.cases import form, policy, queries, services, workflow
from tinhso.cases.bpmn import PLATFORM
from tinhso.cases.definitions import FormField, ProcedureDefinition
from tinhso.cases.models import Case, CaseEvent, Task
from tinhso.cases.timeline import of_case, replay
from tinhso.documents.testing import trust_running
from tinhso.identity import queries as identity_queries
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.calendar import add_working_days
from tinhso.kernel.fields import lists
from tinhso.kernel.fields.base import FieldSpec
from tinhso.kernel.fields.identifiers import demo_national_id, national_id_facts
from tinhso.payments import queries as orders
from tinhso.payments import services as payments
from tinhso.portals.tests.people import browser_of
from tinhso.registers import queries as records
from tinhso.registers import services as registers
from tinhso.territory import services as territory

pytestmark = pytest.mark.django_db
SYSTEM = system("test")
ROOT = Path(settings.PACKS)
HOME = "13225"
FILES = sorted(ROOT.glob("*/procedures/*.yaml"))
INTERNAL = {"registers-approval.record-change"}
"""Opened by the platform, never by an applicant."""
NAMES = [name for file in FILES if (name := f"{file.parents[1].name}.{file.stem}") not in INTERNAL]
OWN: dict[str, dict[str, Any]] = {}
"""Answers that only this procedure's own rules ask for, by field."""
BORN = {"female": date(1994, 3, 8), "male": date(1992, 7, 27)}
BORN_HERE = {
    "registered_on": date(2026, 3, 2), "child_name": "Trần Bảo Mẫu", "born_on": date(2026, 3, 1), "sex": "female",
    "ethnicity": "kinh", "nationality": "VN", "birth_place": "Bệnh viện mẫu", "home_town": "Thái Bình",
}  # fmt: skip
"""A birth of which an extract can be asked; this register brings no samples."""
MOST_STEPS = 40


@dataclass(frozen=True)
class Place:
    """The province: every procedure, the people, and an account for whoever sits in a post."""

    models: dict[str, ProcedureDefinition]
    woman: Actor
    man: Actor
    officer: UUID

    def seat(self, task: Task) -> Actor:
        """Whoever the agencies' data seat in the task's role, in the agency whose turn it is."""
        seats = identity_queries.posts(task.agency_id, task.role)
        agency = identity_queries.agency_by_id(task.agency_id)
        assert seats, f"{agency.name} has no post with the role {task.role}"
        roles = frozenset(seats[0].roles)
        return Actor(
            account=self.officer, post=seats[0].id, agency=agency.id, unit=agency.unit, roles=roles,
            permissions=permissions(roles), assurance=2, name="Cán bộ thử",
        )  # fmt: skip


def forget() -> None:
    for one in (workflow.forget, packs.queries.forget, policy.desks.cache_clear, lists.forget):
        one()


@pytest.fixture(scope="module")
def trust(django_db_setup: None) -> Iterator[None]:
    with trust_running():
        yield


@pytest.fixture(scope="module")
def province(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Place]:
    kept = settings.BLOB_ROOT
    settings.BLOB_ROOT = tmp_path_factory.mktemp("blobs")
    with django_db_blocker.unblock(), transaction.atomic():
        forget()
        territory.load_facts(SYSTEM)
        identity.load_agencies(SYSTEM)
        loaded = packs.read(sorted(file.parent for file in ROOT.glob("*/pack.yaml")))
        packs.apply(SYSTEM, loaded)
        definitions = [d for pack in loaded for d in pack.definitions]
        named = {
            row[spec.name]
            for d in definitions
            if d.kind.name == "sample"
            for row in d.model.rows
            for spec in records.definition(d.name).definition.fields
            if spec.type == "person" and row.get(spec.name)
        }
        identity.register_people(SYSTEM, [known(number) for number in sorted(named)])
        registers.load_samples(SYSTEM, why="Dữ liệu mẫu")
        people = {sex: known(demo_national_id(880_000 + n, BORN[sex], sex)) for n, sex in enumerate(BORN)}
        identity.register_people(SYSTEM, people.values())
        registers.create(SYSTEM, "civil-status.births", BORN_HERE, unit=HOME, demo=True)
        models = {d.name: d.model for d in definitions if d.kind.name == "procedure"}
        officer = identity.open_demo_account(SYSTEM, "can-bo-thu", "Cán bộ thử")
        yield Place(models, citizen(people["female"].id), citizen(people["male"].id), officer)
        transaction.set_rollback(True)
    settings.BLOB_ROOT = kept
    forget()


def known(number: str) -> NewPerson:
    """Somebody with this number who lives in HOME; sex and year are what the number states."""
    sex, year = national_id_facts(number)
    return NewPerson(
        f"Trần Văn {number[-4:]}", number, date(year, 3, 8), "female" if sex == "female" else "male", "kinh",
        phone="0912345678", address_unit=HOME, address_line="Tổ 5", address_since=date(2025, 7, 1), demo=True,
    )  # fmt: skip


def citizen(person: UUID) -> Actor:
    return Actor(account=identity.account_of_person(SYSTEM, person), person=person, assurance=2, name="Người nộp")


def applicant(place: Place, model: ProcedureDefinition) -> tuple[Actor, dict[str, UUID]]:
    """Who applies, and the record that each field of type reference names: one that this person may see."""
    chosen: dict[str, UUID] = {}
    who = place.woman
    for spec in model.form:
        if spec.type == "reference":
            of = records.definition(spec.settings().to)
            found = records.find(SYSTEM, of.register, limit=100).records
            mine = next((r for r in found for name in of.definition.people if r.values.get(name)), None)
            if mine is not None:
                name = next(n for n in of.definition.people if mine.values.get(n))
                who = citizen(mine.values[name])
            elif people := of.definition.people:
                registers.update(
                    SYSTEM, of.register, found[0].ref.id, {people[0]: who.person}, revision=found[0].ref.revision,
                    why="Người nộp đứng tên",
                )  # fmt: skip
            chosen[spec.name] = (mine or found[0]).ref.id
    return who, chosen


class Answers:
    """Raw answers by the type of a field. Days follow one another in the order of the form, those to come after those
    that were, so that what begins is not after what ends."""

    def __init__(self, place: Place, who: Actor, chosen: dict[str, UUID], own: dict[str, Any]) -> None:
        self.place, self.who, self.chosen, self.own, self.day = place, who, chosen, own, 0

    def to(self, spec: FieldSpec) -> Any:
        if spec.name in self.own:
            return self.own[spec.name]
        options = spec.settings()
        made = getattr(self, f"_{spec.type}", None)
        assert made, f"no answer for the type {spec.type}"
        return made(spec, options)

    def _text(self, spec: FieldSpec, options: Any) -> str:
        if options.pattern:
            return find(some.from_regex(re.compile(options.pattern, re.ASCII), fullmatch=True), lambda _: True)
        text = f"Nội dung thử {spec.name}"[: options.max or 100]
        return text.ljust(options.min or 0, "x")

    def _integer(self, spec: FieldSpec, options: Any) -> str:
        return str(options.min if options.min is not None else 1)

    def _decimal(self, spec: FieldSpec, options: Any) -> str:
        return str(options.min or 1).replace(".", ",")

    def _money(self, spec: FieldSpec, options: Any) -> str:
        return str(options.min or 50_000_000)

    def _date(self, spec: FieldSpec, options: Any) -> dict[str, str]:
        self.day += 1
        today = timezone.localdate()
        when = today - timedelta(days=900 - 10 * self.day) if options.past else today + timedelta(days=30 * self.day)
        if options.max:
            when = min(when, options.max)
        if options.min:
            when = max(when, options.min)
        return {"day": str(when.day), "month": str(when.month), "year": str(when.year)}

    def _datetime(self, spec: FieldSpec, options: Any) -> dict[str, str]:
        return {"time": "09:30", **self._date(spec, _Past(options.past))}

    def _boolean(self, spec: FieldSpec, options: Any) -> str:
        return "yes"

    def _choice(self, spec: FieldSpec, options: Any) -> Any:
        value = next(value for value, _words in spec.kind.choices(options))
        return [value] if options.multiple else value

    def _person(self, spec: FieldSpec, options: Any) -> dict[str, str]:
        other = self.place.man if self.who.person != self.place.man.person else self.place.woman
        person = identity_queries.own_details(other)
        return {"name": person.name, "national_id": person.national_id}

    def _reference(self, spec: FieldSpec, options: Any) -> str:
        return str(self.chosen[spec.name])

    def _unit(self, spec: FieldSpec, options: Any) -> str:
        return HOME

    def _address(self, spec: FieldSpec, options: Any) -> dict[str, str]:
        return {"unit": HOME, "line": "Tổ 7"}

    def _phone(self, spec: FieldSpec, options: Any) -> str:
        return "0912345679"

    def _email(self, spec: FieldSpec, options: Any) -> str:
        return "nguoi.thu@vi-du.example"

    def _national_id(self, spec: FieldSpec, options: Any) -> str:
        return demo_national_id(881_000, BORN["female"], "female")

    def _tax_code(self, spec: FieldSpec, options: Any) -> str:
        return "0100233488"

    def _land_plot(self, spec: FieldSpec, options: Any) -> str:
        return f"{HOME}-12-345"

    def _vehicle_plate(self, spec: FieldSpec, options: Any) -> str:
        return "17A-987.65"

    def _geometry(self, spec: FieldSpec, options: Any) -> Any:
        if options.shape in {"point", "any"}:
            return "20.446, 106.336"
        ring = [[106.33, 20.44], [106.331, 20.44], [106.331, 20.441], [106.33, 20.44]]
        line = {"type": "LineString", "coordinates": ring[:2]}
        return line if options.shape == "line" else {"type": "Polygon", "coordinates": [ring]}

    def _table(self, spec: FieldSpec, options: Any) -> list[dict[str, Any]]:
        rows = max(options.min or 0, 2 if not options.max or options.max > 1 else 1)
        return [{column.name: self.to(column) for column in options.columns} for _ in range(rows)]


@dataclass(frozen=True)
class _Past:
    past: bool
    min: date | None = None
    max: date | None = None


def photograph() -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    out.seek(0)
    return out


def handed_in(place: Place, name: str, own: dict[str, Any] | None = None) -> tuple[Case, Actor]:
    """A draft of the procedure, answered and handed in."""
    model = place.models[name]
    who, chosen = applicant(place, model)
    draft = services.start_draft(who, name)
    raw: dict[str, Any] = dict(draft.raw)
    answers = Answers(place, who, chosen, OWN.get(name, {}) | (own or {}))
    for spec in model.form:
        if spec.name not in draft.prefilled and not spec.compute and spec.name in form.settle(model, raw).names:
            raw[spec.name] = answers.to(spec)
    services.save_draft(who, draft.id, raw)
    for paper in model.papers:
        services.attach_paper(who, draft.id, paper.name, photograph(), file_name="giay-to.png")
    if model.form_paper:
        assert queries.form_paper(who, draft.id).startswith(b"%PDF-")
    agreed(place, who, draft.id)
    return Case.objects.get(pk=services.submit(who, draft.id).id), who


def agreed(place: Place, who: Actor, draft: UUID) -> None:
    """Whoever has to co-sign the draft sees it and agrees."""
    if not queries.co_signers(who, draft):
        return
    services.invite(who, draft)
    for other in (place.woman, place.man):
        for invitation in queries.invitations(other):
            services.agree(other, invitation.id, queries.invitation(other, invitation.id).digest)


def finished(place: Place, case: Case) -> list[str]:
    """Everybody does what is theirs until nothing is open; the steps in the order in which they were done."""
    done = []
    for _ in range(MOST_STEPS):
        pay(case)
        task = Task.objects.filter(case=case, completed_at=None).order_by("opened_at", "id").first()
        if task is None:
            return done
        done.append(task.step)
        if task.role == PLATFORM:
            services.finish_signing(task.pk)
        else:
            step = place.models[case.procedure].step(task.step)
            services.complete(place.seat(task), task.pk, "approve" if step.signs else "done")
        agrees(case)
    pytest.fail(f"{case.procedure} does not end: {done}")


def pay(case: Case) -> None:
    """Pay at the counter what is asked for the case now."""
    for order in orders.orders_of(f"case:{case.pk}"):
        if order.is_open:
            payments.take_at_counter(SYSTEM, order.id, method="cash", amount=order.rest)
            services.hear_payment(order.id)


def agrees(case: Case) -> None:
    """The rows are what the timeline replays to."""
    row = Case.objects.get(pk=case.pk)
    state = replay(of_case(case.pk))
    open_now = set(Task.objects.filter(case=case.pk, completed_at=None).values_list("step", flat=True))
    assert (state.status, state.open, state.outcome) == (row.status, open_now, row.outcome)


@pytest.mark.parametrize("name", NAMES)
def test_its_page_and_every_page_of_its_form_are_shown(name: str, province: Place) -> None:
    model = province.models[name]
    browser = browser_of(applicant(province, model)[0].account)
    page = browser.get(f"/thu-tuc/{name}")
    assert page.status_code == 200 and model.name.vi in page.content.decode()
    draft = browser.get(f"/thu-tuc/{name}/nop")["Location"]
    asked = ""
    for number in range(1, len(model.form) + 1):
        page = browser.get(f"{draft}/{number}")
        if page.status_code != 200:
            break
        asked += page.content.decode()
    missing = [
        spec.name
        for spec in model.form
        if not (spec.when or spec.from_ or spec.compute) and f'name="{spec.name}' not in asked
    ]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_it_comes_to_the_result_that_it_promises(name: str, province: Place, trust: None) -> None:
    case, who = handed_in(province, name)
    model = province.models[name]
    finished(province, case)
    view = queries.case(who, case.pk)
    assert (view.status_code, view.outcome, view.on_time) == (10, "returned", True)
    if model.result.document:
        assert view.result and view.result.signed_at
    if model.result.register_:
        [record] = records.find(SYSTEM, model.result.register_, where={"case_id": str(case.pk)}).records
        values = records.get(SYSTEM, model.result.register_, record.ref.id).values  # sensitive ones too
        empty = [field for field in model.result.values if values.get(field) is None]
        asked = form.settle(model, form.to_raw(model, case.form)).names
        may_be = {
            f
            for f in empty
            if (found := re.match(r"form\.(\w+)", model.result.values[f])) and not _given(model.field(found[1]), asked)
        }
        assert set(empty) == may_be, "values of the register that came to nothing"


def _given(spec: FormField, asked: set[str]) -> bool:
    """Whether the draft of this test has an answer to the field."""
    return spec.name in asked and spec.type != "person"


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_ends_it_with_its_ground(name: str, province: Place) -> None:
    model = province.models[name]
    assert model.refusal_grounds, "no ground to refuse it by"
    case, who = handed_in(province, name)
    for _ in range(MOST_STEPS):
        task = Task.objects.filter(case=case, completed_at=None).order_by("opened_at", "id").first()
        assert task is not None, "it came to its end, and nobody could refuse it"
        if "refuse" in model.step(task.step).may:
            ground = model.refusal_grounds[0].vi
            services.complete(province.seat(task), task.pk, "refuse", note="Không đủ điều kiện.", ground=ground)
            break
        services.complete(province.seat(task), task.pk, "done")
    agrees(case)
    view = queries.case(who, case.pk)
    assert (view.outcome, view.result, view.records) == ("refused", None, ())
    assert model.refusal_grounds[0].vi in view.timeline[-1].note


def test_there_are_many_fields_and_each_procedure_is_of_the_catalogue_once(province: Place) -> None:
    asked_for = [model for name, model in province.models.items() if name not in INTERNAL]
    codes = [model.code for model in asked_for]
    assert len(codes) == len(set(codes))
    assert len(asked_for) >= 40
    assert len({model.sector.vi for model in asked_for}) >= 12


def test_what_the_population_register_holds_is_not_asked(province: Place) -> None:
    """A form with a field of the applicant's name, number or home fills it: nobody types what is known of them."""
    typed = {"requester", "applicant", "registrant", "owner", "residence", "phone"}
    wrong = [
        f"{name}.{spec.name}"
        for name, model in province.models.items()
        for spec in model.form
        if spec.name in typed and spec.type in {"person", "address", "phone"} and not spec.from_
    ]
    assert wrong == []


def test_what_is_not_certain_is_marked() -> None:
    """Codes that are not of the list that was compared say so beside them."""
    sure = {
        "1.001193", "1.000894", "1.000656", "1.004873", "2.000635", "2.000815", "1.004222", "1.004194", "2.000488",
    }  # fmt: skip
    unmarked = []
    for file in FILES:
        line = next(one for one in file.read_text().splitlines() if one.startswith("code:"))
        code = re.findall(r"\d\.\d{6}", line)[0]
        if code not in sure and not code.startswith("0.") and "to be confirmed" not in line:
            unmarked.append(str(file.relative_to(ROOT)))
    assert unmarked == []


# -- where a law parts the ways -----------------------------------------------------------------------------------


def of_age(years: int) -> dict[str, str]:
    """The birthday, as a form has it, of somebody who is so old since last month."""
    born = timezone.localdate() - timedelta(days=30)
    return {"day": "1", "month": str(born.month), "year": str(born.year - years)}


WAYS = [
    ("civil-status.marriage-foreign", {"lived_abroad": "no"}, "receive verify approve return"),
    ("civil-status.marriage-foreign", {"lived_abroad": "yes"}, "receive verify inquire conclude approve return"),
    ("construction.house-permit", {"public_use": "no", "basement": "no"},
     "receive verify land_opinion conclude approve return"),
    ("construction.house-permit", {"public_use": "no", "basement": "yes"},
     "receive verify fire_opinion land_opinion conclude approve return"),
    ("construction.house-permit", {"public_use": "yes", "basement": "no"},
     "receive verify fire_opinion land_opinion conclude approve return"),
    ("land.use-change", {"now_rice": "yes", "new_purpose": "ODT"}, "receive verify rice_opinion approve return"),
    ("land.use-change", {"now_rice": "no", "new_purpose": "ODT"}, "receive verify approve return"),
    ("business.enterprise-registration", {"conditional": "no", "foreign_capital": "no"},
     "receive verify approve return"),
    ("business.enterprise-registration", {"conditional": "yes", "foreign_capital": "no"},
     "receive verify trade_conditions approve return"),
    ("business.enterprise-registration", {"conditional": "no", "foreign_capital": "yes"},
     "receive verify investment approve return"),
    ("business.enterprise-registration", {"conditional": "yes", "foreign_capital": "yes"},
     "receive verify trade_conditions investment approve return"),
    ("environment.environmental-permit", {"polluting": "yes", "capacity": "large", "sensitive_area": "no"},
     "receive verify council approve return"),
    ("environment.environmental-permit", {"polluting": "yes", "capacity": "medium", "sensitive_area": "yes"},
     "receive verify council approve return"),
    ("environment.environmental-permit", {"polluting": "yes", "capacity": "small", "sensitive_area": "no"},
     "receive verify visit approve return"),
    ("environment.environmental-permit", {"polluting": "no", "capacity": "large", "sensitive_area": "no"},
     "receive verify simple approve return"),
    ("social.monthly-allowance", {"category": "elderly", "born_on": of_age(81), "has_pension": "no"},
     "receive verify approve return"),
    ("social.monthly-allowance", {"category": "elderly", "born_on": of_age(81), "has_pension": "yes"},
     "receive verify review approve return"),
]  # fmt: skip
"""(procedure, answers, the officers' steps on that way)."""


@pytest.mark.parametrize(
    ("name", "answers", "steps"),
    WAYS,
    ids=[f"{n} {' '.join(v for v in a.values() if isinstance(v, str))}" for n, a, _ in WAYS],
)
def test_an_answer_leads_its_own_way(
    name: str, answers: dict[str, Any], steps: str, province: Place, trust: None
) -> None:
    case, _who = handed_in(province, name, answers)
    finished(province, case)
    done = Task.objects.filter(case=case).exclude(role=PLATFORM).values_list("step", flat=True)
    assert sorted(done) == sorted(steps.split())
    assert Case.objects.get(pk=case.pk).outcome == "returned"


ALLOWANCES = [
    ({"category": "child", "born_on": of_age(3)}, 1_250_000),
    ({"category": "child", "born_on": of_age(4)}, 750_000),
    ({"category": "child", "born_on": of_age(17)}, 0),
    ({"category": "elderly", "born_on": of_age(80)}, 500_000),
    ({"category": "elderly", "born_on": of_age(79)}, 0),
    ({"category": "poor-elderly", "born_on": of_age(60)}, 750_000),
    ({"category": "poor-elderly", "born_on": of_age(80)}, 1_000_000),
    ({"category": "disabled", "born_on": of_age(10), "disability": "very-severe"}, 1_250_000),
    ({"category": "disabled", "born_on": of_age(30), "disability": "very-severe"}, 1_000_000),
    ({"category": "disabled", "born_on": of_age(30), "disability": "severe"}, 750_000),
    ({"category": "disabled", "born_on": of_age(70), "disability": "severe"}, 1_000_000),
    ({"category": "single-parent", "born_on": of_age(35), "children": "2"}, 1_000_000),
    ({"category": "single-parent", "born_on": of_age(35), "children": "2", "has_pension": "yes"}, 0),
]
"""Monthly amounts of Decree 20/2021/NĐ-CP art. 6 with the standard of 500,000 đồng (Decree 76/2024/NĐ-CP)."""


@pytest.mark.parametrize(("answers", "amount"), ALLOWANCES)
def test_the_table_gives_the_allowance_of_the_decree(
    answers: dict[str, Any], amount: int, province: Place, trust: None
) -> None:
    name = "social.monthly-allowance"
    case, _who = handed_in(province, name, {"has_pension": "no"} | answers)
    told: dict[str, Any] = {}
    for _ in range(2):
        task = Task.objects.get(case=case, completed_at=None)
        services.complete(province.seat(task), task.pk, "done")
    for event in CaseEvent.objects.filter(case=case, kind="decided"):
        told |= event.data["values"]
    assert (told["amount"], told["eligible"]) == (amount, amount > 0)
    if amount:
        finished(province, case)
        [record] = records.find(SYSTEM, "social.beneficiaries", where={"case_id": str(case.pk)}).records
        assert record.values["amount"] == amount


def test_certified_copies_cost_what_the_circular_says(province: Place) -> None:
    """Circular 226/2016/TT-BTC: 2,000 a page for pages 1 and 2, 1,000 from the third."""
    name = "certification.certified-copy"
    for pages, copies, amount in ((1, 1, 2_000), (2, 3, 12_000), (5, 2, 14_000)):
        case, _who = handed_in(province, name, {"pages": str(pages), "copies": str(copies)})
        (order,) = orders.orders_of(f"case:{case.pk}")
        assert order.amount == amount == case.form["total"]


def test_verification_elsewhere_makes_the_term_longer(province: Place) -> None:
    """Decree 123/2015/NĐ-CP art. 22: up to three working days more."""
    name = "civil-status.marital-status"
    here, _who = handed_in(province, name, {"lived_elsewhere": "no"})
    elsewhere, _who = handed_in(province, name, {"lived_elsewhere": "yes"})
    assert here.due_at and elsewhere.due_at
    assert add_working_days(timezone.localdate(here.due_at), 3) == timezone.localdate(elsewhere.due_at)
