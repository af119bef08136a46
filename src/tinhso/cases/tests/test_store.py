"""Results in the citizen's own store, and what they spare: the same paper is not asked for twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from tinhso.cases import papers, queries, services, store, workflow
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import Case, Paper
from tinhso.documents.testing import trust_running
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.ids import uuid7
from tinhso.notices import queries as notices
from tinhso.registers import services as registers

from .conftest import PACKS, PROCEDURE, RAW, SYSTEM, agrees, do, filled, open_task, photograph, write
from .test_civil_status import BIRTH

WANTED = PROCEDURE.replace("else: upload}", "from: result.birth-certificate, else: upload, copies: 2}").replace(
    "Ảnh quầy", "Giấy khai sinh của con"
)


@pytest.fixture(scope="module")
def trust() -> Iterator[Path]:
    with trust_running() as root:
        yield root


@pytest.fixture
def both(commune, tmp_path: Path) -> None:
    folders = [PACKS / "one-stop", PACKS / "civil-status", write(tmp_path, WANTED)]
    packs.apply(SYSTEM, packs.read(folders))


@pytest.fixture
def birth(both, mother: Actor, commune, trust) -> CaseRef:
    """A birth registered, its certificate signed and in the mother's store."""
    case = services.submit(mother, filled(mother, "civil-status.birth-registration", BIRTH, "birth_notification"))
    for outcome in ("done", "done", "approve"):
        do(commune, case, outcome)
    services.finish_signing(open_task(case.id).pk)
    return case


@pytest.fixture
def certificate(birth: CaseRef, mother: Actor) -> UUID:
    (result,) = queries.my_results(mother)
    return result.document.id


@pytest.fixture
def stranger(commune) -> Actor:
    person = uuid7()
    identity.register_people(
        SYSTEM, [NewPerson("Lê Văn Lạ", "034090999007", sex="male", id=person, address_unit="13225", demo=True)]
    )
    return Actor(account=person, person=person, assurance=2)


def draft_of(actor: Actor) -> UUID:
    found = services.start_draft(actor, "trial.permit")
    services.save_draft(actor, found.id, RAW)
    return found.id


def test_a_signed_result_is_in_its_owner_s_store_with_code_and_case(birth, mother, stranger) -> None:
    (result,) = queries.my_results(mother)
    assert (result.state, result.until, result.case) == ("valid", None, birth)
    assert result.document.code and result.document.signed_at
    assert queries.my_results(stranger) == ()


def test_a_result_stands_for_a_paper_and_the_officer_sees_a_verified_document(certificate, mother, commune) -> None:
    draft = draft_of(mother)
    assert [one.document.id for one in queries.results_for(mother, "birth-certificate")] == [certificate]
    view = services.attach_result(mother, draft, "photo", certificate)
    (paper,) = view.papers
    assert paper.given and paper.media_type == "application/pdf" and str(paper.document) == str(certificate)
    case = services.submit(mother, draft)
    (seen,) = queries.case(commune.at("one-stop"), case.id).papers
    assert seen.document == certificate
    assert seen.code == next(iter(queries.my_results(mother))).document.code
    row = Case.objects.get(pk=case.id)
    _title, data = papers.slip("receipt", row, workflow.procedure(row.procedure, row.version))
    assert ("từ kho dữ liệu" in data["papers"][1]["form"], data["papers"][1]["copies"]) == (True, 2)


def test_nobody_takes_from_another_s_store_nor_another_kind_of_paper(certificate, mother, stranger, birth) -> None:
    draft = draft_of(stranger)
    with pytest.raises(NotFound):
        services.attach_result(stranger, draft, "photo", certificate)
    services.issue_paper(birth.id, "receipt")
    receipt = queries.case(mother, birth.id).receipt
    assert receipt
    with pytest.raises(NotFound):
        services.attach_result(mother, draft_of(mother), "photo", receipt.id)


def test_a_result_whose_record_was_ended_is_offered_no_longer(certificate, mother, birth, monkeypatch) -> None:
    record = queries.case(SYSTEM, birth.id).records[0]
    tomorrow = timezone.localdate() + timedelta(days=1)
    registers.end(SYSTEM, record.register, record.id, revision=1, on=tomorrow, why="Ghi trùng")
    assert [one.state for one in store.held(mother.person)] == ["valid"]
    assert [one.state for one in store.held(mother.person, tomorrow)] == ["revoked"]
    assert len(queries.results_for(mother, "birth-certificate")) == 1
    monkeypatch.setattr(store.timezone, "localdate", lambda at=None: at.date() if at else tomorrow)
    assert queries.results_for(mother, "birth-certificate") == ()
    with pytest.raises(NotFound):
        services.attach_result(mother, draft_of(mother), "photo", certificate)


def test_a_result_past_its_paper_s_term_is_offered_no_longer(certificate, mother, monkeypatch) -> None:
    definition = packs.compiled("paper", "civil-status.birth-certificate").model
    monkeypatch.setitem(definition.__dict__, "valid_months", 6)
    (result,) = store.held(mother.person)
    assert result.state == "valid" and result.until
    assert store.held(mother.person, result.until)[0].state == "valid"
    assert store.held(mother.person, result.until + timedelta(days=1))[0].state == "expired"


@pytest.mark.parametrize(
    ("issued", "months", "last"),
    [((2026, 8, 31), 6, (2027, 2, 28)), ((2027, 8, 31), 6, (2028, 2, 29)), ((2026, 12, 1), 1, (2027, 1, 1)),
     ((2026, 1, 15), 12, (2027, 1, 15)), ((2026, 6, 30), 6, (2026, 12, 30))],
)  # fmt: skip
def test_a_term_of_months_ends_on_the_day_of_the_same_number(monkeypatch, issued, months, last) -> None:
    class Ref:
        kind, issued_on = "x", date(*issued)

    class Found:
        class model:
            valid_months = months

    monkeypatch.setattr(store, "compiled", lambda *_: Found)
    assert store._until(Ref()) == date(*last)  # type: ignore[arg-type]


def test_a_changed_file_is_not_taken_for_the_document(certificate, mother, settings) -> None:
    for file in Path(settings.BLOB_ROOT).rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(Conflict):
        services.attach_result(mother, draft_of(mother), "photo", certificate)


@pytest.fixture
def running(certificate, mother, commune) -> CaseRef:
    """A case handed in with a photograph although the store holds the paper."""
    draft = draft_of(mother)
    services.attach_paper(mother, draft, "photo", photograph(), file_name="anh.png")
    case = services.submit(mother, draft)
    do(commune, case)
    return case


def test_an_officer_may_not_ask_for_what_the_store_holds(running, commune) -> None:
    officer = commune.at("civil-status")
    assert [one.label for one in queries.from_store(officer, running.id)] == ["Giấy khai sinh của con"]
    with pytest.raises(Invalid, match="kho dữ liệu điện tử"):
        do(commune, running, "ask-supplement", note="Đề nghị nộp lại giay khai sinh cua con rõ hơn")
    do(commune, running, "ask-supplement", note="Xin ghi rõ tên quầy")
    agrees(running.id)


def test_by_consent_the_agency_takes_it_from_the_store(running, certificate, mother, commune, stranger) -> None:
    officer = commune.at("civil-status")
    with pytest.raises(Conflict):
        services.answer_from_store(mother, running.id, "photo", certificate)
    with pytest.raises(Forbidden):
        services.ask_from_store(mother, running.id, "photo")
    services.ask_from_store(officer, running.id, "photo")
    with pytest.raises(Conflict):
        services.ask_from_store(officer, running.id, "photo")
    (asked,) = queries.from_store(mother, running.id)
    assert asked.asked and [one.document.id for one in asked.results] == [certificate]
    with pytest.raises(Forbidden):
        services.answer_from_store(officer, running.id, "photo", certificate)
    with pytest.raises(NotFound):
        services.answer_from_store(stranger, running.id, "photo", certificate)
    services.answer_from_store(mother, running.id, "photo", asked.results[0].document.id)
    (paper,) = queries.case(officer, running.id).papers
    assert paper.document == certificate and Paper.objects.filter(case=running.id).count() == 2
    assert [one.kind for one in queries.case(mother, running.id).timeline][-2:] == ["store-asked", "store-given"]
    assert queries.from_store(officer, running.id) == () == queries.from_store(mother, running.id)
    with pytest.raises(Conflict):
        services.answer_from_store(mother, running.id, "photo", certificate)
    agrees(running.id)


def test_the_applicant_may_keep_it(told, running, mother, commune) -> None:
    services.ask_from_store(commune.at("civil-status"), running.id, "photo")
    code = Case.objects.get(pk=running.id).code
    assert told()[-1] == f"Hồ sơ {code}: xin lấy giấy tờ trong kho của Ông/Bà"
    assert "“Giấy khai sinh của con”" in notices.notice(mother, notices.notices(mother).notices[0].id).body
    services.answer_from_store(mother, running.id, "photo", None)
    (paper,) = queries.case(mother, running.id).papers
    assert paper.document is None and queries.from_store(mother, running.id) == ()


def test_an_answer_to_a_supplement_takes_from_the_store_too(running, certificate, mother, commune) -> None:
    do(commune, running, "ask-supplement", note="Ảnh mờ quá")
    services.answer_supplement(mother, running.id, stored={"photo": certificate}, note="Xin lấy từ kho")
    (paper,) = queries.case(mother, running.id).papers
    assert paper.document == certificate
    agrees(running.id)
