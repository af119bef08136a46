"""Papers: numbered without gaps, typeset as they were filled in, faults of a template named where they are."""

import re
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction

from tinhso.documents import policy, queries, services
from tinhso.documents.models import Counter as Counter_
from tinhso.documents.models import Document
from tinhso.documents.typesetting import typeset
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Forbidden, NotFound
from tinhso.kernel.models import Audit, Event
from tinhso.kernel.packs import apply, check, compiled, read

SYSTEM = system("test")
AGENCY = uuid4()
HOLDER = {"holder": "Nguyễn Thị Ánh Tuyết", "signer": {"title": "Chủ tịch"}}


def text_of(pdf: bytes) -> str:
    """What a stranger's program reads: poppler's pdftotext."""
    tool = shutil.which("pdftotext")
    assert tool, "poppler-utils is needed"
    return subprocess.run(
        [tool, "-layout", "-", "-"], input=pdf, capture_output=True, check=True, timeout=30
    ).stdout.decode()


def content(digest: str) -> bytes:
    with queries.open_blob(digest) as file:
        return file.read()


@pytest.mark.django_db
def test_an_issued_paper_says_what_was_filled_in(applied: Path) -> None:
    person = uuid4()
    paper = services.issue(
        SYSTEM, "fair.permit", HOLDER, subject="case:1", person=person, agency=AGENCY, issued_on=date(2025, 2, 3)
    )
    assert (paper.number, paper.title) == ("01/GP-2025", "Giấy phép mở quầy")
    pdf = content(paper.blob.digest)
    text = text_of(pdf)
    for words in ("Nguyễn Thị Ánh Tuyết", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "ngày 03 tháng 02 năm 2025",
                  "Số: 01/GP-2025", f"/verify/{paper.code}"):  # fmt: skip
        assert words in text
    assert b"pdfaid:part>2" in pdf
    assert [found.id for found in queries.documents_of("case:1")] == [paper.id]
    assert Audit.objects.get(action="document.issue").subject == f"document:{paper.id}"
    assert Event.objects.get(name="document.issued").data == {"kind": "fair.permit", "number": "01/GP-2025"}


@pytest.mark.django_db
def test_every_letter_of_vietnamese_survives(applied: Path) -> None:
    letters = "aàảãáạ ăằẳẵắặ âầẩẫấậ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ đ"
    words = f"{letters} {letters.upper()}"
    text = text_of(queries.preview("fair.ticket", {"holder": words}))
    assert words in " ".join(text.split())


@pytest.mark.django_db
def test_every_paper_of_the_province_is_typeset_in_its_own_face() -> None:
    folders = sorted({file.parent.parent for file in Path(settings.PACKS).glob("*/papers/*.yaml")})
    papers = [d for pack in read(folders) for d in pack.definitions if d.kind.name == "paper"]
    assert {p.name for p in papers} >= {"civil-status.birth-certificate", "one-stop.receipt", "one-stop.apology"}
    for paper in papers:
        about = {"code": "ABCDEFGHJK", "number": "01/2025"}
        for data in (paper.model.sample, {}, stretched(paper.model.sample)):
            sheet = typeset(paper.model, data, about)
            fonts = subprocess.run(
                ["pdffonts", "-"], input=sheet.pdf, capture_output=True, check=True, timeout=30
            ).stdout
            names = {line.split()[0].decode() for line in fonts.splitlines()[2:]}
            assert names and all("Tinos" in name for name in names), (paper.name, names)
            assert bool(sheet.signature) or not paper.model.signed, paper.name


def stretched(value: object) -> object:
    """The sample with every text three lines long."""
    if isinstance(value, dict):
        return {key: stretched(part) for key, part in value.items()}
    if isinstance(value, list):
        return [stretched(part) for part in value] * 6
    if isinstance(value, str) and not value[:4].isdigit():
        return " ".join([value] * (1 + 90 // max(len(value), 1)))
    return value


def test_a_date_in_words() -> None:
    from tinhso.documents.typesetting import _compile

    template = '#import "/official.typ": *\n#set text(font: face)\n#for d in data.days [#day-in-words(d)#";" ]'
    days = ["2025-11-21", "1990-04-04", "2005-10-15", "1000-01-01", "1945-09-02", "2024-12-31"]
    text = " ".join(text_of(_compile(template, {"doc": {}, "data": {"days": days}}).pdf).split())
    assert text == (
        "Ngày hai mươi mốt, tháng mười một, năm hai nghìn không trăm hai mươi lăm; "
        "Ngày bốn, tháng tư, năm một nghìn chín trăm chín mươi; "
        "Ngày mười lăm, tháng mười, năm hai nghìn không trăm linh năm; "
        "Ngày một, tháng một, năm một nghìn; "
        "Ngày hai, tháng chín, năm một nghìn chín trăm bốn mươi lăm; "
        "Ngày ba mươi mốt, tháng mười hai, năm hai nghìn không trăm hai mươi tư;"
    )


@pytest.mark.django_db(transaction=True)
def test_eight_officers_at_once_get_numbers_without_gap_or_double(applied: Path) -> None:
    def issue(n: int) -> str:
        try:
            with transaction.atomic():
                number = services.issue(SYSTEM, "fair.permit", HOLDER, agency=AGENCY, issued_on=date(2025, 6, 1)).number
                if n % 4 == 3:
                    raise InterruptedError  # the case fails afterwards: its number is given back
            return number
        except InterruptedError:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = Counter(filter(None, pool.map(issue, range(32))))
    assert sorted(numbers) == [f"{n:02d}/GP-2025" for n in range(1, 25)]
    assert set(numbers.values()) == {1}


@pytest.mark.django_db
def test_numbers_begin_again_on_new_year_and_run_apart_by_agency(applied: Path) -> None:
    def number(day: date, agency: UUID) -> str:
        return services.issue(SYSTEM, "fair.permit", HOLDER, agency=agency, issued_on=day).number

    other = uuid4()
    assert number(date(2025, 12, 31), AGENCY) == "01/GP-2025"
    assert number(date(2025, 12, 31), AGENCY) == "02/GP-2025"
    assert number(date(2026, 1, 1), AGENCY) == "01/GP-2026"
    assert number(date(2025, 12, 31), other) == "01/GP-2025"


@pytest.mark.django_db
def test_a_paper_may_carry_the_number_of_the_register(applied: Path) -> None:
    file = applied / "papers" / "ticket.yaml"
    file.write_text(file.read_text().replace("sample: {holder: An}", "number: {from: entry}\nsample: {holder: An}"))
    apply(SYSTEM, read([applied]))
    assert services.issue(SYSTEM, "fair.ticket", {"holder": "An", "entry": "12/2025"}).number == "12/2025"
    assert not Counter_.objects.exists()


@pytest.mark.django_db
def test_a_paper_without_numbering_has_none(applied: Path) -> None:
    assert services.issue(SYSTEM, "fair.ticket", {"holder": "An"}).number == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('#get("holder")', '#got("holder")'), "template: line 8 of the file: unknown variable: got"),
        (("Phiếu của", "#data.seller của"), "template: line 8 of the file: dictionary does not contain key"),
        (("Phiếu của", "#data.holder của"), "template: line 8 of the file: without data: dictionary does not"),
        (('"/official.typ"', '"@preview/cetz:0.3.0"'), "template: Value error, a template may not fetch"),
        (("sample: {holder: An}", "sample: {holder: An}\nkeep: 71"), "keep: Value error, a fixed term"),
        (("sample: {holder: An}", 'sample: {holder: An}\nnumber: {format: "{m}"}'), "number.format: Value error"),
    ],
)
def test_a_fault_of_a_template_is_named_by_file_and_line(fair: Path, change: tuple[str, str], fault: str) -> None:
    file = fair / "papers" / "ticket.yaml"
    file.write_text(file.read_text().replace(*change))
    found = [str(f) for f in check(read([fair]))]
    assert len(found) == 1
    assert re.match(rf"fair/papers/ticket.yaml:[56]: {re.escape(fault)}", found[0]), found[0]


def test_a_template_reads_no_file_of_the_machine(fair: Path) -> None:
    file = fair / "papers" / "ticket.yaml"
    file.write_text(file.read_text().replace('#get("holder")', '#read("/../../../etc/hostname")'))
    assert len(check(read([fair]))) == 1


@pytest.mark.django_db
def test_a_running_paper_keeps_the_template_of_its_version(applied: Path) -> None:
    before = services.issue(SYSTEM, "fair.ticket", {"holder": "An"})
    file = applied / "papers" / "ticket.yaml"
    file.write_text(file.read_text().replace("Phiếu của", "Vé của"))
    apply(SYSTEM, read([applied]))
    assert Document.objects.get(pk=before.id).version == 1
    assert compiled("paper", "fair.ticket").version == 2
    assert "Vé của An" in text_of(content(services.issue(SYSTEM, "fair.ticket", {"holder": "An"}).blob.digest))


@pytest.mark.django_db
def test_who_may_read_a_paper(applied: Path) -> None:
    owner, stranger = (Actor(account=uuid4(), person=uuid4(), assurance=2) for _ in range(2))
    officer = Actor(account=uuid4(), post=uuid4(), agency=AGENCY, assurance=2)
    elsewhere = Actor(account=uuid4(), post=uuid4(), agency=uuid4(), assurance=2)
    policy.register_subject("errand", lambda actor, subject: actor == elsewhere and subject == "7")
    plain = services.issue(SYSTEM, "fair.ticket", HOLDER, person=owner.person, agency=AGENCY)
    errand = services.issue(SYSTEM, "fair.ticket", HOLDER, person=owner.person, agency=AGENCY, subject="errand:7")
    assert queries.document(owner, plain.id) == plain
    assert queries.document(officer, plain.id) == plain
    assert queries.document(elsewhere, errand.id) == errand
    for actor, paper in ((stranger, plain), (elsewhere, plain), (officer, errand), (stranger, errand)):
        with pytest.raises(NotFound):
            queries.document(actor, paper.id)


@pytest.mark.django_db
def test_only_a_post_that_may_issues(applied: Path) -> None:
    citizen = Actor(account=uuid4(), person=uuid4(), assurance=2)
    with pytest.raises(Forbidden):
        services.issue(citizen, "fair.ticket", HOLDER)
    officer = Actor(
        account=uuid4(), post=uuid4(), agency=AGENCY, permissions=frozenset({"documents.issue"}), assurance=2
    )
    assert services.issue(officer, "fair.ticket", HOLDER).code
