"""An inspection on the spot: begun from its plan, answered and proved, each part kept once whatever is repeated; ended
with findings that have their ground and deadline and with minutes, and followed until it is remedied."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image

from tinhso.cases import services as cases
from tinhso.cases.inspection import EVIDENCE, FINDINGS, INSPECTIONS, PLANS, REMEDIATIONS, Photo
from tinhso.cases.queries import inspection as inspections
from tinhso.documents import queries as documents
from tinhso.documents.testing import trust_running
from tinhso.identity import queries as people
from tinhso.identity import services as identity
from tinhso.identity.roles import permissions
from tinhso.indicators import queries as indicators
from tinhso.indicators import services as counting
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, Invalid, NotFound, StaleRevision
from tinhso.registers import queries, services
from tinhso.territory import services as territory

SYSTEM = system("test")
NEEDED = ("one-stop", "business", "inspection")
LICENCE = "Có giấy phép môi trường hoặc đăng ký môi trường"
WORKS = "Hệ thống xử lý nước thải đang vận hành"
CONCLUSION = "Phải chạy lại hệ thống"


@pytest.fixture
def inspector(db: None) -> Iterator[Actor]:
    """An officer of the inspectorate, and the samples of the pack."""
    territory.load_facts(SYSTEM)
    identity.load_agencies(SYSTEM)
    packs.queries.forget()
    packs.apply(SYSTEM, packs.read([Path(settings.PACKS) / name for name in NEEDED]))
    services.load_samples(SYSTEM, why="Dữ liệu mẫu")
    yield seated("inspector")
    packs.queries.forget()


def seated(role: str) -> Actor:
    agency = next(a for a in people.agencies(level="province", unit="33") if a.code == "H31.2")
    post = next(p for p in people.posts(agency.id) if role in p.roles)
    account = identity.open_demo_account(SYSTEM, role, "Nguyễn Văn Mẫu")
    identity.assign(SYSTEM, account, post.id)
    roles = frozenset(post.roles)
    return Actor(
        account=account, post=post.id, agency=agency.id, unit=agency.unit, roles=roles,
        permissions=permissions(roles), assurance=2, name="Nguyễn Văn Mẫu",
    )  # fmt: skip


@pytest.fixture
def begun(inspector: Actor) -> UUID:
    """An inspection of a plan of today."""
    today = timezone.localdate()
    plan = next(p for p in queries.find(SYSTEM, PLANS).records if p.values["number"] == "KH-2026-02")
    moved = {"starts_on": today, "ends_on": today, "year": today.year}
    services.update(SYSTEM, PLANS, plan.ref.id, moved, revision=plan.ref.revision, why="dời")
    [checklist] = inspections.checklists(inspector)
    return cases.begin_inspection(inspector, plan.ref.id, "07/QĐ-KT", checklist.ref.id).id


def picture(*, exif: bool = False) -> bytes:
    out = BytesIO()
    told = Image.Exif()
    if exif:
        told[0x0110] = "Máy ảnh"
    Image.effect_noise((320, 240), 60).convert("RGB").save(out, "JPEG", exif=told)
    return out.getvalue()


def shot(content: bytes, **more: Any) -> Photo:
    digest = hashlib.sha256(content).hexdigest()
    given: dict[str, Any] = {"number": "may-1", "item": WORKS, "taken_at": timezone.now(), "digest": digest}
    return Photo(**given | {"place": (106.35, 20.48)} | more)


def answer(actor: Actor, id: UUID, works: str = "no") -> None:
    given = {LICENCE: ("yes", ""), WORKS: (works, "Tạm dừng")}
    cases.answer_inspection(actor, id, given, revision=inspections.inspection(actor, id).revision)


def end(actor: Actor, id: UUID, due_on: date | None = None) -> None:
    due_on = due_on or timezone.localdate() + timedelta(days=30)
    cases.end_inspection(actor, id, CONCLUSION, due_on, revision=inspections.inspection(actor, id).revision)


def test_a_plan_is_begun_in_its_days_only_and_once(inspector: Actor) -> None:
    work = inspections.inspections(inspector)
    [plan] = work.planned
    [checklist] = inspections.checklists(inspector)
    row = queries.get(SYSTEM, PLANS, plan.id)
    far = {"starts_on": date(2027, 5, 1), "ends_on": date(2027, 5, 2), "year": 2027}
    services.update(SYSTEM, PLANS, plan.id, far, revision=row.ref.revision, why="dời")
    with pytest.raises(Conflict, match="từ 01/05/2027"):
        cases.begin_inspection(inspector, plan.id, "07/QĐ-KT", checklist.ref.id)


def test_begun_again_it_is_the_same_and_leaves_the_plans(inspector: Actor, begun: UUID) -> None:
    plan = queries.get(SYSTEM, INSPECTIONS, begun).values["plan"]
    [checklist] = inspections.checklists(inspector)
    assert cases.begin_inspection(inspector, plan, "08/QĐ-KT", checklist.ref.id).id == begun
    work = inspections.inspections(inspector)
    assert [one.ref.id for one in work.running if one.values["number"] == "07/QĐ-KT"] == [begun]
    assert plan not in {one.id for one in work.planned}


def test_answers_are_kept_once_and_what_a_colleague_wrote_is_not_overwritten(inspector: Actor, begun: UUID) -> None:
    first = inspections.inspection(inspector, begun).revision
    given = {LICENCE: ("yes", ""), WORKS: ("no", "Tạm dừng")}
    ref = cases.answer_inspection(inspector, begun, given, revision=first)
    assert cases.answer_inspection(inspector, begun, given, revision=first) == ref, "sent again, it is kept already"
    with pytest.raises(StaleRevision):
        cases.answer_inspection(inspector, begun, {LICENCE: ("no", "")}, revision=first)
    ref = cases.answer_inspection(inspector, begun, {LICENCE: ("na", "")}, revision=ref.revision)
    sheet = inspections.inspection(inspector, begun)
    assert [(q.answer, q.note) for q in sheet.questions] == [("na", ""), ("no", "Tạm dừng")]
    with pytest.raises(Invalid):
        cases.answer_inspection(inspector, begun, {"Mục lạ": ("yes", "")}, revision=ref.revision)


def test_a_photograph_is_kept_once_as_it_was_taken_with_place_and_time(inspector: Actor, begun: UUID) -> None:
    content = picture()
    taken = timezone.now() - timedelta(hours=2)
    photo = shot(content, taken_at=taken)
    ref = cases.keep_photo(inspector, begun, photo, BytesIO(content))
    assert cases.keep_photo(inspector, begun, photo, BytesIO(content)) == ref
    [kept] = inspections.inspection(inspector, begun).questions[1].photos
    assert (kept.values["taken_at"], kept.values["location"]["coordinates"]) == (taken, [106.35, 20.48])
    assert kept.values["compared"] is True
    with documents.open_blob(photo.digest) as file:
        assert file.read() == content
    other = picture()
    with pytest.raises(Conflict):
        cases.keep_photo(inspector, begun, shot(other), BytesIO(other))


@pytest.mark.parametrize(
    ("sent", "said"),
    [("other", "khác với ảnh đã chụp"), ("exif", "máy ảnh ghi kèm"), ("none", "không mở được")],
)
def test_what_is_not_what_was_taken_is_refused(inspector: Actor, begun: UUID, sent: str, said: str) -> None:
    content = {"other": picture(), "exif": picture(exif=True), "none": b"not a picture"}[sent]
    claimed = picture() if sent == "other" else content
    with pytest.raises(Invalid, match=said):
        cases.keep_photo(inspector, begun, shot(claimed), BytesIO(content))
    assert [r for r in queries.find(SYSTEM, EVIDENCE).records if r.values["inspection"] == begun] == []


def test_a_picture_of_a_browser_without_script_loses_what_the_camera_wrote(inspector: Actor, begun: UUID) -> None:
    photo = shot(picture(), digest="", place=None, no_place="Không cho phép")
    cases.keep_photo(inspector, begun, photo, BytesIO(picture(exif=True)))
    [kept] = inspections.inspection(inspector, begun).questions[1].photos
    assert (kept.values["compared"], kept.values["no_place"]) == (False, "Không cho phép")
    with documents.open_blob(kept.values["photo"]["digest"]) as file, Image.open(file) as image:
        assert not image.getexif()


def test_it_ends_only_whole_with_findings_minutes_and_a_figure(inspector: Actor, begun: UUID) -> None:
    with pytest.raises(Invalid, match="Mục 1 chưa trả lời"):
        end(inspector, begun)
    answer(inspector, begun)
    with pytest.raises(Invalid, match="Mục 2 phải có ảnh"):
        end(inspector, begun)
    content = picture()
    cases.keep_photo(inspector, begun, shot(content), BytesIO(content))
    end(inspector, begun)
    end(inspector, begun)
    sheet = inspections.inspection(inspector, begun)
    [finding] = sheet.findings
    assert (finding.values["number"], finding.values["item"]) == ("07/QĐ-KT/1", WORKS)
    assert finding.values["ground"] == "Luật Bảo vệ môi trường 2020, Điều 86"
    assert finding.values["due_on"] == timezone.localdate() + timedelta(days=30)
    assert sheet.is_done and sheet.minutes is not None and sheet.minutes.number == "01/BB-KT"
    with pytest.raises(Conflict, match="đã kết thúc"):
        answer(inspector, begun, "yes")
    with pytest.raises(Conflict, match="đã kết thúc"):
        cases.keep_photo(inspector, begun, shot(picture(), number="may-2"), BytesIO(picture()))
    counting.refresh(SYSTEM, "inspection.inspections-digital", date(2026, 1, 1))
    year = timezone.localdate().year
    period = indicators.Period(date(year, 1, 1), date(year + 1, 1, 1))
    standing = indicators.standing(SYSTEM, "inspection.inspections-digital", period)
    assert standing.numerator == standing.denominator >= 1


def test_the_minutes_are_signed_in_the_name_of_the_post_that_ended_it(inspector: Actor, begun: UUID) -> None:
    answer(inspector, begun, "yes")
    content = picture()
    cases.keep_photo(inspector, begun, shot(content), BytesIO(content))
    end(inspector, begun)
    minutes = inspections.minutes(begun)
    assert minutes is not None and minutes.signed_at is None
    signer = {"account": str(inspector.account), "post": str(inspector.post), "agency": str(inspector.agency)}
    with trust_running():
        cases.sign_minutes(minutes.id, signer | {"name": inspector.name})
        cases.sign_minutes(minutes.id, signer | {"name": inspector.name})
        signed = inspections.minutes(begun)
        assert signed is not None and signed.signed_at is not None
        [check] = documents.check_signatures(signed.blob.digest)
    assert check.intact and "Nguyễn Văn Mẫu" in check.signer


def test_an_accepted_report_ends_the_finding_and_a_late_one_is_listed_until_then(inspector: Actor) -> None:
    late = next(one for one in inspections.inspections(inspector).late if one.values["number"] == "TT-002")
    done = timezone.localdate()
    report = {
        "number": "KP-9", "finding": late.ref.id, "commune": late.values["commune"], "measures": "Đã lập sổ",
        "done_on": done, "accepted_on": done,
    }  # fmt: skip
    ref = services.create(SYSTEM, REMEDIATIONS, report)
    cases.note_remedied(ref.id)
    cases.note_remedied(ref.id)
    assert late.ref.id not in {one.ref.id for one in inspections.inspections(inspector).late}
    after = queries.get(SYSTEM, FINDINGS, late.ref.id)
    assert (after.values["remedied_on"], after.ref.revision) == (done, late.ref.revision + 1)


def test_who_does_not_inspect_or_is_of_another_agency_finds_nothing(inspector: Actor, begun: UUID) -> None:
    stranger = replace(inspector, roles=frozenset({"clerk"}), permissions=permissions(["clerk"]))
    with pytest.raises(NotFound):
        inspections.inspections(stranger)
    other = next(a for a in people.agencies(level="province", unit="33") if a.id != inspector.agency)
    with pytest.raises(NotFound):
        inspections.inspection(replace(inspector, agency=other.id), begun)
