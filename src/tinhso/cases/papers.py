"""What the papers of a case say: the data that documents typeset. Official papers are in Vietnamese, whatever the
language of who reads the page."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.documents.queries import issuer, written
from tinhso.identity.contracts import PersonDetails
from tinhso.identity.queries import agency_by_id, own_details, post
from tinhso.identity.services import look_many
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar import length_words
from tinhso.kernel.fields.base import FieldSpec, field_types
from tinhso.kernel.fields.lists import code_list
from tinhso.kernel.packs import Compiled, compiled
from tinhso.registers.definitions import RegisterDefinition
from tinhso.registers.queries import get as record_of

from . import fees, form, mapping, timeline
from .counter.slips import at_counter, stranger_of
from .definitions import ProcedureDefinition
from .models import Case, Paper, Pause

KINDS = {"receipt": "one-stop.receipt", "supplement": "one-stop.supplement-request", "refusal": "one-stop.refusal",
         "apology": "one-stop.apology"}  # fmt: skip


def slip(role: str, case: Case, found: Compiled) -> tuple[str, dict[str, Any]]:
    """Title and data of the receipt, the request for a supplement, the refusal or the apology (annex of Circular
    01/2018)."""
    with override("vi"):
        model: ProcedureDefinition = found.model
        data = _common(case, model)
        if role == "receipt":
            given = Paper.objects.filter(case=case, replaced_at=None).values_list("name", "media_type", "document")
            specs = {paper.name: paper for paper in model.papers}
            papers = [{"name": _("Tờ khai %(name)s") % {"name": model.name.vi}, "form": _("Bản điện tử"), "copies": 1}]
            papers += [
                {
                    "name": str(specs[name].label) if name in specs else name,
                    "form": _paper_form(media_type, document),
                    "copies": specs[name].copies if name in specs else 1,
                }
                for name, media_type, document in given
            ]
            data |= {
                "status_url": f"{settings.BASE_URL}/theo-doi/{case.code}",
                "rate_url": f"{settings.BASE_URL}/danh-gia",
                "papers": papers,
                "missing": [],
                "working_time": length_words(model.deadline, extended=model.deadline.is_extended(case.form)),
                "received_at": written(case.submitted_at),
                "due_at": written(case.due_at),
                "fee": fees.words(model),
                "return_by": _("Nhận bản điện tử trên cổng dịch vụ công"),
                "note": "",
                "receiver": "",
            }
            return _("Giấy tiếp nhận hồ sơ và hẹn trả kết quả"), data | at_counter(case, data)
        if role == "apology":
            return _("Phiếu xin lỗi và hẹn lại ngày trả kết quả"), data | _apology(case)
        told = timeline.of_case(case.pk)
        if role == "supplement":
            event = told.filter(kind="supplement-asked").latest("seq")
            pause = Pause.objects.filter(case=case, kind="supplement").latest("since")
            wanted = [line.strip(" -•\t") for line in pause.note.splitlines() if line.strip(" -•\t")]
            return _("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"), data | {
                "receiver": event.actor.get("name", ""), "wanted": wanted, "reason": "",
            }  # fmt: skip
        event = timeline.ending(case.pk)
        assert event is not None, "only a case that has ended is refused"
        data |= {"receiver": event.actor.get("name", ""), "reason": timeline.why(event)}
        return _("Phiếu từ chối tiếp nhận giải quyết hồ sơ"), data | {"legal_ground": event.data.get("ground", "")}


def _apology(case: Case) -> dict[str, Any]:
    """Form 04: what was promised, why it is late, the new date, and who of the agency promises it."""
    event = timeline.of_case(case.pk).filter(kind="redated").latest("seq")
    by = event.actor.get("post", "")
    return {
        "received_at": written(case.submitted_at),
        "due_at": written(case.due_at),
        "new_due_at": written(case.redated_to),
        "reason": event.data.get("note", ""),
        "signer": {"title": post(UUID(by)).title if by else "", "name": event.actor.get("name", "")},
    }


def _paper_form(media_type: str, document: UUID | None) -> str:
    if document:
        return _("Bản điện tử có chữ ký số, từ kho dữ liệu")
    return _("Ảnh chụp") if media_type.startswith("image/") else _("Bản điện tử")


def _common(case: Case, model: ProcedureDefinition) -> dict[str, Any]:
    applicant = {"name": case.applicant}
    if stranger := stranger_of(case.pk):
        applicant |= {key: stranger.get(key, "") for key in ("address", "phone", "email")}
    if case.person:
        person = own_details(Actor(person=case.person, assurance=2))
        applicant |= {
            "address": mapping.place(person.address_unit, person.address_line),
            "phone": field_types()["phone"].to_raw(person.phone),
            "email": person.email,
        }
    return {
        "issuer": issuer(case.holder_id),
        "case_code": case.code,
        "applicant": applicant,
        "procedure": {"name": model.name.vi, "code": model.code},
    }


def facts(actor: Actor, case: Case, found: Compiled, signer: Mapping[str, str], on: date) -> dict[str, Any]:
    """Everything that `result.values` may name (mapping.py). Personal details of the people in the form are looked
    up for this case, and so stand in their access log."""
    model: ProcedureDefinition = found.model
    values = form.from_json(model, case.form)
    ids = {spec.name: form.person_of(values[spec.name]) for spec in model.form if spec.type == "person"}
    wanted = sorted({one for one in [*ids.values(), case.person] if one})
    why = _("Lập kết quả giải quyết hồ sơ")
    people = {one.id: one for one in look_many(actor, wanted, why)} if wanted else {}
    agency = agency_by_id(case.holder_id)
    return {
        "form": values,
        "persons": {name: people[one] for name, one in ids.items() if one},
        "records": {
            spec.name: record_of(actor, spec.settings().to, values[spec.name], purpose=why)
            for spec in model.form
            if spec.type == "reference" and values[spec.name] is not None
        },
        "applicant": people.get(case.person) if case.person else None,
        "case": {
            "code": case.code,
            "submitted_on": timezone.localdate(case.submitted_at),
            "agency": case.holder_id,
            "agency_name": agency.name,
            "unit": agency.unit,
            "unit_name": mapping.place(agency.unit),
        },
        "decision": {"signer_name": signer["name"], "signer_title": signer["title"], "on": on},
        "document": {},
        "decided": _decided(case),
    }


def _decided(case: Case) -> dict[str, Any]:
    """What decision tables answered for the case, by name; of a name that was answered twice the last."""
    told = timeline.of_case(case.pk).filter(kind="decided").values_list("data", flat=True)
    return {name: value for data in told for name, value in data["values"].items()}


def person_words(person: PersonDetails) -> dict[str, Any]:
    """A person as civil-status papers name them."""
    return {
        "name": person.name,
        "year": person.born_on.year if person.born_on else "",
        "ethnicity": _code_words("ethnicity", person.ethnicity),
        "nationality": _code_words("nationality", person.nationality),
        "residence": mapping.place(person.address_unit, person.address_line),
        "id_paper": _("Số định danh cá nhân %(id)s") % {"id": person.national_id} if person.national_id else "",
    }


def _code_words(name: str, code: str) -> str:
    return next((str(found.label) for found in code_list(name).codes if found.value == code), code)


def result_data(model: ProcedureDefinition, case: Case, known: Mapping[str, Any]) -> dict[str, Any]:
    """The data of the result paper: who issues and signs, and what `result.document_values` adds."""
    decision = known["decision"]
    data: dict[str, Any] = {
        "issuer": issuer(case.holder_id),
        "registration_place": f"{known['case']['agency_name']}, {known['case']['unit_name'].rpartition(', ')[2]}",
        "registered_on": decision["on"].isoformat(),
        "register_number": known["document"].get("number", ""),
        "registrant": person_words(known["applicant"]) if known["applicant"] else {"name": case.applicant},
        "signer": {"title": decision["signer_title"], "name": decision["signer_name"]},
    }
    for target, source in model.result.document_values.items():
        *groups, last = target.split(".")
        inner = data
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[last] = _written(model, source, known)
    return data


def _written(model: ProcedureDefinition, source: str, known: Mapping[str, Any]) -> Any:
    """A source as a paper writes it: dates for the template to lay out, people with their details, codes in words."""
    value = mapping.evaluate(source, known)
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, date):
        return value.isoformat()
    spec = _spec_of(model, source)
    if spec and spec.type == "person":
        person = known["persons"].get(spec.name)
        return person_words(person) if person else {}
    if value is None:
        return ""
    return spec.kind.display(value, spec.settings()) if spec else str(value)


def _spec_of(model: ProcedureDefinition, source: str) -> FieldSpec | None:
    """The field that a source names: of the form, or of the register that a reference points into."""
    head, *rest = source.split(".")
    if head != "form":
        return None
    spec: FieldSpec = model.field(rest[0])
    if len(rest) == 1:
        return spec
    if spec.type != "reference":
        return None
    register: RegisterDefinition = compiled("register", spec.settings().to).model
    return next(found for found in register.fields if found.name == rest[1])


def record_values(model: ProcedureDefinition, known: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the record that an approved case makes. An answer of another type than the register's text field
    is written there in words."""
    register: RegisterDefinition = compiled("register", model.result.register_ or "").model
    types = {spec.name: spec for spec in register.fields}
    values = {}
    for target, source in model.result.values.items():
        value = mapping.evaluate(source, known)
        spec = _spec_of(model, source)
        if value is not None and spec and types[target].type == "text" and spec.type != "text":
            value = spec.kind.display(value, spec.settings())
        if isinstance(value, str):  # words and codes of other sources, as the register's own type reads them
            value = types[target].kind.read(value, types[target].settings())
        if value not in (None, ""):
            values[target] = value
    return values


def has_place(register: str, values: Mapping[str, Any]) -> bool:
    """Whether the record itself says its place: a department's record is of a commune, not of the province."""
    definition: RegisterDefinition = compiled("register", register).model
    return bool(definition.unit and values.get(definition.unit))
