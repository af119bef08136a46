"""A draft that several people answer for."""

from uuid import UUID

import pytest

from tinhso.cases import queries, services
from tinhso.cases.models import Case, CaseEvent
from tinhso.identity import queries as people
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.ids import uuid7
from tinhso.kernel.models import Event
from tinhso.notices import queries as notices

from .conftest import PROCEDURE, RAW, SYSTEM, agrees, do, photograph

FIELDS = """\
  - {name: husband, type: person, label: {vi: Chồng, en: Husband}, from: population.spouse}
  - {name: witness, type: person, label: {vi: Người làm chứng, en: Witness}, optional: true}
  - {name: his_job, type: text, label: {vi: Nghề của chồng, en: His job}, by: husband, max: 40}
  - {name: her_word, type: text, label: {vi: Lời chứng, en: Word}, by: witness, optional: true, max: 40}
papers:
"""
TOGETHER = PROCEDURE.replace("papers:\n", FIELDS, 1) + "co_sign: [husband, witness]\n"
WITNESS = "034090999007"


@pytest.fixture
def husband(mother: Actor) -> Actor:
    spouse = people.own_details(mother).spouse
    assert spouse
    return Actor(account=identity.account_of_person(SYSTEM, spouse), person=spouse, assurance=2, name="Nguyễn Văn Đức")


@pytest.fixture
def stranger(commune) -> Actor:
    person = uuid7()
    identity.register_people(
        SYSTEM, [NewPerson("Lê Văn Lạ", WITNESS, sex="male", id=person, address_unit="13225", demo=True)]
    )
    return Actor(account=identity.account_of_person(SYSTEM, person), person=person, assurance=2, name="Lê Văn Lạ")


@pytest.fixture
def draft(apply, mother: Actor) -> UUID:
    apply(TOGETHER)
    found = services.start_draft(mother, "trial.permit")
    services.save_draft(mother, found.id, RAW | {"his_job": "Giám đốc"})
    services.attach_paper(mother, found.id, "photo", photograph(), file_name="anh.png")
    return found.id


def mine(actor: Actor):
    """The only invitation, whole."""
    (head,) = queries.invitations(actor)
    return queries.invitation(actor, head.id)


def fill_and_agree(actor: Actor, job: str = "Thợ mộc") -> None:
    services.save_part(actor, mine(actor).id, {"his_job": job})
    found = mine(actor)
    services.agree(actor, found.id, found.digest)


def test_it_is_handed_in_only_when_everybody_agreed_and_the_timeline_keeps_who_and_when(draft, mother, husband) -> None:
    with pytest.raises(Invalid) as refused:
        services.submit(mother, draft)
    assert list(refused.value.errors) == ["co_sign.husband"]
    assert services.invite(mother, draft) == 1
    assert services.invite(mother, draft) == 0
    (asked,) = Event.objects.filter(name="case.co-sign-asked")
    assert asked.subject == f"person:{husband.person}" and "Hoa" not in str(asked.data)
    services.save_part(husband, mine(husband).id, {"his_job": "Thợ mộc"})
    with pytest.raises(Invalid) as waiting:
        services.submit(mother, draft)
    assert list(waiting.value.errors) == ["co_sign.husband"]
    found = mine(husband)
    services.agree(husband, found.id, found.digest)
    (signer,) = queries.co_signers(mother, draft)
    assert (signer.state, signer.name) == ("agreed", "Nguyễn Văn Đức")
    case = services.submit(mother, draft)
    agrees(case.id)
    entry = next(one for one in queries.case(mother, case.id).timeline if one.kind == "co-signed")
    assert entry.by == "Nguyễn Văn Đức" and entry.at == signer.at
    assert Case.objects.get(pk=case.id).form["his_job"] == "Thợ mộc"
    assert queries.invitations(husband) == ()
    assert queries.invitation(husband, found.id).case_code == case.code


def test_the_applicant_never_fills_the_other_s_part_nor_the_other_the_applicant_s(draft, mother, husband) -> None:
    assert queries.draft(mother, draft).raw.get("his_job") is None
    services.invite(mother, draft)
    services.save_part(husband, mine(husband).id, {"his_job": "Thợ", "stall": "Quầy khác", "her_word": "x"})
    raw = queries.draft(mother, draft).raw
    assert (raw["his_job"], raw["stall"], raw.get("her_word")) == ("Thợ", "Quầy Hoa", None)


@pytest.mark.parametrize("change", ["answer", "paper", "own part"])
def test_a_change_after_an_agreement_voids_it(draft, mother, husband, change: str) -> None:
    services.invite(mother, draft)
    fill_and_agree(husband)
    if change == "answer":
        services.save_draft(mother, draft, {"stall": "Quầy khác"})
    elif change == "paper":
        services.attach_paper(mother, draft, "photo", photograph("red"), file_name="khac.png")
    else:
        services.save_part(husband, mine(husband).id, {"his_job": "Thợ nề"})
    (signer,) = queries.co_signers(mother, draft)
    assert (signer.state, signer.voided) == ("asked", True)
    with pytest.raises(Invalid) as refused:
        services.submit(mother, draft)
    assert list(refused.value.errors) == ["co_sign.husband"]


def test_the_last_word_of_a_submission_voids_agreements_too(draft, mother, husband) -> None:
    services.invite(mother, draft)
    fill_and_agree(husband)
    with pytest.raises(Invalid):
        services.submit(mother, draft, {"stall": "Tráo lúc nộp"})
    assert queries.co_signers(mother, draft)[0].state == "asked"


def test_one_agrees_only_to_what_one_was_shown(draft, mother, husband) -> None:
    services.invite(mother, draft)
    services.save_part(husband, mine(husband).id, {"his_job": "Thợ"})
    shown = mine(husband)
    services.save_draft(mother, draft, {"stall": "Quầy khác"})
    with pytest.raises(Conflict):
        services.agree(husband, shown.id, shown.digest)
    services.agree(husband, shown.id, mine(husband).digest)


def test_the_own_part_has_to_be_filled_in_rightly(draft, mother, husband) -> None:
    services.invite(mother, draft)
    with pytest.raises(Invalid) as refused:
        services.agree(husband, mine(husband).id, mine(husband).digest)
    assert list(refused.value.errors) == ["his_job"]


def test_who_declines_says_why_and_can_be_asked_again(draft, mother, husband) -> None:
    services.invite(mother, draft)
    with pytest.raises(Invalid):
        services.decline(husband, mine(husband).id, "  ")
    services.decline(husband, mine(husband).id, "Chưa bàn xong")
    (signer,) = queries.co_signers(mother, draft)
    assert (signer.state, signer.reason) == ("declined", "Chưa bàn xong")
    with pytest.raises(Invalid) as refused:
        services.submit(mother, draft)
    assert "từ chối" in str(refused.value.errors["co_sign.husband"])
    assert services.invite(mother, draft) == 1
    fill_and_agree(husband)
    assert services.submit(mother, draft).code


def test_only_the_person_named_sees_it(draft, mother, husband, stranger) -> None:
    services.invite(mother, draft)
    found = mine(husband).id
    assert queries.invitations(stranger) == () and queries.invitations(mother) == ()
    for other in (stranger, mother):
        for look in (
            lambda who: queries.invitation(who, found),
            lambda who: queries.invitation_paper(who, found, "photo"),
            lambda who: services.save_part(who, found, {"his_job": "x"}),
            lambda who: services.agree(who, found, "0" * 64),
            lambda who: services.decline(who, found, "x"),
        ):
            with pytest.raises(NotFound):
                look(other)
    with pytest.raises(NotFound):
        queries.draft(husband, draft)
    with pytest.raises(NotFound):
        services.submit(husband, draft)


def test_who_is_named_no_longer_sees_it_no_longer(draft, mother, husband, stranger) -> None:
    services.save_draft(mother, draft, {"witness": {"name": "Lê Văn Lạ", "national_id": WITNESS}})
    assert services.invite(mother, draft) == 2
    found = mine(stranger)
    assert [spec.name for spec in found.specs] == ["her_word"]
    assert "his_job" not in {row.name for section in found.sections for row in section.rows}
    services.save_draft(mother, draft, {"witness": None})
    assert queries.invitations(stranger) == ()
    with pytest.raises(NotFound):
        queries.invitation(stranger, found.id)


def test_one_s_part_voids_nothing_of_another_who_does_not_see_it(draft, mother, husband, stranger) -> None:
    services.save_draft(mother, draft, {"witness": {"name": "Lê Văn Lạ", "national_id": WITNESS}})
    services.invite(mother, draft)
    services.agree(stranger, mine(stranger).id, mine(stranger).digest)
    fill_and_agree(husband)
    assert [one.state for one in queries.co_signers(mother, draft)] == ["agreed", "agreed"]


def test_nobody_co_signs_with_oneself(draft, mother) -> None:
    services.save_draft(mother, draft, {"witness": {"name": "Trần Thị Hoa", "national_id": "034199999001"}})
    with pytest.raises(Invalid) as refused:
        services.invite(mother, draft)
    assert list(refused.value.errors) == ["witness"]


def test_what_is_replayed_after_the_submission_changes_nothing(draft, mother, husband) -> None:
    services.invite(mother, draft)
    fill_and_agree(husband)
    seen = mine(husband)
    case = services.submit(mother, draft)
    before = (Case.objects.get(pk=case.id).form, CaseEvent.objects.filter(case=case.id).count())
    assert services.submit(mother, draft, {"stall": "Sửa trộm"}) == case
    for replay in (
        lambda: services.save_draft(mother, draft, {"stall": "Sửa trộm"}),
        lambda: services.attach_paper(mother, draft, "photo", photograph("red"), file_name="x.png"),
        lambda: services.detach_paper(mother, draft, "photo"),
        lambda: services.invite(mother, draft),
        lambda: services.drop_draft(mother, draft),
        lambda: services.save_part(husband, seen.id, {"his_job": "Sửa trộm"}),
        lambda: services.agree(husband, seen.id, seen.digest),
        lambda: services.decline(husband, seen.id, "Đổi ý"),
    ):
        with pytest.raises(Conflict):
            replay()
    assert (Case.objects.get(pk=case.id).form, CaseEvent.objects.filter(case=case.id).count()) == before


def test_what_was_agreed_by_several_is_not_corrected_by_one(draft, mother, husband, commune) -> None:
    services.invite(mother, draft)
    fill_and_agree(husband)
    case = services.submit(mother, draft)
    do(commune, case)
    do(commune, case, "ask-supplement", note="Ảnh mờ")
    services.answer_supplement(mother, case.id, {"stall": "Sửa trộm", "his_job": "Khác"}, note="Đã sửa")
    row = Case.objects.get(pk=case.id)
    assert (row.form["stall"], row.form["his_job"]) == ("Quầy Hoa", "Thợ mộc")


def test_the_look_of_the_invited_stands_in_the_applicant_s_log(draft, mother, husband) -> None:
    services.invite(mother, draft)
    for _ in range(3):
        mine(husband)
    rows = people.accesses_to(mother, "").rows
    assert [row.purpose for row in rows if "bản nháp" in row.purpose] == ["Xem bản nháp được mời cùng nộp"]


def test_who_is_invited_is_told_and_the_applicant_of_the_answer(told, draft, mother, husband) -> None:
    services.invite(mother, draft)
    assert told(husband) == ["Có hồ sơ cần Ông/Bà cùng ký"] and told() == []
    (head,) = notices.notices(husband).notices
    assert (head.about, head.thing) == ("invitation", str(mine(husband).id))
    assert "Trần Thị Hoa mời" in notices.notice(husband, head.id).body
    services.decline(husband, mine(husband).id, "Chưa bàn xong")
    assert told() == ["Người cùng ký không đồng ý"]
    (answer,) = notices.notices(mother).notices
    assert (answer.about, answer.thing) == ("draft", str(draft))
    assert "Chưa bàn xong" in notices.notice(mother, answer.id).body
    services.invite(mother, draft)
    fill_and_agree(husband)
    assert told() == ["Người cùng ký không đồng ý", "Người cùng ký đã đồng ý"]
    assert told(husband) == ["Có hồ sơ cần Ông/Bà cùng ký"] * 2
