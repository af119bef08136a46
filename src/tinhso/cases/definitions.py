"""The vocabulary of procedures (DESIGN §3): what packs/<pack>/procedures/*.yaml may say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Literal, cast

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from tinhso.kernel.calendar import Deadline
from tinhso.kernel.fields.base import FieldSpec
from tinhso.kernel.packs import Change
from tinhso.kernel.packs.definitions import Name, Strict, Words

from . import sources

Level = Literal["province", "district", "commune"]
Applicant = Literal["citizen", "enterprise", "agency"]
Extra = Literal["ask-supplement", "refuse"]
LifeEvent = Literal["birth", "study", "work", "house", "business", "retirement", "death", "marriage"]

LIFE_EVENTS = {
    "birth": _("Sinh con"),
    "study": _("Học tập"),
    "work": _("Việc làm"),
    "marriage": _("Kết hôn"),
    "house": _("Nhà ở, đất đai"),
    "business": _("Kinh doanh"),
    "retirement": _("Nghỉ hưu"),
    "death": _("Người thân qua đời"),
}
ROLES = {
    "one-stop": _("Bộ phận một cửa"),
    "civil-status": _("Tư pháp – hộ tịch"),
    "residence": _("Công an xã – cư trú"),
    "police-chief": _("Trưởng Công an xã"),
    "business": _("Đăng ký kinh doanh"),
    "land": _("Đất đai"),
    "construction": _("Xây dựng"),
    "agriculture": _("Nông nghiệp"),
    "environment": _("Môi trường"),
    "transport": _("Giao thông vận tải"),
    "trade": _("Công Thương"),
    "education": _("Giáo dục"),
    "health": _("Y tế"),
    "social": _("Bảo trợ xã hội"),
    "culture": _("Văn hóa"),
    "finance": _("Tài chính"),
    "digital": _("Chuyển đổi số"),
    "science": _("Khoa học và công nghệ"),
    "inspector": _("Thanh tra, kiểm tra"),
    "clerk": _("Chuyên viên"),
    "chair": _("Chủ tịch"),
    "leader": _("Lãnh đạo"),
    "approver": _("Người duyệt"),
}
"""The roles that steps may name, in the words of the diagram. Posts carry them (identity).
The approver is whichever role the register names (`approve`)."""
APPROVER = "approver"


class Fee(Strict):
    vnd: int = Field(default=0, ge=0)
    per: Words | None = None
    note: Words | None = None


class FeeItem(Strict):
    """One fee (phí) or charge (lệ phí) of several: `vnd` a time, as many times as the integer field `count` says;
    owed `when` the answers are these, not `unless` they are those; `due` at a moment of the case's life. `account` is
    the budget item that it is revenue of."""

    name: Name
    label: Words
    kind: Literal["fee", "charge"] = "fee"
    vnd: int = Field(ge=0)
    per: Words | None = None
    count: str = ""
    when: dict[str, Any] = {}
    unless: dict[str, Any] = {}
    due: Literal["submit", "receive", "result"] = "submit"
    account: str = Field(default="", max_length=40)
    note: Words | None = None


ONE_FEE = Words(vi="Phí, lệ phí", en="Fee")
"""What the short form `fee:` is called on orders and receipts."""


class Section(Strict):
    """A heading of the form; fields name it by `section`."""

    name: Name
    title: Words
    hint: Words | None = None


class FormField(FieldSpec):
    """A field of the form: a kernel field, with the section it stands in, when it is asked at all (kernel's
    `fields/conditions.py`), and who or what answers it where that is not the applicant."""

    section: str = ""
    when: dict[str, Any] = {}
    compute: str = ""
    """An expression over other fields (compute.py): shown, never asked, never read from a client."""
    by: str = ""
    """A field of `co_sign`: the person whom it names fills this one, before agreeing."""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        """This class's own keys are no options of the type."""
        if not isinstance(data, Mapping):
            return data
        own = {key: data[key] for key in ("section", "when", "compute", "by") if key in data}
        return cast(Any, super())._gather({key: value for key, value in data.items() if key not in own}) | own


class PaperSpec(Strict):
    """A paper that the applicant hands in. `from` names a register that may hold it already, or with
    `result.<kind of paper>` the applicant's own store of results; `else: upload` asks for a file where they do not."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=50)
    label: Words
    hint: Words | None = None
    from_: str | None = Field(default=None, alias="from")
    else_: Literal["upload"] = Field(default="upload", alias="else")
    optional: bool = False
    copies: int = Field(default=1, ge=1, le=20)
    original: bool = False
    """Whether the paper itself has to be shown or handed in, beside its picture."""
    template: str | None = None
    """A kind of paper whose blank form can be downloaded, filled in and handed in."""

    @property
    def result_kind(self) -> str:
        """The kind of paper that the applicant's store may hold already; "" where `from` is none of that."""
        head, _dot, kind = (self.from_ or "").partition(".")
        return kind if head == "result" else ""


class Validity(Strict):
    """The days in force, both included. Before `from` the procedure is announced; after `until` it is ended."""

    from_: date | None = Field(default=None, alias="from")
    until: date | None = None


class OutcomeSpec(Strict):
    """One of a step's own answers, beside refusing and asking for a supplement: what flows read as `outcome`."""

    value: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)
    label: Words


class At(Strict):
    """Another agency for a step: the department in which a role sits, or the committee of a place (placing.py)."""

    office: Name | None = None
    unit: str | None = None


class Step(Strict):
    """One step: who does it, in how many working hours, and what else may come of it. With a `process`, `name` is the
    id of the user task in the drawing, and `outcomes` are the answers that its flows part by; the common answer is
    `done` otherwise."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=60)
    label: Words
    by: str
    at: Literal["commune", "province"] | At | None = None
    """Where it is done, if not in the agency that holds the case."""
    hours: int = Field(default=0, ge=0)
    may: list[Extra] = []
    outcomes: list[OutcomeSpec] = []
    signs: Literal["certificate"] | None = None

    @property
    def answers(self) -> list[str]:
        """Every outcome that the step can have."""
        common = [own.value for own in self.outcomes] or ["approve" if self.signs else "done"]
        return [*common, *self.may]


class Result(Strict):
    """What an approved case makes: a paper (kind of document), a record, or both. `values` maps each field of the
    register (and of the paper's data) to where it comes from: see `mapping.py`."""

    document: str | None = None
    register_: str | None = Field(default=None, alias="register")
    values: dict[str, str] = {}
    document_values: dict[str, str] = {}


class Measures(Strict):
    systems: list[str] = []
    targets: list[str] = []


class ProcedureDefinition(Strict):
    """procedures/<name>.yaml"""

    procedure: Name
    code: str = Field(pattern=r"^\d\.\d{6}$")
    name: Words
    summary: Words
    guide: Words | None = None
    sector: Words
    words: list[str] = []
    """Other words that people search for."""
    life_events: list[LifeEvent] = []
    levels: list[Level] = Field(min_length=1)
    applicant: list[Applicant] = Field(min_length=1)
    deadline: Deadline
    fee: Fee = Fee()
    fees: list[FeeItem] = []
    subject: str | None = None
    """The field whose value names the case in lists ("Đăng ký khai sinh: Nguyễn Bảo An")."""
    unit: str | None = None
    """The field (an address or unit) whose place decides which agency receives it; the applicant's home otherwise."""
    office: Name | None = None
    """The role whose department of the province receives it, or whose office of the commune beside its committee (such
    as the police post)."""
    sections: list[Section] = []
    form: list[FormField] = Field(min_length=1)
    papers: list[PaperSpec] = []
    process: str | None = None
    """The file of the BPMN that orders the steps; without it they follow one another."""
    calls: list[str] = []
    """Files of further processes, for call activities."""
    decisions: list[str] = []
    """Files of decision tables (DMN), for business rule tasks."""
    files: dict[str, str] = {}
    """The texts of those files, read by the pack loader (`Kind.beside`)."""
    ends: dict[str, Literal["returned", "refused"]] = {}
    """What an end event of the process means for the case, by the event's id; `returned` where it is not told, and
    `refused` where the last answer was to refuse."""
    co_sign: list[str] = []
    """Fields of type person: the draft is handed in only when the people they name have agreed (services/cosign)."""
    form_paper: str | None = None
    """A kind of paper: the official form, shown filled in with the answers before they are handed in."""
    valid: Validity = Validity()
    expected_results: list[Words] = []
    steps: list[Step] = Field(min_length=1)
    result: Result = Result()
    conditions: Words | None = None
    legal_basis: list[str] = Field(min_length=1)
    refusal_grounds: list[Words] = []
    measures: Measures = Measures()
    receives: Literal["own", "province"] = "own"
    """Whose counters take it in: the competent agency's own, or any of the province (receipt regardless of boundary,
    Decree 118/2025/ND-CP; the province's chair publishes for which procedures)."""
    decides: Literal["record-change"] | None = None
    """What the platform opens it for, without an applicant: a change of a register that waits for approval. Such a
    procedure is in no catalogue, issues no slips and is not counted among applications."""

    def field(self, name: str) -> FormField:
        return next(f for f in self.form if f.name == name)

    def step(self, name: str) -> Step:
        return next(s for s in self.steps if s.name == name)

    @property
    def all_fees(self) -> list[FeeItem]:
        """The fees, also the one of the short form."""
        if self.fees or not self.fee.vnd:
            return self.fees
        return [FeeItem(name="fee", label=ONE_FEE, vnd=self.fee.vnd, per=self.fee.per, note=self.fee.note)]

    @property
    def hours(self) -> int:
        """The deadline in working hours, for the sum of the steps; a calendar day counts as 8."""
        return self.deadline.working_hours or 8 * (self.deadline.working_days or self.deadline.days or 0)

    @property
    def signing_step(self) -> Step | None:
        return next((s for s in self.steps if s.signs), None)


def check(definition: Any, context: Any) -> Iterator[tuple[Sequence[str | int], str]]:
    """What pydantic cannot see: names that lead nowhere, clocks that cannot be kept, ends that cannot be reached."""
    from . import formcheck, placing

    model: ProcedureDefinition = definition.model
    yield from _check_names(model)
    yield from _check_form(model)
    yield from formcheck.check(model, lambda kind: _find("paper", kind, context) is not None)
    yield from _check_steps(model)
    yield from _check_office(model)
    yield from placing.faults(model)
    yield from _check_process(model)
    yield from _check_result(model, context)
    from . import fees

    yield from fees.check(model)


def _check_names(model: ProcedureDefinition) -> Iterator[tuple[Sequence[str | int], str]]:
    for key in ("sections", "form", "papers", "steps"):
        seen: set[str] = set()
        for number, item in enumerate(getattr(model, key)):
            if item.name in seen:
                yield [key, number, "name"], f"{item.name!r} is there twice"
            seen.add(item.name)


def _check_form(model: ProcedureDefinition) -> Iterator[tuple[Sequence[str | int], str]]:
    names = {f.name for f in model.form}
    sections = {s.name for s in model.sections}
    for number, spec in enumerate(model.form):
        if spec.label is None:
            yield ["form", number], f"the field {spec.name!r} has no label"
        if spec.section and spec.section not in sections:
            yield ["form", number, "section"], f"{spec.section!r} is not one of the sections"
        if spec.from_ and not sources.known(spec.from_):
            yield ["form", number, "from"], f"{spec.from_!r} is no source; known are {', '.join(sources.names())}"
    for other in model.deadline.extended.when if model.deadline.extended else ():
        if other not in names:
            yield ["deadline", "extended", "when"], f"{other!r} is not a field of this form"
    for key in ("subject", "unit"):
        value = getattr(model, key)
        if value and value not in names:
            yield [key], f"{value!r} is not a field of this form"


def _check_steps(model: ProcedureDefinition) -> Iterator[tuple[Sequence[str | int], str]]:
    total = 0 if model.process else sum(step.hours for step in model.steps)
    if total > model.hours:
        yield ["deadline"], f"the steps take {total} working hours, the deadline allows {model.hours}"
    for number, step in enumerate(model.steps):
        if step.by not in ROLES:
            yield ["steps", number, "by"], f"{step.by!r} is no role; known are {', '.join(sorted(ROLES))}"
        if step.by == APPROVER and not model.decides:
            yield ["steps", number, "by"], "only a procedure that `decides` has an approver"
        if model.process and step.hours > model.hours:
            yield ["steps", number, "hours"], f"more than the {model.hours} working hours of the deadline"
        if not model.process and not step.name.islower():
            yield ["steps", number, "name"], "has small letters, digits, - and _"
        if not model.process and step.outcomes:
            yield ["steps", number, "outcomes"], "answers of its own need a `process` whose flows part by them"
    signing = [number for number, step in enumerate(model.steps) if step.signs]
    for first, second in pairwise(signing):
        yield ["steps", second, "signs"], f"step {first + 1} signs the result already"
    if signing and not model.result.document:
        yield ["steps", signing[0], "signs"], "there is no result.document to sign"
    if model.result.document and not signing:
        yield ["result", "document"], "no step signs it, so it would never be made"
    if model.result.register_ and not signing:
        yield ["result", "register"], "no step signs, so the record would never be made"


def _check_office(model: ProcedureDefinition) -> Iterator[tuple[Sequence[str | int], str]]:
    if "province" in model.levels and not model.decides and model.office not in ROLES:
        yield ["office"], "a procedure at province level names the role whose department receives it"


def _check_process(model: ProcedureDefinition) -> Iterator[tuple[Sequence[str | int], str]]:
    from .bpmn import check as process

    if not model.process:
        for key in ("calls", "decisions", "ends"):
            if getattr(model, key):
                yield [key], "needs a `process`"
        return
    yield from process.faults(model)


def _check_result(model: ProcedureDefinition, context: Any) -> Iterator[tuple[Sequence[str | int], str]]:
    from . import mapping

    names = {f.name: f.type for f in model.form}
    for key in ("values", "document_values"):
        for target, source in getattr(model.result, key).items():
            if fault := mapping.fault(source, names):
                yield ["result", key, target], fault
    if register := model.result.register_:
        found = _find("register", register, context)
        if found is None:
            yield ["result", "register"], f"there is no register {register!r}"
            return
        fields = {f.name: f for f in found.fields}
        for target in model.result.values:
            if target not in fields:
                yield ["result", "values", target], f"the register {register!r} has no such field"
        numbered = found.numbering.field if found.numbering else ""
        missing = [n for n, f in fields.items() if not f.optional and n != numbered and n not in model.result.values]
        if missing:
            yield ["result", "values"], f"the register needs {', '.join(missing)} too"
    if (document := model.result.document) and _find("paper", document, context) is None:
        yield ["result", "document"], f"there is no paper {document!r}"


def _find(kind: str, name: str, context: Any) -> Any:
    """A definition among those being checked, or published. Papers may be named without their pack."""
    from tinhso.kernel.errors import NotFound
    from tinhso.kernel.packs import compiled

    for (found_kind, found_name), model in context.items():
        if found_kind == kind and (found_name == name or found_name.rpartition(".")[2] == name):
            return model
    try:
        return compiled(kind, name).model
    except NotFound:
        return None


def plan(old: ProcedureDefinition | None, new: ProcedureDefinition | None, name: str) -> Iterable[Change]:
    """What applying changes for people: running cases always end by the version they began with."""
    if new is None:
        yield Change("the procedure is no longer offered; running cases go on")
    elif old is None:
        yield Change(f"offered at {', '.join(new.levels)} level, {len(new.steps)} steps, {new.hours} hours")
    else:
        if [s.name for s in old.steps] != [s.name for s in new.steps]:
            yield Change("the steps differ; running cases keep the old ones")
        if old.hours != new.hours:
            yield Change(f"deadline {old.hours} → {new.hours} working hours, for new cases")
        if old.process != new.process or old.files != new.files:
            yield Change("the drawn process or its decision tables differ; running cases keep the old ones")
        if {f.name for f in old.form} != {f.name for f in new.form}:
            yield Change("the form's fields differ; drafts are shown the new form when next opened")
    if new is not None and new.process:
        from .bpmn import check as process

        yield from map(Change, process.notices(new))
