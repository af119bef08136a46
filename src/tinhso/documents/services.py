"""What documents does: keep bytes, issue papers, have them signed."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO
from uuid import UUID

import magic
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, UnidentifiedImageError

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound, SignInNeeded, TooLarge, Unsupported
from tinhso.kernel.ids import uuid7
from tinhso.kernel.packs import compiled
from tinhso.kernel.text import clean

from . import blobs, signing
from .contracts import DOCUMENT_ISSUED, DOCUMENT_SIGNED, BlobRef, DocumentRef
from .definitions import PaperDefinition
from .models import Blob, Document
from .queries import _document_ref
from .typesetting import Box, typeset

room_needed = blobs.room_needed

MEDIA = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
}
PAPERS = tuple(MEDIA)
MAX_PIXELS = 120_000_000
"""A photograph of 120 megapixels; what unpacks to more is a trap, not a paper."""
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PROGRAMS = frozenset(
    f"application/{kind}"
    for kind in (
        "x-dosexec", "vnd.microsoft.portable-executable", "x-executable", "x-pie-executable", "x-sharedlib",
        "x-mach-binary", "x-msi", "java-archive",
    )
) | {"text/x-shellscript", "text/x-msdos-batch"}  # fmt: skip
KEPT = gettext_lazy("Những gì Ông/Bà đã nhập vẫn được giữ.")


def store(
    actor: Actor, source: BinaryIO | IO[bytes] | bytes, *, name: str, accept: Iterable[str] | None = None
) -> BlobRef:
    """Keep the bytes of one file that somebody handed in, exactly as they are; the same bytes are kept once.

    `accept` narrows the media types (PAPERS unless given). What counts is the content, never the name. Raises
    TooLarge above settings.MAX_UPLOAD_BYTES, without reading on; Invalid for an empty file; Unsupported for a type
    that is not accepted or an image that cannot be opened; SignInNeeded for nobody.
    """
    if actor.is_anonymous:
        raise SignInNeeded()
    name = clean(Path(name.replace("\\", "/")).name)[:255]
    accepted = tuple(accept) if accept is not None else PAPERS
    with blobs.draft() as file:
        digest, size = _copy(BytesIO(source) if isinstance(source, bytes) else source, file)
        if size == 0:
            raise Invalid(
                _("Tệp “{name}” trống, không có nội dung.").format(name=name) + f" {KEPT} " + _another(accepted)
            )
        file.flush()
        media_type = _media_type(Path(file.name), name, accepted)
        if media_type.startswith("image/"):
            _open_image(Path(file.name), name, accepted)
        if not blobs.path_of(digest).exists():
            blobs.keep(file, digest)
    return _remember(actor, digest, size, media_type, name)


def _keep(actor: Actor, content: bytes, name: str) -> BlobRef:
    """Keep a PDF that the platform itself made."""
    digest = hashlib.sha256(content).hexdigest()
    if not blobs.path_of(digest).exists():
        with blobs.draft() as file:
            file.write(content)
            blobs.keep(file, digest)
    return _remember(actor, digest, len(content), "application/pdf", name)


def _remember(actor: Actor, digest: str, size: int, media_type: str, name: str) -> BlobRef:
    with transaction.atomic():
        new = Blob.objects.bulk_create(
            [Blob(digest=digest, size=size, media_type=media_type, first_name=name)], ignore_conflicts=True
        )
        audit.record(actor, "blob.store", f"blob:{digest}", size=size, media_type=new[0].media_type)
    return BlobRef(digest, size, media_type, name)


def _copy(source: BinaryIO | IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(blobs.CHUNK):
        size += len(chunk)
        if size > settings.MAX_UPLOAD_BYTES:
            raise TooLarge(too_large_words())
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest(), size


def too_large_words(limit: int = 0) -> str:
    """What a person reads when a file is refused for its size; `limit` in bytes is that of the address it was sent to
    (default: of a paper)."""
    if limit > settings.MAX_UPLOAD_BYTES:
        return _(
            "Tệp ở đây được tối đa {limit} MB. Tệp này lớn hơn nên không được nhận; chưa có gì thay đổi. "
            "Ông/Bà chia tệp ra rồi gửi từng phần."
        ).format(limit=limit // (1024 * 1024))
    return _(
        "Mỗi tệp được tối đa {limit} MB. Tệp này lớn hơn nên không được nhận. {kept} "
        "Ông/Bà chụp lại ở chất lượng thường, hoặc gửi từng trang."
    ).format(limit=settings.MAX_UPLOAD_BYTES // (1024 * 1024), kept=KEPT)


def _another(accepted: Iterable[str]) -> str:
    kinds = ", ".join(MEDIA.get(kind, kind) for kind in accepted)
    return _("Xin chọn tệp khác ({kinds}).").format(kinds=kinds)


def _media_type(path: Path, name: str, accepted: tuple[str, ...]) -> str:
    found = magic.from_file(str(path), mime=True)
    if found in accepted:
        return found
    if found in PROGRAMS:
        what = _("Tệp “{name}” bên trong là một chương trình máy tính, không phải giấy tờ, nên không được nhận.")
    else:
        what = _("Tệp “{name}” không thuộc loại được nhận, dù tên là gì.")
    raise Unsupported(f"{what.format(name=name)} {KEPT} {_another(accepted)}", found=found)


def _open_image(path: Path, name: str, accepted: tuple[str, ...]) -> None:
    """Decode the whole image once: what cannot be opened now, an officer could not open later."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise TooLarge(too_large_words())
            image.load()
    except Image.DecompressionBombError:
        raise TooLarge(too_large_words()) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        broken = _("Ảnh “{name}” bị hỏng, không mở được.").format(name=name)
        raise Unsupported(f"{broken} {KEPT} {_another(accepted)}") from None


def issue(
    actor: Actor,
    kind: str,
    data: Mapping[str, Any],
    *,
    title: str = "",
    subject: str = "",
    lang: str = "vi",
    person: UUID | None = None,
    agency: UUID | None = None,
    unit: str = "",
    issued_on: date | None = None,
) -> DocumentRef:
    """Typeset a paper, number it and keep it. `kind` is "<pack>.<paper>"; `data` has the keys of its `sample`.

    The number is that of the register's entry where the definition says `from:`, else the next of the agency for this
    kind in the year of `issued_on` (today, in Vietnam), without gaps: it is taken in the caller's transaction and
    given back when that fails. `person` owns the paper, `subject` ("case:0190…") says what it belongs to. Raises
    NotFound for an unknown kind, Forbidden without `documents.issue`.
    """
    _need(actor, "documents.issue")
    paper = compiled("paper", kind)
    definition: PaperDefinition = paper.model
    lang = lang if lang in definition.languages else definition.languages[0]
    day = issued_on or timezone.localdate()
    title = title or (definition.name.en if lang == "en" else definition.name.vi)
    agency = agency or actor.agency
    with transaction.atomic():
        number = ""
        if definition.number and definition.number.from_:
            number = str(data.get(definition.number.from_) or "")
        elif definition.number:
            number = definition.number.format.format(n=_next(agency, kind, day.year), year=day.year)
        code = "".join(secrets.choice(CODE_LETTERS) for _letter in range(10))
        sheet = typeset(definition, data, {"lang": lang, "code": code, "number": number, "date": day.isoformat()})
        blob = _keep(actor, sheet.pdf, f"{definition.paper}.pdf")
        box = sheet.signature
        document = Document.objects.create(
            id=uuid7(), kind=kind, version=paper.version, title=title[:300], lang=lang, data=dict(data), number=number,
            code=code, subject=subject, person=person, agency=agency, unit=unit, issued_on=day, blob_id=blob.digest,
            signature_box=[box.page, box.x0, box.y0, box.x1, box.y1] if box else None,
        )  # fmt: skip
        audit.record(actor, "document.issue", f"document:{document.id}", kind=kind, number=number, blob=blob.digest)
        events.publish(actor, DOCUMENT_ISSUED, f"document:{document.id}", kind=kind, number=number)
    return _document_ref(document)


def _next(agency: UUID | None, kind: str, year: int) -> int:
    """The next number; others of the same agency, kind and year wait until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_counter (agency, kind, year, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT ON CONSTRAINT documents_counter_once DO UPDATE SET last = documents_counter.last + 1"
            " RETURNING last",
            [agency, kind, year],
        )
        return cursor.fetchone()[0]


def sign(
    actor: Actor, document: UUID, *, signer_name: str, signer_title: str, agency_name: str, reason: str = ""
) -> DocumentRef:
    """Sign an issued paper in the name of the holder of a post; the paper as it was stays kept beside it.

    The services of the authority are asked before anything is locked. Signing again returns the paper as it was
    signed first. Raises NotFound, Forbidden without `documents.sign`, Invalid where the kind is not one to be
    signed, Busy with nothing changed where the authority does not answer.
    """
    _need(actor, "documents.sign")
    found = Document.objects.select_related("blob", "signed").filter(pk=document).first()
    if found is None:
        raise NotFound()
    if found.signed_id:
        return _document_ref(found)
    if not compiled("paper", found.kind, found.version).model.signed:
        raise Invalid(_("Loại giấy này không cần ký số."))
    box = Box(int(found.signature_box[0]), *found.signature_box[1:]) if found.signature_box else None
    with blobs.opened(found.blob_id) as file:
        pdf = file.read()
    signed, at = signing.sign(
        pdf, name=signer_name, title=signer_title, agency=agency_name, reason=reason or found.title, box=box
    )
    with transaction.atomic():
        found = Document.objects.select_for_update(of=("self",)).select_related("blob", "signed").get(pk=document)
        if found.signed_id:
            return _document_ref(found)
        blob = _keep(actor, signed, found.blob.first_name)
        found.signed_id, found.signed_at = blob.digest, at
        found.signer, found.signer_agency = f"{signer_name}, {signer_title}"[:300], agency_name[:300]
        found.save(update_fields=["signed", "signed_at", "signer", "signer_agency"])
        audit.record(actor, "document.sign", f"document:{found.id}", blob=blob.digest)
        events.publish(actor, DOCUMENT_SIGNED, f"document:{found.id}", kind=found.kind, document_subject=found.subject)
    return _document_ref(found)


def hand_over(actor: Actor, document: UUID, person: UUID) -> None:
    """Make an issued paper its owner's: one that was held back until it was paid for. Again it is so already. Raises
    NotFound, Forbidden without `documents.issue`."""
    _need(actor, "documents.issue")
    with transaction.atomic():
        found = Document.objects.select_for_update(of=("self",)).filter(pk=document).first()
        if found is None:
            raise NotFound()
        if found.person != person:
            found.person = person
            found.save(update_fields=["person"])
            audit.record(actor, "document.hand-over", f"document:{document}")


def _need(actor: Actor, permission: str) -> None:
    if not actor.may(permission):
        raise SignInNeeded() if actor.is_anonymous else Forbidden()
