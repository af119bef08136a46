"""An inspection on the spot: begun from its plan, answered item by item, proved by photographs, ended with findings
and signed minutes. Everything stands in registers, so its history is theirs; each part may be sent again."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image, ImageOps

from tinhso.documents import services as documents
from tinhso.identity.queries import agency_by_id, post
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.registers import queries as records
from tinhso.registers import services as registers
from tinhso.registers.contracts import RecordRef

from .. import papers
from ..inspection import ANSWERS, EVIDENCE, FINDINGS, INSPECTIONS, MINUTES, MOST_NOTE, PLANS, REMEDIATIONS, Photo, Sheet
from ..queries import inspection as queries

AHEAD = timedelta(minutes=10)
"""How far a device's clock may go before ours."""
LONGEST = 2_000
WORDS = {"yes": "Đạt", "no": "Không đạt", "na": "Không áp dụng"}
"""As the minutes, which are in Vietnamese, say it."""


def begin_inspection(actor: Actor, plan: UUID, number: str, checklist: UUID) -> RecordRef:
    """Begin the inspection of a plan today, by a decision's number. Begun again it is the one that is there.

    Raises Conflict before the plan's first day and after its last, Invalid by field, NotFound.
    """
    queries.need_inspector(actor)
    there = records.find(actor, INSPECTIONS, where={"plan": plan}, limit=1).records
    if there:
        return there[0].ref
    found, today = records.get(actor, PLANS, plan).values, timezone.localdate()
    if found["agency"] != actor.agency:
        raise Conflict(_("Kế hoạch này của cơ quan khác."))
    if not found["starts_on"] <= today <= found["ends_on"]:
        raise Conflict(
            _("Kế hoạch thực hiện từ %(from)s đến %(until)s; hôm nay chưa bắt đầu được.")
            % {"from": f"{found['starts_on']:%d/%m/%Y}", "until": f"{found['ends_on']:%d/%m/%Y}"}
        )
    values = {
        "number": number, "plan": plan, "sort": "planned", "agency": actor.agency, "enterprise": found["enterprise"],
        "checklist": checklist, "commune": found["commune"], "remote": True, "begun_on": today,
    }  # fmt: skip
    return registers.create(actor, INSPECTIONS, values, why=_("Bắt đầu kiểm tra theo kế hoạch"))


def answer_inspection(actor: Actor, id: UUID, answers: Mapping[str, tuple[str, str]], *, revision: int) -> RecordRef:
    """Keep what was answered, item to (answer, note); items that are not given keep what they have. Sent again, it is
    kept already. What is answered here was done digitally, and the inspection says so.

    Raises StaleRevision where somebody answered otherwise since `revision`, Invalid, Conflict once it is ended.
    """
    sheet = queries.inspection(actor, id)
    rows = _answered(sheet, answers)
    if rows == (sheet.values["answers"] or []):
        return RecordRef(INSPECTIONS, id, sheet.revision)
    _need_running(sheet)
    values = {"answers": rows, "remote": True}
    return registers.update(actor, INSPECTIONS, id, values, revision=revision, why=_("Kết quả kiểm tra tại chỗ"))


def keep_photo(actor: Actor, id: UUID, photo: Photo, source: IO[bytes]) -> RecordRef:
    """Keep a photograph that proves an item. Sent again under its number, it is the one that is kept.

    What came is compared with the digest that the device computed when it was taken, and has to be free of what
    cameras write into a picture. A picture without a digest (a browser without script) is freed of that here, and is
    not marked as compared. Raises Invalid, Conflict once the inspection is ended, NotFound.
    """
    sheet = queries.inspection(actor, id)
    there = records.find(actor, EVIDENCE, where={"number": photo.number}, limit=1).records
    if there:
        if there[0].values["inspection"] != id or (photo.digest and there[0].values["photo"]["digest"] != photo.digest):
            raise Conflict(_("Mã ảnh này đã dùng cho một ảnh khác; chưa có gì được ghi."))
        return there[0].ref
    _need_running(sheet)
    if photo.item not in {question.item for question in sheet.questions}:
        raise Invalid({"item": [_("Danh mục không có mục này")]})
    if photo.taken_at > timezone.now() + AHEAD:
        raise Invalid({"taken_at": [_("Giờ chụp ở tương lai; xin chỉnh lại giờ của máy")]})
    content = _compared(photo, source)
    blob = documents.store(actor, content, name=f"{photo.number}.jpg", accept=("image/jpeg",))
    values: dict[str, Any] = {
        "number": photo.number,
        "inspection": id,
        "commune": sheet.values["commune"],
        "item": photo.item,
        "taken_at": photo.taken_at,
        "location": {"type": "Point", "coordinates": list(photo.place)} if photo.place else None,
        "no_place": None if photo.place else (photo.no_place or _("Không rõ"))[:200],
        "photo": {"digest": blob.digest, "name": blob.name, "size": blob.size, "media_type": blob.media_type},
        "compared": bool(photo.digest),
    }
    return registers.create(actor, EVIDENCE, values, why=_("Ảnh chụp khi kiểm tra"), demo=sheet.demo)


def end_inspection(actor: Actor, id: UUID, conclusion: str, due_on: date, *, revision: int) -> RecordRef:
    """End an inspection: each failed item becomes a finding to be remedied by `due_on`, and the minutes are issued;
    the platform signs them in the name of the inspector's post (tasks.sign_minutes). Ended again, it is ended already.

    Raises Invalid where an item lacks its answer or photograph, StaleRevision, NotFound.
    """
    with transaction.atomic():
        sheet = queries.inspection(actor, id)
        if sheet.is_done:
            return RecordRef(INSPECTIONS, id, sheet.revision)
        today = timezone.localdate()
        failed = [question for question in sheet.questions if question.answer == "no"]
        _need_whole(sheet, conclusion, due_on if failed else today, today)
        place = next(
            (one.values["location"] for q in sheet.questions for one in q.photos if one.values["location"]), None
        )
        values = {"done_on": today, "conclusion": conclusion, "location": sheet.values["location"] or place}
        ref = registers.update(actor, INSPECTIONS, id, values, revision=revision, why=_("Kết thúc kiểm tra"))
        made = [
            {
                "number": f"{sheet.values['number']}/{n}", "inspection": id, "commune": sheet.values["commune"],
                "item": question.item, "ground": question.ground or _("Danh mục không ghi căn cứ"),
                "degree": "remedy", "found_on": today, "due_on": due_on,
            }
            for n, question in enumerate(failed, 1)
        ]  # fmt: skip
        for finding in made:
            registers.create(actor, FINDINGS, finding, why=_("Tồn tại khi kiểm tra"), demo=sheet.demo)
        _issue_minutes(actor, sheet, values | {"findings": made})
    return ref


def sign_minutes(document: UUID, signer: Mapping[str, str]) -> None:
    """Sign the minutes in the name of the post that ended the inspection; no transaction is open meanwhile. Safe to
    repeat."""
    with override("vi"):
        title, agency = post(UUID(signer["post"])).title, agency_by_id(UUID(signer["agency"])).name
    actor = Actor(
        system="cases.sign-minutes",
        account=UUID(signer["account"]),
        post=UUID(signer["post"]),
        agency=UUID(signer["agency"]),
        name=signer["name"],
        assurance=3,
    )
    documents.sign(actor, document, signer_name=signer["name"], signer_title=title, agency_name=agency)


def note_remedied(remediation: UUID) -> None:
    """A report of remediation was accepted: its finding is remedied since the day that the report says, once."""
    actor = system("cases.inspection")
    report = records.get(actor, REMEDIATIONS, remediation).values
    finding = records.get(actor, FINDINGS, report["finding"])
    if report["accepted_on"] is None or finding.values["remedied_on"] is not None:
        return
    values = {"remedied_on": report["done_on"]}
    why = f"Chấp nhận báo cáo khắc phục {report['number']}"
    registers.update(actor, FINDINGS, finding.ref.id, values, revision=finding.ref.revision, why=why)


def _answered(sheet: Sheet, answers: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    known = {question.item: (question.answer, question.note) for question in sheet.questions}
    errors = {
        item: [_("Câu trả lời không có trong danh mục")]
        for item, (answer, _note) in answers.items()
        if item not in known or answer not in (*ANSWERS, "")
    }
    errors |= {
        item: [_("Ghi nhận dài nhất %(most)d chữ") % {"most": MOST_NOTE}]
        for item, (_answer, note) in answers.items()
        if len(note) > MOST_NOTE
    }
    if errors:
        raise Invalid(errors)
    found = {item: (answer, note.strip()) for item, (answer, note) in (known | dict(answers)).items()}
    return [
        {
            "item": q.item,
            "ground": q.ground or None,
            "answer": found[q.item][0] or None,
            "note": found[q.item][1] or None,
        }
        for q in sheet.questions
        if any(found[q.item])
    ]


def _need_running(sheet: Sheet) -> None:
    if sheet.is_done:
        raise Conflict(_("Cuộc kiểm tra đã kết thúc; biên bản đã lập nên không ghi thêm được."))


def _need_whole(sheet: Sheet, conclusion: str, due_on: date, today: date) -> None:
    errors: dict[str, list[str]] = {}
    if sheet.left:
        errors["answers"] = list(sheet.left)
    if not conclusion.strip():
        errors["conclusion"] = [_("Xin ghi kết luận")]
    if due_on < today:
        errors["due_on"] = [_("Ngày này phải là hôm nay hoặc sau đó")]
    if errors:
        raise Invalid(errors)


def _compared(photo: Photo, source: IO[bytes]) -> bytes:
    content = source.read()
    try:
        with Image.open(BytesIO(content)) as image:
            if not photo.digest:
                upright = ImageOps.exif_transpose(image).convert("RGB")
                upright.thumbnail((LONGEST, LONGEST))
                out = BytesIO()
                upright.save(out, "JPEG", quality=85)
                return out.getvalue()
            told = bool(image.getexif())
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Invalid({"photo": [_("Ảnh này không mở được, xin chụp lại")]}) from None
    if hashlib.sha256(content).hexdigest() != photo.digest:
        raise Invalid({"photo": [_("Ảnh nhận được khác với ảnh đã chụp trên máy; chưa có gì được ghi, xin gửi lại")]})
    if told:
        raise Invalid({"photo": [_("Ảnh còn mang thông tin máy ảnh ghi kèm; xin chụp bằng trang kiểm tra")]})
    return content


def _issue_minutes(actor: Actor, sheet: Sheet, ended: Mapping[str, Any]) -> None:
    from ..tasks import sign_minutes as later

    assert actor.agency and actor.post and actor.account
    with override("vi"):
        title = post(actor.post).title
    photos: Sequence[Any] = [(q.item, one.values) for q in sheet.questions for one in q.photos]
    data = {
        "issuer": papers.issuer(actor.agency),
        "decision": sheet.values["number"],
        "enterprise": sheet.enterprise,
        "begun_on": sheet.values["begun_on"].isoformat(),
        "done_on": ended["done_on"].isoformat(),
        "place": _place(ended["location"]),
        "answers": [
            {"item": q.item, "ground": q.ground, "answer": WORDS[q.answer], "note": q.note, "photos": len(q.photos)}
            for q in sheet.questions
        ],
        "findings": [
            {"number": one["number"], "item": one["item"], "due_on": one["due_on"].isoformat()}
            for one in ended["findings"]
        ],
        "photos": [
            {
                "item": item,
                "taken_at": timezone.localtime(one["taken_at"]).isoformat()[:16],
                "place": _place(one["location"]) or one["no_place"] or "",
                "digest": one["photo"]["digest"] if one["photo"] else "",
            }
            for item, one in photos
        ],
        "conclusion": ended["conclusion"],
        "signer": {"title": title, "name": actor.name},
    }
    document = documents.issue(
        system("cases.inspection"),
        MINUTES,
        data,
        title=f"Biên bản kiểm tra – {sheet.enterprise}",
        subject=f"inspection:{sheet.id}",
        agency=actor.agency,
        unit=actor.unit,
    )
    later.defer(
        document=str(document.id),
        signer={
            "account": str(actor.account), "post": str(actor.post), "agency": str(actor.agency), "name": actor.name,
        },
    )  # fmt: skip


def _place(point: Mapping[str, Any] | None) -> str:
    """Latitude and longitude as Vietnamese papers write numbers."""
    if not point:
        return ""
    east, north = point["coordinates"][:2]
    return "; ".join(f"{degrees:.5f}".replace(".", ",") for degrees in (north, east))
