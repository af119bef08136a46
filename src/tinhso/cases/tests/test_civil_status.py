"""The real packs: a birth from the form to the signed certificate and the row of the register."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.cases import queries, services
from tinhso.cases.models import Case, Task
from tinhso.cases.queries import formpaper
from tinhso.cases.services import signing
from tinhso.documents.queries import open_blob
from tinhso.documents.testing import trust_running
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Invalid, NotFound
from tinhso.kernel.ids import uuid7
from tinhso.payments.queries import orders_of
from tinhso.payments.services import take_at_counter
from tinhso.registers.queries import find

from .conftest import PACKS, SYSTEM, agrees, do, filled, open_task

BIRTH = {
    "child_name": "Nguyễn Bảo An",
    "born_on": {"day": "20", "month": "11", "year": "2026"},
    "sex": "female",
    "ethnicity": "kinh",
    "birth_place": "Bệnh viện Phụ sản Thái Bình",
    "home_town": "Phường Thái Bình, tỉnh Hưng Yên",
}


@pytest.fixture(scope="module")
def trust() -> Iterator[Path]:
    with trust_running() as root:
        yield root


@pytest.fixture
def real_packs(commune) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop", PACKS / "civil-status"]))


@pytest.fixture
def birth(real_packs, mother):
    return services.submit(mother, filled(mother, "civil-status.birth-registration", BIRTH, "birth_notification"))


def test_at_most_six_fields_are_typed(real_packs, mother) -> None:
    draft = services.start_draft(mother, "civil-status.birth-registration")
    assert draft.prefilled == {"mother", "father", "residence"}
    assert len(draft.typed) == 6


def test_the_receipt_is_made_once(birth, mother) -> None:
    for _ in range(2):
        services.issue_paper(birth.id, "receipt")
    view = queries.case(mother, birth.id)
    assert view.receipt and view.receipt.title == "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"
    assert len(view.documents) == 1
    with open_blob(view.receipt.digest) as file:
        assert file.read(5) == b"%PDF-"


def test_an_approved_birth_is_signed_registered_and_in_the_store(birth, commune, mother, trust) -> None:
    do(commune, birth)
    do(commune, birth)
    do(commune, birth, "approve")
    waiting = queries.case(mother, birth.id)
    assert waiting.result is None and waiting.records == () and not waiting.may_withdraw
    assert open_task(birth.id).role == "platform"
    assert ProcrastinateJob.objects.filter(task_name="cases.finish_signing").count() == 1
    task = open_task(birth.id).pk
    services.finish_signing(task)
    agrees(birth.id)
    services.finish_signing(task)
    view = queries.case(mother, birth.id)
    assert (view.status_code, view.outcome, view.on_time) == (10, "returned", True)
    assert view.result and view.result.signed_at
    assert [entry.kind for entry in view.timeline][-3:] == ["approved", "signed", "returned"]
    rows = find(SYSTEM, "civil-status.births").records
    assert len(rows) == 1
    assert rows[0].case == birth.id and rows[0].ref.id == view.records[0].id
    values = rows[0].values
    assert (values["child_name"], values["mother"], values["mother_name"]) == (
        "Nguyễn Bảo An", mother.person, "Trần Thị Hoa"
    )  # fmt: skip
    assert (values["mother_ethnicity"], values["nationality"], values["mother_born_year"]) == ("kinh", "VN", 1999)
    assert "phường Thái Bình" in values["mother_residence"].replace("Phường", "phường")
    assert values["signer_title"] == "Vị trí chair"


def test_a_copy_of_the_extract_is_taken_from_the_register(birth, commune, mother, trust) -> None:
    for outcome in ("done", "done", "approve"):
        do(commune, birth, outcome)
    services.finish_signing(open_task(birth.id).pk)
    record = queries.case(mother, birth.id).records[0].id
    copy = services.submit(
        mother, filled(mother, "civil-status.extract-copy", {"birth": str(record), "copies": "1"}, "")
    )
    for outcome in ("done", "done", "approve"):
        do(commune, copy, outcome)
    services.finish_signing(open_task(copy.id).pk)
    held = queries.case(mother, copy.id)
    assert (held.status_code, held.result, held.may_withdraw) == (6, None, False), (
        "it is ready, and waits for its charge"
    )
    agrees(copy.id)
    (order,) = orders_of(f"case:{copy.id}")
    assert order.amount == 8_000
    take_at_counter(SYSTEM, order.id, method="cash", amount=8_000)
    services.hear_payment(order.id)
    agrees(copy.id)
    view = queries.case(mother, copy.id)
    assert view.outcome == "returned" and view.result


def test_nobody_gets_an_extract_of_another_s_record(birth, commune, mother, trust, real_packs) -> None:
    for outcome in ("done", "done", "approve"):
        do(commune, birth, outcome)
    services.finish_signing(open_task(birth.id).pk)
    record = queries.case(mother, birth.id).records[0].id
    stranger = uuid7()
    identity.register_people(
        SYSTEM, [NewPerson("Lê Văn Lạ", "034090999007", sex="male", id=stranger, address_unit="13225", demo=True)]
    )
    actor = Actor(account=stranger, person=stranger, assurance=2)
    draft = filled(actor, "civil-status.extract-copy", {"birth": str(record), "copies": "1"}, "")
    with pytest.raises(Invalid) as refused:
        services.submit(actor, draft)
    assert set(refused.value.errors) == {"birth"}


def test_a_failed_signature_is_seen_and_tried_again(birth, commune, settings, trust, tmp_path) -> None:
    for outcome in ("done", "done", "approve"):
        do(commune, birth, outcome)
    task = open_task(birth.id)
    here = settings.TRUST_ROOT, settings.TRUST_URL
    settings.TRUST_ROOT, settings.TRUST_URL = tmp_path / "silent", "http://127.0.0.1:9"
    with pytest.raises(Busy):
        services.finish_signing(task.pk)
    officer = queries.case(commune.at("chair"), birth.id)
    assert next(t for t in officer.tasks if t.id == task.pk).trouble
    assert Case.objects.get(pk=birth.id).results.keys() == {"record", "result"}
    settings.TRUST_ROOT, settings.TRUST_URL = here
    services.finish_signing(task.pk)
    agrees(birth.id)
    assert len(find(SYSTEM, "civil-status.births").records) == 1
    assert "trouble" not in Task.objects.get(pk=task.pk).payload


def test_a_worker_killed_after_signing_ends_the_case_once(birth, commune, mother, trust, monkeypatch) -> None:
    for outcome in ("done", "done", "approve"):
        do(commune, birth, outcome)
    task = open_task(birth.id).pk

    def killed(*args, **told):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(signing, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            services.finish_signing(task)
    services.finish_signing(task)
    agrees(birth.id)
    assert len(find(SYSTEM, "civil-status.births").records) == 1
    assert queries.case(mother, birth.id).outcome == "returned"


@pytest.mark.parametrize("role", ["supplement", "refusal"])
def test_slips_to_the_applicant(birth, commune, mother, role: str) -> None:
    do(commune, birth)
    if role == "supplement":
        do(commune, birth, "ask-supplement", note="- Ảnh Giấy chứng sinh rõ hơn\n- Quê quán của trẻ")
    else:
        do(commune, birth, "refuse", note="Đã đăng ký.", ground="Điều 16 Luật Hộ tịch 2014")
    services.issue_paper(birth.id, role)
    assert [d.role for d in queries.case(mother, birth.id).documents] == [role]


def test_a_death_is_registered_with_an_extract(real_packs, commune, mother, trust) -> None:
    raw = {
        "deceased_name": "Trần Văn Bình",
        "personal_id": "034041999902",
        "born_on": {"day": "5", "month": "3", "year": "1941"},
        "sex": "male",
        "died_on": {"day": "20", "month": "11", "year": "2026"},
        "death_place": "Tại nhà",
        "cause": "Tuổi già",
    }
    case = services.submit(mother, filled(mother, "civil-status.death-registration", raw, "death_notice"))
    for outcome in ("done", "done", "approve"):
        do(commune, case, outcome)
    services.finish_signing(open_task(case.id).pk)
    assert queries.case(mother, case.id).outcome == "returned"
    assert find(SYSTEM, "civil-status.deaths").records[0].case == case.id


def test_of_a_batch_those_that_a_revoked_certificate_cannot_sign_are_named(real_packs, commune, mother, trust) -> None:
    """The certificate is revoked while the batch is being signed: what was signed stays, the rest is named and, with a
    new certificate, signed after all."""
    call_command("trust", "init")
    chair, made = commune.at("chair"), []
    for number in range(3):
        raw = BIRTH | {"child_name": f"Nguyễn Bảo {number}"}
        made.append(
            services.submit(mother, filled(mother, "civil-status.birth-registration", raw, "birth_notification"))
        )
        do(commune, made[-1])
        do(commune, made[-1])
    batch = services.prepare_batch(chair, "approve", [open_task(one.id).pk for one in made])
    services.confirm_batch(chair, batch)
    services.run_batch(batch)
    assert [line.state for line in queries.batch(chair, batch).lines] == ["signing"] * 3
    first, *others = [open_task(one.id).pk for one in made]
    signing.finish_signing(first)
    signer = (chair.name, "Vị trí chair", commune.agency.name)
    call_command("trust", "revoke", "--signer", *signer)
    for task in others:
        with pytest.raises(Busy):
            signing.finish_signing(task)
    view = queries.batch(chair, batch)
    assert [line.state for line in view.lines] == ["done", "trouble", "trouble"]
    assert all("không còn hiệu lực" in line.why for line in view.lines[1:])
    assert queries.case(mother, made[0].id).result
    call_command("trust", "renew", "--signer", *signer)
    services.retry_batch(chair, batch)
    for task in others:
        signing.finish_signing(task)
    assert [line.state for line in queries.batch(chair, batch).lines] == ["done"] * 3
    for one in made:
        agrees(one.id)


def test_the_official_form_is_shown_filled_in_and_tells_only_what_the_form_says(real_packs, mother) -> None:
    draft = services.start_draft(mother, "civil-status.birth-registration").id
    services.save_draft(mother, draft, {"child_name": "Nguyễn Bảo An"})
    found = packs.compiled("procedure", "civil-status.birth-registration")
    data = formpaper.form_data(mother, found, {"child_name": "Nguyễn Bảo An", "sex": "female"}, "")
    assert data["form"]["child_name"] == "Nguyễn Bảo An" and data["form"]["sex"] == "Nữ"
    assert data["form"]["mother"]["year"] == 1999
    assert data["form"]["father"] == {"name": "Nguyễn Văn Đức"}  # the rest stays in the population register
    assert data["issuer"]["name"] == "Ủy ban nhân dân phường Thái Bình"
    written = said(queries.form_paper(mother, draft))
    for words in ("TỜ KHAI ĐĂNG KÝ KHAI SINH", "NGUYỄN BẢO AN", "TRẦN THỊ HOA", "NGUYỄN VĂN ĐỨC"):
        assert words in written
    with pytest.raises(NotFound):
        queries.form_paper(Actor(person=uuid7(), assurance=2), draft)


def said(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())
