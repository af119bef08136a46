"""What documents answers."""

import hashlib
import socket
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any, BinaryIO
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import compiled
from tinhso.kernel.seal import Fault

from . import blobs, heads, signing
from .contracts import BlobRef, DocumentRef, SignatureCheck, Verdict
from .models import Blob, Document
from .policy import may_read
from .typesetting import typeset

VIEW_PIXELS = 2_000

issuer, written = heads.issuer, heads.written


def _blob_ref(row: Blob) -> BlobRef:
    return BlobRef(row.digest, row.size, row.media_type, row.first_name)


def _document_ref(row: Document) -> DocumentRef:
    return DocumentRef(
        id=row.id,
        kind=row.kind,
        title=row.title,
        blob=_blob_ref(row.signed or row.blob),
        code=row.code,
        number=row.number,
        signed_at=row.signed_at,
        subject=row.subject,
        issued_on=row.issued_on,
    )


def document(actor: Actor, id: UUID) -> DocumentRef:
    """One paper, signed where it is. NotFound where it is not, or not for this actor."""
    row = Document.objects.select_related("blob", "signed").filter(pk=id).first()
    if row is None or not may_read(actor, row):
        raise NotFound()
    return _document_ref(row)


def documents_of(subject: str) -> list[DocumentRef]:
    """The papers issued for "case:0190…", oldest first. Who may see the subject is for the caller to ask."""
    rows = Document.objects.select_related("blob", "signed").filter(subject=subject).order_by("id")
    return [_document_ref(row) for row in rows]


def documents_of_person(person: UUID, *, limit: int = 50) -> list[DocumentRef]:
    """The newest papers that a person owns."""
    rows = Document.objects.select_related("blob", "signed").filter(person=person).order_by("-id")[:limit]
    return [_document_ref(row) for row in rows]


def by_code(code: str) -> Verdict:
    """What anybody may know who holds a paper with this code: is it ours, unchanged, and signed by whom.

    NotFound for an unknown code. Letters that are easily confused are read kindly (o as 0 is not used, i as 1).
    """
    key = "".join(letter for letter in code.upper() if letter.isalnum())
    row = Document.objects.select_related("blob", "signed").filter(code=key).first()
    if row is None:
        raise NotFound(_("Không có văn bản nào mang mã này. Xin kiểm tra lại từng chữ của mã."))
    paper = compiled("paper", row.kind, row.version).model
    digest = row.signed_id or row.blob_id
    try:
        with blobs.opened(digest) as file:
            whole = blobs.digest_of(file) == digest
    except OSError:
        whole = False
    checks = tuple(check_signatures(digest)) if whole and row.signed_id else ()
    genuine = whole and all(check.trusted for check in checks) and (not paper.signed or bool(checks))
    if not whole:
        message = _("Bản lưu của văn bản này bị hỏng nên chưa kiểm tra được. Xin liên hệ cơ quan ban hành.")
    elif paper.signed and not checks:
        message = _("Văn bản do hệ thống lập nhưng chưa được ký, nên chưa có giá trị.")
    elif genuine:
        message = _("Văn bản có thật và không bị sửa. Xin so từng mục trên giấy với bản gốc mà chủ giấy tờ đưa ra.")
    else:
        message = _("Chữ ký trên văn bản không hợp lệ.")
    data: dict[str, Any] = row.data
    issuer = data.get("issuer") or {}
    return Verdict(
        kind=row.kind,
        name=paper.name.en if (get_language() or "vi").startswith("en") else paper.name.vi,
        number=row.number,
        agency=row.signer_agency or str(issuer.get("name", "")),
        issued_on=row.issued_on,
        signed_at=row.signed_at,
        genuine=genuine,
        message=message,
        signatures=checks,
    )


def subject_of_code(code: str, kind: str) -> str:
    """What a paper of this kind is about ("case:0190…"), by its code; "" where no paper of the kind has it."""
    key = "".join(letter for letter in code.upper() if letter.isalnum())
    return Document.objects.filter(code=key, kind=kind).values_list("subject", flat=True).first() or ""


def blob(digest: str) -> BlobRef:
    """What is kept under a digest. NotFound."""
    row = Blob.objects.filter(pk=digest).first()
    if row is None:
        raise NotFound()
    return _blob_ref(row)


def open_blob(digest: str) -> BinaryIO:
    """The bytes, to read and close. Whoever calls has asked who may. NotFound where they are not there."""
    if not Blob.objects.filter(pk=digest).exists():
        raise NotFound()
    try:
        return blobs.opened(digest)
    except FileNotFoundError:
        raise NotFound(_("Tệp này đã mất khỏi kho lưu trữ; quản trị hệ thống đã có tên của tệp.")) from None


def view_of(digest: str) -> tuple[bytes, str]:
    """An image as people look at it: upright, at most 2,000 pixels a side, without the place and device that a
    camera writes into it; other files as they are. Returns (bytes, media type). The original stays untouched."""
    found = blob(digest)
    with open_blob(digest) as file:
        if not found.media_type.startswith("image/"):
            return file.read(), found.media_type
        with Image.open(file) as image:
            shown = ImageOps.exif_transpose(image).convert("RGB")
            shown.thumbnail((VIEW_PIXELS, VIEW_PIXELS))
            out = BytesIO()
            shown.save(out, "JPEG", quality=85)
    return out.getvalue(), "image/jpeg"


def preview(kind: str, data: dict[str, Any], *, lang: str = "vi") -> bytes:
    """The paper as it would be issued, without number or code, as PDF. NotFound for an unknown kind."""
    return typeset(compiled("paper", kind).model, data, {"lang": lang}).pdf


def check_signatures(digest: str) -> list[SignatureCheck]:
    """Validate the signatures of a kept PDF against the local root with the evidence inside the file."""
    with open_blob(digest) as file:
        return signing.check(file)


def check_file(file: IO[bytes]) -> tuple[str, list[SignatureCheck]]:
    """For a PDF that anybody brings: the code of our paper whose bytes it has ("" where it is none of ours, or was
    changed), and what the validation of its signatures found. The file is kept nowhere."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    code = Document.objects.filter(Q(signed=digest) | Q(blob=digest)).values_list("code", flat=True).first()
    file.seek(0)
    return code or "", signing.check(file)


def damaged_blobs() -> Iterator[Fault]:
    """Every blob whose bytes are gone or changed."""
    return blobs.damaged()


def trust_services_answer(seconds: float = 1.0) -> bool:
    """Whether whoever gives time stamps and the state of certificates (TRUST_URL) can be reached."""
    address = urlsplit(settings.TRUST_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        with socket.create_connection((address.hostname or "", port), seconds):
            return True
    except OSError:
        return False
