"""Cases at the counter: taken in for who has no account, for another agency, and given back by hand or post."""

import secrets
import subprocess
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from django.utils import timezone

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import Case, Draft, Handout, Intake, Status, Ticket, TicketState
from tinhso.cases.queries import counter as queries
from tinhso.cases.services import counter
from tinhso.cases.services.counter import Address, Stranger, Taker
from tinhso.documents import queries as documents
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Access, Account
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Event
from tinhso.payments import queries as orders
from tinhso.payments import services as payments

from .conftest import PACKS, PROCEDURE, RAW, SYSTEM, Commune, agrees, do, open_task, photograph
from .test_cosign import TOGETHER

HOA = "034199999001"
ANYWHERE = PROCEDURE.replace("levels: [commune]", "levels: [commune]\nreceives: province")
PASSPORT = Stranger(
    "John Smith",
    "Hộ chiếu",
    "N1234567",
    date(1980, 5, 6),
    "GB",
    "0912345678",
    "",
    "Khách sạn Hồng Hà, phường Thái Bình",
)
HOME = Address("Trần Thị Hoa", "0912 345 678", "Tổ 5", "13225")


@pytest.fixture
def centre(commune: Commune) -> Commune:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    return commune


@pytest.fixture
def officer(centre: Commune, permit: str) -> Actor:
    actor = centre.at("one-stop")
    counter.sit(actor, counter.open_window(actor, 1))
    return actor


def without_account() -> UUID:
    """Somebody of the population register who never signed in."""
    person = NewPerson(
        "Trần Thị Hoa", HOA, date(1999, 3, 4), "female", "kinh", demo=True, address_unit="13225", address_line="Tổ 5",
        address_since=date(2025, 7, 1),
    )  # fmt: skip
    identity.register_people(SYSTEM, [person])
    return person.id


@pytest.fixture
def hoa(officer: Actor) -> UUID:
    return without_account()


def begun(officer: Actor, person: UUID | None, stranger: Stranger | None = None) -> UUID:
    draft = counter.begin_intake(officer, "trial.permit", person=person, stranger=stranger)
    services.save_draft(officer, draft, RAW)
    services.attach_paper(officer, draft, "photo", photograph(), file_name="anh.png")
    return draft


def taken_in(officer: Actor, person: UUID | None, give_back: str = "person") -> CaseRef:
    draft = begun(officer, person)
    counter.settle_intake(officer, draft, unit="", give_back=give_back)
    return counter.hand_in(officer, draft)


def processed(centre: Commune, case: CaseRef) -> CaseRef:
    """The case with its result ready: everything but giving it back."""
    while Case.objects.get(pk=case.id).status != Status.PROCESSED:
        do(centre, case)
    return case


def text(digest: str) -> str:
    with documents.open_blob(digest) as file:
        out = subprocess.run(["pdftotext", "-layout", "-", "-"], input=file.read(), capture_output=True, check=True)
    return " ".join(out.stdout.decode().split())


def test_somebody_without_an_account_hands_in_at_the_counter(centre, officer, hoa) -> None:
    assert counter.find_applicant(officer, HOA) == identity.find_person(SYSTEM, HOA, "x")
    case = taken_in(officer, hoa)
    row = Case.objects.get(pk=case.id)
    assert not row.online and row.person == hoa and row.applicant == "Trần Thị Hoa"
    assert row.prefilled == ["owner"], "the register answered at the counter too"
    assert row.status == Status.RECEIVED and row.received_at, "who takes it in has received it"
    assert open_task(case.id).step == "verify"
    assert [one.kind for one in cases.timeline(officer, case.id)] == ["submitted", "taken-in", "received", "issued"]
    assert not Account.objects.filter(person=hoa).exists()
    agrees(case.id)


def test_the_look_at_the_register_is_logged_with_its_purpose_once(officer, hoa) -> None:
    taken_in(officer, hoa)
    looks = list(Access.objects.filter(person=hoa).values_list("purpose", "post"))
    assert ("Tiếp nhận hồ sơ tại quầy: Cấp phép thử", officer.post) in looks
    assert sum("tại quầy" in purpose for purpose, _post in looks) == 1


def test_the_receipt_says_who_received_it_and_how_the_result_comes(officer, hoa, centre) -> None:
    case = taken_in(officer, hoa, "post")
    receipt = cases.case(officer, case.id).receipt
    assert receipt
    said = text(receipt.digest)
    for words in (case.code, officer.name, "Qua dịch vụ bưu chính công ích", "Bản chụp tại quầy", "Trần Thị Hoa"):
        assert words in said, words
    assert "Nộp trực tuyến" not in said


def test_a_stranger_to_the_register_is_taken_in_by_the_paper_shown(centre, officer, apply) -> None:
    with pytest.raises(Invalid) as refused:
        counter.begin_intake(officer, "trial.permit", stranger=Stranger("", "", "N1"))
    assert set(refused.value.errors) == {"name", "paper", "address"}
    draft = begun(officer, None, PASSPORT)
    with pytest.raises(Invalid) as refused:
        counter.hand_in(officer, draft)
    assert set(refused.value.errors) == {"owner"}, "the form wants a person of the register: nobody is invented"
    apply(PROCEDURE.replace("from: population.self", "from: population.self, optional: true"))
    draft = begun(officer, None, PASSPORT)
    with pytest.raises(Invalid) as refused:
        counter.settle_intake(officer, draft, unit="13225", give_back="online")
    assert "give_back" in refused.value.errors
    counter.settle_intake(officer, draft, unit="13225", give_back="person")
    case = counter.hand_in(officer, draft)
    row = Case.objects.get(pk=case.id)
    assert row.person is None and row.applicant == "John Smith"
    receipt = cases.case(officer, case.id).receipt
    assert receipt and "Khách sạn Hồng Hà" in text(receipt.digest)
    assert b"N1234567" not in bytes(Intake.objects.get(case=case.id).contact or b""), "sealed at rest"
    assert Draft.objects.get(pk=draft).intake == {}, "and kept nowhere else"
    processed(centre, case)
    with pytest.raises(Invalid):
        counter.hand_results(officer, [case.id], Taker(number="N7654321"))
    counter.hand_results(officer, [case.id], Taker(number="N 1234567"))
    assert Case.objects.get(pk=case.id).outcome == "returned"


def test_the_draft_is_the_counters_until_it_is_sent(centre, officer, hoa, neighbour) -> None:
    draft = begun(officer, hoa)
    colleague = replace(officer, name="Đồng nghiệp")
    assert queries.counter_draft(colleague, draft).applicant == "Trần Thị Hoa"
    assert [one["id"] for one in queries.counter_drafts(colleague)] == [draft]
    herself = Actor(account=identity.account_of_person(SYSTEM, hoa), person=hoa, assurance=2)
    for stranger in (neighbour.at("one-stop"), centre.at("civil-status"), centre.at("chair"), herself):
        with pytest.raises(NotFound):
            services.save_draft(stranger, draft, {"stall": "x"})
        with pytest.raises(NotFound):
            services.submit(stranger, draft)
        with pytest.raises(NotFound):
            services.drop_draft(stranger, draft)
    assert cases.drafts(herself) == ()
    assert services.start_draft(herself, "trial.permit").id != draft
    services.drop_draft(officer, draft)
    assert queries.counter_drafts(officer) == []


def test_sent_twice_it_is_one_case(officer, hoa) -> None:
    draft = begun(officer, hoa)
    assert counter.hand_in(officer, draft) == counter.hand_in(officer, draft)
    assert Intake.objects.count() == 1


def test_what_is_wrong_is_named_and_kept(officer, hoa) -> None:
    draft = counter.begin_intake(officer, "trial.permit", person=hoa)
    with pytest.raises(Invalid) as refused:
        counter.hand_in(officer, draft, {"stall": "Quầy Hoa"})
    assert {"opens_on", "papers.photo"} <= set(refused.value.errors)
    assert queries.counter_draft(officer, draft).draft.raw["stall"] == "Quầy Hoa"


def test_the_ticket_at_the_window_belongs_to_the_case(officer, hoa) -> None:
    counter.give_ticket(officer, "other")
    counter.call_next(officer)
    case = taken_in(officer, hoa)
    ticket = Intake.objects.get(case=case.id).ticket
    assert ticket and ticket.state == TicketState.SERVING, "taking somebody in begins the service"
    assert Ticket.objects.get().code == "H001"


def test_only_its_own_agencys_counter_takes_it_in_unless_the_procedure_says_province(
    apply, centre, officer, hoa, neighbour
) -> None:
    there = neighbour.at("one-stop")
    draft = begun(there, hoa)
    with pytest.raises(Invalid) as refused:
        counter.hand_in(there, draft)
    assert "Thái Bình" in str(refused.value.errors["unit"][0])
    services.drop_draft(there, draft)

    apply(ANYWHERE)
    case = taken_in(there, hoa)
    row = Case.objects.get(pk=case.id)
    assert row.agency_id == row.holder_id == centre.agency.id, "the competent agency decides"
    assert case.code.startswith(centre.agency.code)
    receipt = cases.case(there, case.id).receipt
    assert receipt
    said = text(receipt.digest)
    assert "phường Trần Lãm" in said and f"Cơ quan giải quyết: {centre.agency.name}" in said
    assert open_task(case.id).agency_id == centre.agency.id and open_task(case.id).step == "verify"
    assert any(one.kind == "taken-in" and "Trần Lãm" in one.note for one in cases.timeline(officer, case.id))
    agrees(case.id)

    # the counter that took it in sees it and gives it back; another does not
    processed(centre, case)
    assert [one.case for one in queries.shelf_elsewhere(there)] == [case.id]
    assert queries.shelf(there)[0] == ()
    counter.hand_results(there, [case.id], Taker(number=HOA))
    assert Case.objects.get(pk=case.id).status == Status.RETURNED
    agrees(case.id)
    report = queries.report(there, timezone.localdate())
    assert (report.total.taken_in, report.total.for_others, report.total.handed) == (1, 1, 1)
    assert queries.report(officer, timezone.localdate()).total.taken_in == 0


def test_a_counter_that_had_no_part_in_it_sees_and_returns_nothing(centre, officer, hoa, neighbour) -> None:
    case = processed(centre, taken_in(officer, hoa))
    stranger = neighbour.at("one-stop")
    with pytest.raises(NotFound):
        cases.case(stranger, case.id)
    with pytest.raises(NotFound):
        counter.hand_results(stranger, [case.id], Taker(number=HOA))
    with pytest.raises(NotFound):
        counter.post_results(stranger, [case.id], HOME)
    for nobody in (centre.at("civil-status"), centre.at("chair")):
        with pytest.raises(Forbidden):
            counter.hand_results(nobody, [case.id], Taker(number=HOA))


def test_a_result_is_given_to_the_applicant_by_number(centre, officer, hoa) -> None:
    case = processed(centre, taken_in(officer, hoa))
    shelf, after = queries.shelf(officer)
    assert [(one.case, one.days, one.give_back) for one in shelf] == [(case.id, 0, "person")] and after == ""
    for wrong in (Taker(), Taker(number="034096999002"), Taker(receipt="H31.15-000000-0001"), Taker(as_="authorised")):
        with pytest.raises(Invalid):
            counter.hand_results(officer, [case.id], wrong)
    assert Handout.objects.count() == 0
    counter.hand_results(officer, [case.id], Taker(number="034 199 999 001"))
    row = Case.objects.get(pk=case.id)
    assert (row.status, row.outcome) == (Status.RETURNED, "returned")
    agrees(case.id)
    told = Event.objects.filter(name="case.result-handed").get()
    assert told.data["how"] == "person" and HOA not in str(told.data)
    assert queries.shelf(officer)[0] == ()
    entry = next(one for one in cases.timeline(officer, case.id) if one.kind == "result-handed")
    assert "số giấy tờ" in entry.note and entry.by == officer.name
    with pytest.raises(Conflict, match=officer.name):
        counter.hand_results(officer, [case.id], Taker(number=HOA))


def test_the_qr_of_the_receipt_identifies_too(centre, officer, hoa) -> None:
    case = processed(centre, taken_in(officer, hoa))
    counter.hand_results(officer, [case.id], Taker(receipt=f"https://tinh.example/theo-doi/{case.code}"))
    assert Handout.objects.get().checked_by == "receipt"


def test_who_is_authorised_says_by_what(centre, officer, hoa) -> None:
    case = processed(centre, taken_in(officer, hoa))
    with pytest.raises(Invalid) as refused:
        counter.hand_results(officer, [case.id], Taker("authorised", "Nguyễn Văn Đức", "034096999002"))
    assert set(refused.value.errors) == {"authority"}
    taker = Taker("authorised", "Nguyễn Văn Đức", "034096999002", authority="Giấy ủy quyền 12/2026")
    counter.hand_results(officer, [case.id], taker)
    found = queries.handouts(officer, case.id)[0]
    assert found.to == "Nguyễn Văn Đức – Giấy ủy quyền 12/2026"
    assert "Đức".encode() not in bytes(Handout.objects.get().to), "sealed at rest"
    herself = Actor(account=identity.account_of_person(SYSTEM, hoa), person=hoa, assurance=2)
    assert queries.handouts(herself, case.id)[0].to == ""


def test_several_at_once_are_all_given_or_none(centre, officer, hoa) -> None:
    first, second = (processed(centre, taken_in(officer, hoa)) for _ in range(2))
    unready = taken_in(officer, hoa)
    with pytest.raises(Conflict, match=unready.code):
        counter.hand_results(officer, [first.id, second.id, unready.id], Taker(number=HOA))
    assert Handout.objects.count() == 0
    counter.hand_results(officer, [first.id, second.id, first.id], Taker(receipt=second.code))
    assert Handout.objects.count() == 2


def test_a_result_goes_by_post_comes_back_and_is_given_again(centre, officer, hoa, neighbour) -> None:
    case = processed(centre, taken_in(officer, hoa, "post"))
    with pytest.raises(Invalid) as refused:
        counter.post_results(officer, [case.id], Address("", "12", "", "99999"))
    assert set(refused.value.errors) == {"recipient", "phone", "line", "unit"}
    (parcel,) = counter.post_results(officer, [case.id], HOME)
    assert Case.objects.get(pk=case.id).status == Status.RETURNED
    told = Event.objects.get(name="case.result-handed")
    assert told.data["how"] == "post" and told.data["handout"] == str(parcel) and "Tổ 5" not in str(told.data)
    carried = queries.parcel(SYSTEM, parcel)
    assert (carried.case_code, carried.address.line, carried.address.phone) == (case.code, "Tổ 5", "0912345678")
    with pytest.raises(Forbidden):
        queries.parcel(officer, parcel)

    counter.post_moved(SYSTEM, parcel, "sent", "vn 123-456")
    counter.post_moved(SYSTEM, parcel, "sent", "VN123-456")
    assert Event.objects.filter(name="case.post-moved").count() == 1, "the same word again changes nothing"
    with pytest.raises(NotFound):
        counter.post_moved(neighbour.at("one-stop"), parcel, "delivered")
    counter.post_moved(officer, parcel, "returned")
    with pytest.raises(Conflict):
        counter.post_moved(SYSTEM, parcel, "delivered")
    (back,) = queries.shelf_elsewhere(officer)
    assert back.case == case.id and back.came_back
    counter.hand_results(officer, [case.id], Taker(number=HOA))
    assert queries.shelf_elsewhere(officer) == ()
    assert [one.state for one in queries.handouts(officer, case.id)] == ["handed", "returned"]
    agrees(case.id)


def test_the_day_is_told_by_window_and_officer(centre, officer, hoa) -> None:
    counter.give_ticket(officer, "other")
    counter.give_ticket(officer, "other", "elderly")
    counter.call_next(officer)
    case = taken_in(officer, hoa)
    counter.call_next(officer)
    counter.no_show(officer)
    processed(centre, case)
    counter.hand_results(officer, [case.id], Taker(number=HOA))
    report = queries.report(officer, timezone.localdate())
    (line,) = report.lines
    assert (line.window, line.officer) == (1, officer.name)
    assert (line.served, line.no_show, line.taken_in, line.handed, line.posted) == (1, 1, 1, 1, 0)
    assert [one["code"] for one in report.taken] == [one["code"] for one in report.given] == [case.code]
    assert "Hoa" not in str(report), "the paper of the day names no applicant"
    (figures,) = queries.days(officer)
    assert (figures.taken, figures.served, figures.no_show, figures.share) == (2, 1, 1, 1.0)
    assert figures.groups == {"H": 2}


def test_sealed_columns_follow_the_keys(officer, hoa, centre, settings) -> None:
    case = processed(centre, taken_in(officer, hoa))
    counter.hand_results(officer, [case.id], Taker("authorised", "Nguyễn Văn Đức", "034096999002", authority="Số 1"))
    old = settings.FIELD_KEYS
    settings.FIELD_KEYS = [secrets.token_hex(32), *old]
    identity.rotate_keys(SYSTEM)
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert queries.handouts(officer, case.id)[0].to == "Nguyễn Văn Đức – Số 1"
    settings.FIELD_KEYS = old


def test_a_result_whose_fee_is_not_paid_stays_until_it_is_taken_at_the_counter(apply, centre, officer, hoa) -> None:
    apply(PROCEDURE + "fees:\n  - {name: paper, label: {vi: Phí, en: Fee}, vnd: 20000, due: result}\n")
    case = taken_in(officer, hoa)
    do(centre, case)
    do(centre, case)
    (order,) = orders.orders_of(f"case:{case.id}")
    with pytest.raises(Conflict, match=r"20\.000"):
        counter.hand_results(officer, [case.id], Taker(number=HOA))
    payments.take_at_counter(officer, order.id, method="cash", amount=20_000)
    services.hear_payment(order.id)
    assert [one.case for one in queries.shelf(officer)[0]] == [case.id]
    counter.hand_results(officer, [case.id], Taker(number=HOA))
    agrees(case.id)


def test_who_applied_is_told_where_the_result_went(told, centre, officer, mother) -> None:
    by_hand, by_post = (processed(centre, taken_in(officer, mother.person)) for _ in range(2))
    counter.hand_results(officer, [by_hand.id], Taker(number=HOA))
    counter.post_results(officer, [by_post.id], HOME)
    subjects = told()
    assert f"Đã giao kết quả hồ sơ {by_hand.code}" in subjects
    assert f"Đã gửi bưu chính kết quả hồ sơ {by_post.code}" in subjects
    assert len([one for one in subjects if "kết quả" in one]) == 4, "each is also told once that its result is ready"


def test_who_signs_along_stands_at_the_counter_and_the_officer_writes_for_both(centre, apply, mother) -> None:
    """Fields of a co-signer are asked there, nobody is invited, and several photographs are one paper."""
    apply(TOGETHER)
    officer = centre.at("one-stop")
    counter.sit(officer, counter.open_window(officer, 1))
    draft = counter.begin_intake(officer, "trial.permit", person=mother.person)
    view = queries.counter_draft(officer, draft).draft
    assert "his_job" in view.typed and "husband" not in view.typed
    services.save_draft(officer, draft, RAW | {"his_job": "Thợ mộc"})
    pictures = [(photograph(colour), f"{colour}.png") for colour in ("white", "red")]
    (paper,) = services.attach_photos(officer, draft, "photo", pictures).papers
    assert paper.media_type == "application/pdf"
    case = counter.hand_in(officer, draft)
    assert Case.objects.get(pk=case.id).form["his_job"] == "Thợ mộc"
    assert cases.invitations(mother) == () and not Event.objects.filter(name="case.co-sign-asked").exists()
    agrees(case.id)
