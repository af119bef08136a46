"""A procedure of a test pack that says everything a form may say, a couple, and a birth certificate in a store."""

from pathlib import Path
from uuid import UUID

from tinhso.cases import queries, services
from tinhso.cases.models import Task
from tinhso.identity import queries as people
from tinhso.identity import services as identity
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor

from .citizen_site import BIRTH, PACKS, SYSTEM, Citizen, Commune, browser_of, photograph

STALL = "trial.stall"
MANIFEST = """\
pack: trial
version: 0.1.0
name: {vi: Thử, en: Trial}
summary: {vi: Chỉ để thử, en: Only for tests}
needs: [civil-status]
"""
PROCEDURE = """\
procedure: stall
code: "1.000002"
name: {vi: Mở quầy chung của vợ chồng, en: Open a stall of a couple}
summary: {vi: Vợ chồng cùng xin mở quầy, en: A couple asks to open a stall}
sector: {vi: Thử nghiệm, en: Trials}
levels: [commune]
applicant: [citizen]
deadline: {working_hours: 8}
subject: stall
sections:
  - {name: stall, title: {vi: Quầy, en: The stall}}
  - {name: goods, title: {vi: Hàng hóa, en: The goods}}
form:
  - {name: owner, type: person, label: {vi: Chủ quầy, en: Owner}, from: population.self}
  - {name: stall, type: text, section: stall, label: {vi: Tên quầy, en: Name of the stall}, max: 40}
  - {name: food, type: boolean, section: stall, label: {vi: Bán thức ăn, en: It sells food}, optional: true}
  - {name: kitchen, type: text, section: stall, label: {vi: Nơi nấu, en: Kitchen}, when: {food: true}, max: 40}
  - name: goods
    type: table
    section: goods
    label: {vi: Hàng hóa, en: Goods}
    columns:
      - {name: what, type: text, label: {vi: Tên hàng, en: What}}
      - {name: quantity, type: integer, label: {vi: Số lượng, en: Quantity}, min: 1}
      - {name: price, type: money, label: {vi: Đơn giá, en: Price}}
  - name: total
    type: money
    section: goods
    label: {vi: Tổng giá trị, en: Total value}
    compute: sum(goods.quantity * goods.price)
  - {name: husband, type: person, label: {vi: Chồng, en: Husband}, from: population.spouse}
  - {name: job, type: text, label: {vi: Nghề của chồng, en: Job of the husband}, by: husband, max: 40}
co_sign: [husband]
papers:
  - name: certificate
    label: {vi: Giấy khai sinh của con, en: Birth certificate of the child}
    from: result.birth-certificate
    copies: 2
    original: true
    template: birth-declaration
steps:
  - {name: receive, label: {vi: Tiếp nhận, en: Receive}, by: one-stop, hours: 1}
  - {name: verify, label: {vi: Thẩm tra, en: Verify}, by: civil-status, hours: 4, may: [ask-supplement, refuse]}
  - {name: return, label: {vi: Trả kết quả, en: Return}, by: one-stop}
expected_results: [{vi: Giấy phép mở quầy, en: A permit}]
legal_basis: [Quy định thử]
"""


def publish(root: Path, procedure: str = PROCEDURE) -> None:
    """The test pack, applied beside the real ones."""
    folder = root / "trial"
    (folder / "procedures").mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(MANIFEST)
    (folder / "procedures" / "stall.yaml").write_text(procedure)
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop", PACKS / "civil-status", folder]))


def husband_of(wife: Citizen) -> Citizen:
    person = people.own_details(wife.actor).spouse
    assert person
    account = identity.account_of_person(SYSTEM, person)
    return Citizen(person, account, browser_of(account))


def certificate_of(mother: Citizen, office: Commune) -> UUID:
    """A birth registered by her: the certificate is signed and in her store."""
    draft = services.start_draft(mother.actor, BIRTH).id
    raw = {
        "child_name": "Nguyễn Bảo An",
        "born_on": {"day": "10", "month": "11", "year": "2025"},
        "sex": "female",
        "ethnicity": "kinh",
        "birth_place": "Bệnh viện",
        "home_town": "Thái Bình",
    }
    services.save_draft(mother.actor, draft, raw)
    services.attach_paper(mother.actor, draft, "birth_notification", photograph(), file_name="anh.png")
    case = services.submit(mother.actor, draft)
    for outcome in ("done", "done", "approve"):
        office.do(case.id, outcome)
    services.finish_signing(Task.objects.get(case=case.id, completed_at=None).pk)
    (result,) = queries.my_results(mother.actor)
    return result.document.id


def officer_browser(office: Commune, role: str):
    account: Actor = office.officers[role]
    assert account.account
    return browser_of(account.account)
