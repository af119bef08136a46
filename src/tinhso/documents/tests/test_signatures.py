"""Signatures, validated by pyHanko's own command line against the local root."""

import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tinhso.documents import blobs, queries, services, signing
from tinhso.documents.contracts import DocumentRef
from tinhso.documents.models import Document
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Busy, Forbidden, Invalid
from tinhso.kernel.models import Event

SYSTEM = system("test")
BY = {"signer_name": "Trần Văn Đức", "signer_title": "Chủ tịch", "agency_name": "Ủy ban nhân dân xã Vũ Quý"}
HOLDER = {"holder": "Nguyễn Thị Ánh Tuyết", "signer": {"title": "Chủ tịch"}}


def pyhanko(verb: str, root: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    tool = shutil.which("pyhanko", path=str(Path(sys.executable).parent))
    assert tool
    return subprocess.run(
        [tool, "sign", verb, "--trust", str(root), "--trust-replace", str(file)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def signed_file(paper: DocumentRef, folder: Path) -> Path:
    with queries.open_blob(paper.blob.digest) as file:
        (folder / "paper.pdf").write_bytes(file.read())
    return folder / "paper.pdf"


@pytest.fixture
def paper(applied: Path, trust_services: Path) -> DocumentRef:
    issued = services.issue(SYSTEM, "fair.permit", HOLDER, subject="case:1")
    return services.sign(SYSTEM, issued.id, **BY)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["validate", "adesverify"])
def test_pyhanko_trusts_the_paper_and_distrusts_it_after_one_byte(
    paper: DocumentRef, trust_services: Path, tmp_path: Path, verb: str
) -> None:
    file = signed_file(paper, tmp_path)
    verdict = pyhanko(verb, trust_services, file)
    assert verdict.returncode == 0, verdict.stderr
    assert "INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>" in verdict.stdout

    content = bytearray(file.read_bytes())
    content[len(content) // 8] ^= 1
    file.write_bytes(content)
    assert pyhanko(verb, trust_services, file).returncode != 0


@pytest.mark.django_db
def test_the_file_carries_time_stamp_chain_and_revocation_answers(paper: DocumentRef, tmp_path: Path) -> None:
    with signed_file(paper, tmp_path).open("rb") as file:
        reader = PdfFileReader(file)
        signature = reader.embedded_regular_signatures[0]
        assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
        stamps = [
            a for a in signature.signer_info["unsigned_attrs"] if a["type"].native == "signature_time_stamp_token"
        ]
        assert len(stamps) == 1
        assert len(reader.root["/DSS"]["/OCSPs"]) >= 2
        assert len(reader.root["/DSS"]["/Certs"]) >= 3
        assert signature.signer_cert.subject.native["common_name"] == BY["signer_name"]
        assert signature.signer_cert.subject.native["organization_name"] == BY["agency_name"]


@pytest.mark.django_db
def test_our_own_check_agrees_without_the_network(paper: DocumentRef, settings: object) -> None:
    settings.TRUST_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    (found,) = queries.check_signatures(paper.blob.digest)
    assert found.trusted and found.intact and found.has_revocation_data
    assert found.signer == "Trần Văn Đức, Chủ tịch, Ủy ban nhân dân xã Vũ Quý"
    assert found.timestamped_at and found.signed_at
    assert abs((found.timestamped_at - found.signed_at).total_seconds()) < 60


@pytest.mark.django_db
def test_our_own_check_refuses_every_changed_byte(paper: DocumentRef, tmp_path: Path) -> None:
    file = signed_file(paper, tmp_path)
    whole = file.read_bytes()
    for place in range(200, len(whole) * 3 // 4, len(whole) // 8):
        changed = bytearray(whole)
        changed[place] ^= 1
        file.write_bytes(changed)
        with file.open("rb") as stream:
            checks = signing.check(stream)
        assert not checks or not all(found.trusted for found in checks), place


@pytest.mark.django_db
def test_signing_twice_gives_the_paper_that_was_signed_first(paper: DocumentRef) -> None:
    again = services.sign(SYSTEM, paper.id, signer_name="Ai Khác", signer_title="Phó", agency_name="Nơi khác")
    assert again == paper
    assert Event.objects.filter(name="document.signed").count() == 1
    row = Document.objects.get(pk=paper.id)
    assert row.blob_id != row.signed_id == paper.blob.digest


@pytest.mark.django_db
def test_the_visible_signature_stands_where_the_template_left_room(paper: DocumentRef, tmp_path: Path) -> None:
    out = subprocess.run(
        ["pdftotext", "-layout", str(signed_file(paper, tmp_path)), "-"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    title, stamp = out.index("CHỦ TỊCH"), out.index("Ký bởi: Trần Văn Đức")
    assert title < stamp
    assert "Cơ quan: Ủy ban nhân dân xã Vũ Quý" in out
    assert "+07:00" in out


@pytest.mark.django_db
def test_whoever_holds_the_code_learns_that_the_paper_is_genuine_and_nothing_personal(paper: DocumentRef) -> None:
    verdict = queries.by_code(f" {paper.code[:5].lower()}-{paper.code[5:]} ")
    assert verdict.genuine and verdict.signatures[0].trusted
    assert (verdict.number, verdict.agency) == (paper.number, BY["agency_name"])
    assert "Tuyết" not in repr(verdict)
    file = blobs.path_of(paper.blob.digest)
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"/Tinos", b"/Times", 1) + b" ")
    assert not queries.by_code(paper.code).genuine


@pytest.mark.django_db
def test_a_paper_that_awaits_its_signature_is_not_called_genuine(applied: Path) -> None:
    unsigned = services.issue(SYSTEM, "fair.permit", HOLDER)
    assert not queries.by_code(unsigned.code).genuine


@pytest.mark.django_db
def test_when_the_authority_is_silent_nothing_is_signed(applied: Path, tmp_path: Path, settings: object) -> None:
    settings.TRUST_ROOT, settings.TRUST_URL = tmp_path / "trust", "http://127.0.0.1:9"  # type: ignore[attr-defined]
    issued = services.issue(SYSTEM, "fair.permit", HOLDER)
    with pytest.raises(Busy, match="chưa được ký"):
        services.sign(SYSTEM, issued.id, **BY)
    assert Document.objects.get(pk=issued.id).signed_id is None


@pytest.mark.django_db
def test_who_may_sign_and_what(applied: Path) -> None:
    issued = services.issue(SYSTEM, "fair.permit", HOLDER)
    clerk = Actor(account=uuid4(), post=uuid4(), permissions=frozenset({"documents.issue"}), assurance=2)
    with pytest.raises(Forbidden):
        services.sign(clerk, issued.id, **BY)
    ticket = services.issue(SYSTEM, "fair.ticket", HOLDER)
    with pytest.raises(Invalid, match="không cần ký"):
        services.sign(SYSTEM, ticket.id, **BY)


def test_trust_services_that_stand_still_are_noticed(trust_services: Path, settings: object) -> None:
    assert queries.trust_services_answer()
    settings.TRUST_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    assert not queries.trust_services_answer()
