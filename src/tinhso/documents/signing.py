"""Signatures after PAdES (ETSI EN 319 142-1): level B-LT and, above it, the document time stamp of B-LTA.

The signer's certificate, a trusted time stamp and the revocation answers that a validator needs later are inside the
file; the last stamp proves that they were there in time, so that a paper kept for ever can be checked offline. Signing
talks to the authority over HTTP: never call it while holding a lock that others wait for.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from asn1crypto import pem
from asn1crypto import x509 as asn1
from django.utils import timezone
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.content import ImportedPdfPage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import SimpleTrustManager

from tinhso.kernel.errors import Busy

from . import trust
from .contracts import SignatureCheck
from .typesetting import Box, signature_stamp

log = structlog.get_logger()
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
Result = TypeVar("Result")


def signer_for(name: str, title: str, agency: str) -> signers.Signer:
    """The key and certificate of the holder of a post, as one of pyHanko's signers.

    Here from the local authority's files; a token (`pyhanko.sign.pkcs11.PKCS11Signer`) or a remote service
    (`pyhanko.sign.signers.csc_signer.CSCSigner`) is answered from here too.
    """
    certificate, key = trust.signer_files(name, title, agency)
    signer = signers.SimpleSigner.load(
        str(key), str(certificate), ca_chain_files=(str(trust.folder() / "issuing.pem"), str(trust.root_file()))
    )
    if signer is None:
        raise Busy(_("Không đọc được chứng thư số của người ký. Văn bản chưa được ký, xin thử lại sau."))
    return signer


def sign(pdf: bytes, *, name: str, title: str, agency: str, reason: str, box: Box | None) -> tuple[bytes, datetime]:
    """Sign a PDF; returns it with the claimed time of signing.

    Raises Busy, with nothing changed, when the time-stamping or the revocation service does not answer.
    """
    at = timezone.now().astimezone(VIETNAM)
    try:
        return _off_loop(lambda: _sign(pdf, at, name=name, title=title, agency=agency, reason=reason, box=box)), at
    except (OSError, PdfError, SigningError) as error:
        log.exception("signing failed", agency=agency)
        raise Busy(
            _(
                "Dịch vụ chữ ký số chưa trả lời hoặc chứng thư số không còn hiệu lực. "
                "Văn bản chưa được ký, xin thử lại sau ít phút."
            )
        ) from error


async def _sign(pdf: bytes, at: datetime, *, name: str, title: str, agency: str, reason: str, box: Box | None) -> bytes:
    signer = signer_for(name, title, agency)
    evidence = ValidationContext(
        trust_roots=[_certificate(trust.root_file())],
        other_certs=[_certificate(trust.folder() / f"{label}.pem") for label in ("issuing", "tsa")],
        allow_fetching=True,
        revocation_mode="hard-fail",
    )
    meta = signers.PdfSignatureMetadata(
        field_name="Signature1",
        md_algorithm="sha256",
        name=name,
        reason=reason or None,
        location=agency,
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=True,
        use_pades_lta=True,
        validation_context=evidence,
    )
    out = BytesIO()
    with NamedTemporaryFile(suffix=".pdf") as stamp:
        style, field = None, SigFieldSpec("Signature1")
        if box:
            width, height = box.x1 - box.x0, box.y1 - box.y0
            lines = {"signer": name, "title": title, "agency": agency, "time": f"{at:%d/%m/%Y %H:%M:%S} +07:00"}
            stamp.write(signature_stamp(lines, width, height))
            stamp.flush()
            style = StaticStampStyle(border_width=0, background=ImportedPdfPage(stamp.name))
            field = SigFieldSpec("Signature1", on_page=box.page, box=(box.x0, box.y0, box.x1, box.y1))  # type: ignore[arg-type]
        pen = signers.PdfSigner(
            meta, signer, timestamper=_timestamper(trust.service_url("tsa", "main")), stamp_style=style,
            new_field_spec=field,
        )  # fmt: skip
        try:
            await pen.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), output=out)
        finally:
            await evidence.aclose()
    return out.getvalue()


def check(stream: IO[bytes]) -> list[SignatureCheck]:
    """Validate every signature of a PDF against the local root, with the evidence inside the file and nothing else."""
    try:
        reader = PdfFileReader(stream)
        embedded = reader.embedded_regular_signatures
        evidence = "/DSS" in reader.root
    except Exception as error:  # a damaged file breaks the parsers in many ways; all mean the same
        return [SignatureCheck(False, False, "", None, None, False, _("Tệp không đọc được: {why}").format(why=error))]
    return [_off_loop(lambda found=found: _check(found, evidence)) for found in embedded]


async def _check(found: EmbeddedPdfSignature, evidence: bool) -> SignatureCheck:
    signer = ""
    try:
        signer = _holder(found.signer_cert)
        result = await ades_lta_validation(found, _policy())
    except Exception as error:  # as above
        log.info("signature not readable", error=str(error))
        return SignatureCheck(
            False, False, signer, None, None, evidence, _("Chữ ký bị hỏng: nội dung đã bị sửa sau khi ký.")
        )
    status = result.api_status
    intact = bool(status and status.intact and status.valid)
    trusted = result.ades_subindic.status == AdESStatus.PASSED and bool(status and status.bottom_line)
    if trusted:
        message = _("Chữ ký hợp lệ: nội dung không bị sửa, người ký và thời điểm ký được xác thực.")
    elif intact:
        message = _("Nội dung không bị sửa, nhưng chưa xác thực được người ký ({why}).").format(
            why=result.ades_subindic
        )
    else:
        message = _("Chữ ký không hợp lệ: nội dung đã bị sửa sau khi ký.")
    stamped = status.timestamp_validity if status else None
    return SignatureCheck(
        trusted=trusted,
        intact=intact,
        signer=signer,
        signed_at=found.self_reported_timestamp,
        timestamped_at=stamped.timestamp if stamped else None,
        has_revocation_data=evidence,
        message=message,
    )


def _policy() -> PdfSignatureValidationSpec:
    revocation = CertRevTrustPolicy(
        REQUIRE_REVINFO, freshness=None, freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION
    )
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            CertValidationPolicySpec(
                SimpleTrustManager.build(trust_roots=[_certificate(trust.root_file())]), revinfo_policy=revocation
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        )
    )


def _holder(certificate: asn1.Certificate) -> str:
    names = certificate.subject.native
    return ", ".join(names[key] for key in ("common_name", "title", "organization_name") if names.get(key))


@cache
def _timestamper(url: str) -> HTTPTimeStamper:
    """One a process: it remembers how large an answer is, which spares a request for each paper."""
    return HTTPTimeStamper(url, timeout=5)


def _certificate(file: Path) -> asn1.Certificate:
    _kind, _headers, der = pem.unarmor(file.read_bytes())  # type: ignore[misc]
    return asn1.Certificate.load(der)


_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="signing")


def _off_loop(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine to its end in a thread of its own, whatever loop the caller stands on."""
    return _threads.submit(lambda: asyncio.run(work())).result()
