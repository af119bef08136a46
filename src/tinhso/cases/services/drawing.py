"""Procedures drawn in the browser: a draft beside the version in force, and its publishing in the agency's own pack
(ADR 0016, 0035). A procedure of a folder's pack is drawn here too, and leaves as a pack to be put in that folder."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tinhso.kernel import audit, packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.packs import Edit, OwnPack
from tinhso.registers import services as registers

from ..bpmn import editing
from ..models import ProcessDraft

DRAW = "packs.apply"
"""Who may publish a version may draw it."""
_CODE = re.compile(r"[0-9]\.[0-9]{6}")


def begin_drawing(actor: Actor, procedure: str, *, version: int | None = None) -> UUID:
    """A draft of a procedure, from the version in force or an earlier one; the draft that is there, where there is one
    and no `version` is asked for. Raises Forbidden, NotFound of another agency's, Conflict where a draft
    would be lost."""
    may_draw(actor, procedure)
    row = ProcessDraft.objects.filter(procedure=procedure).first()
    if row is not None:
        _own(actor, row)
        if version is None:
            return row.id
        raise Conflict(_("Thủ tục này đang có bản thảo. Xin công bố hoặc bỏ bản thảo trước khi khôi phục bản trước."))
    body = packs.body_of("procedure", procedure, version)
    return _begun(actor, procedure, editing.editable(body), packs.compiled("procedure", procedure).version)


def begin_procedure(actor: Actor, template: str, *, code: str, name: Mapping[str, str]) -> str:
    """A draft of a procedure of the agency's own after the template, which is any procedure in force; returns its full
    name. Raises Forbidden, NotFound, Invalid by field."""
    need_draw(actor)
    problems: dict[str, list[Any]] = {}
    for language in ("vi", "en"):
        if not name.get(language, "").strip():
            problems[f"name_{language}"] = [_("Xin ghi tên thủ tục")]
        elif len(name[language]) > 300:
            problems[f"name_{language}"] = [_("Tên dài quá 300 chữ")]
    if not _CODE.fullmatch(code):
        problems["code"] = [_("Mã thủ tục gồm một chữ số, dấu chấm và sáu chữ số, ví dụ 1.001193")]
    if problems:
        raise Invalid(problems)
    own = registers.own_pack(actor)
    taken = [*packs.names("procedure"), *ProcessDraft.objects.values_list("procedure", flat=True)]
    taken = [full.removeprefix(f"{own.name}.").replace("-", "_") for full in taken]
    key = registers.field_name(name["vi"], taken).replace("_", "-")
    words = {language: said.strip() for language, said in name.items()}
    pack = packs.compiled("procedure", template).pack
    body = editing.copied(packs.body_of("procedure", template), pack, key, code, words)
    _begun(actor, f"{own.name}.{key}", body, 0)
    return f"{own.name}.{key}"


def save_drawing(actor: Actor, procedure: str, text: str, steps: Mapping[str, Mapping[str, Any]], revision: int) -> int:
    """Keep what was drawn, right or wrong; returns the draft's next revision. Raises Invalid for what is no BPMN,
    Conflict where somebody else changed the draft meanwhile: nothing is kept then."""
    with transaction.atomic():
        row = own_draft(actor, procedure, lock=True)
        if row.revision != revision:
            problem = _("%(who)s vừa thay đổi bản thảo này; chưa lưu gì. Xin xem lại bản mới rồi vẽ tiếp.")
            raise Conflict(problem % {"who": row.author})
        row.body = editing.with_drawing(row.body, text or row.body["files"][row.body["process"]], steps)
        row.revision += 1
        row.author, row.account = actor.name, actor.account  # type: ignore[assignment]
        row.save()
        audit.record(actor, "process.draft", f"procedure:{procedure}", revision=row.revision)
    return row.revision


def drop_drawing(actor: Actor, procedure: str) -> None:
    """Forget the draft; what is published stays."""
    with transaction.atomic():
        own_draft(actor, procedure, lock=True).delete()
        audit.record(actor, "process.drop", f"procedure:{procedure}")


def publish_drawing(actor: Actor, procedure: str, digest: str) -> list[str]:
    """Publish the draft as the next version, in the pack of the agency's own; returns what was published. Cases that
    run keep their version. `digest` is that of the proposal which was looked at. Raises Invalid where a check finds a
    fault, Conflict where the pack or the draft changed meanwhile, or where the pack is a folder's: that leaves as a
    file (`queries.zipped_drawing`)."""
    with transaction.atomic():
        row = own_draft(actor, procedure, lock=True)
        own, edit = proposed(actor, row)
        if packs.owner_of(own.name) is None and row.base:
            raise Conflict(_("Thủ tục này thuộc một gói trong thư mục. Xin tải gói về và đưa vào thư mục của gói."))
        done = packs.amend(actor, own, [edit], digest=digest)
        audit.record(actor, "process.publish", f"procedure:{procedure}", author=row.author, definitions=done)
        row.delete()
    return done


def need_draw(actor: Actor) -> None:
    """Raise unless the actor may draw procedures."""
    if not (actor.may(DRAW) and actor.agency and actor.account):
        raise Forbidden()


def may_draw(actor: Actor, procedure: str) -> None:
    """Raise unless the actor may draw this procedure: one of a folder's pack, or of the agency's own. Another agency's
    is NotFound."""
    need_draw(actor)
    if packs.owner_of(procedure.partition(".")[0]) not in {None, actor.agency}:
        raise NotFound()


def own_draft(actor: Actor, procedure: str, *, lock: bool = False) -> ProcessDraft:
    """The draft of a procedure, of the actor's agency. Raises Forbidden, NotFound."""
    need_draw(actor)
    rows = ProcessDraft.objects.select_for_update() if lock else ProcessDraft.objects
    row = rows.filter(procedure=procedure).first()
    if row is None:
        raise NotFound()
    return _own(actor, row)


def proposed(actor: Actor, row: ProcessDraft) -> tuple[OwnPack, Edit]:
    """What publishing a draft would change, and in which pack."""
    pack, _dot, key = row.procedure.partition(".")
    return replace(registers.own_pack(actor), name=pack), Edit("procedure", key, row.body)


def _own(actor: Actor, row: ProcessDraft) -> ProcessDraft:
    if row.agency != actor.agency:
        raise NotFound()
    return row


def _begun(actor: Actor, procedure: str, body: editing.Body, base: int) -> UUID:
    assert actor.agency and actor.account
    try:
        with transaction.atomic():
            row = ProcessDraft.objects.create(
                procedure=procedure,
                agency=actor.agency,
                author=actor.name,
                account=actor.account,
                base=base,
                body=body,
            )
            audit.record(actor, "process.begin", f"procedure:{procedure}", base=base)
    except IntegrityError as error:
        raise Conflict(_("Người khác vừa bắt đầu bản thảo của thủ tục này.")) from error
    return row.id
