"""/admin/quy-trinh/<procedure>/ve: a procedure is made after a template, drawn, refused where it cannot run and
published."""

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from tinhso.cases.bpmn import elements, words
from tinhso.cases.models import Case, ProcessDraft
from tinhso.identity import services as people
from tinhso.identity.models import Agency, Post
from tinhso.kernel import packs
from tinhso.kernel.models import Audit, Definition

from . import citizen_site as site
from .people import browser_of
from .reading import text
from .test_admin import officer

MAKE = {"mau": site.BIRTH, "code": "9.000001", "name_vi": "Đăng ký thử", "name_en": "Trial registration"}


@pytest.fixture
def admin(db: None) -> Client:
    site.commune()
    return officer("admin")


def made(browser: Client) -> str:
    """A procedure of the agency's own after the registration of births; returns the address of its drawing."""
    answer = browser.post("/admin/quy-trinh/tao", MAKE)
    assert answer.status_code == 302, text(answer)
    return answer["Location"]


def drawn(browser: Client, address: str) -> str:
    return browser.get(f"{address}/ban-ve.bpmn").content.decode()


def save(browser: Client, address: str, xml: str = "", **more: str) -> object:
    revision = ProcessDraft.objects.get().revision
    return browser.post(address, {"revision": str(revision), "xml": xml, "save": "1", **more})


def publish(browser: Client, address: str) -> str:
    page = browser.get(f"{address}/ke-hoach").content.decode()
    found = re.search(r'name="digest" value="(\w+)"', page)
    assert found, page
    return text(browser.post(f"{address}/ke-hoach", {"digest": found[1]}, follow=True))


def without(xml: str, flow: str) -> str:
    xml = re.sub(rf'<bpmn:sequenceFlow id="{flow}".*?(?:/>|</bpmn:sequenceFlow>)', "", xml, flags=re.DOTALL)
    xml = re.sub(rf"<bpmn:(incoming|outgoing)>{flow}</bpmn:\1>", "", xml)
    return re.sub(rf'<bpmndi:BPMNEdge [^>]*bpmnElement="{flow}".*?</bpmndi:BPMNEdge>', "", xml, flags=re.DOTALL)


def test_palette_and_check_speak_of_the_same_elements(admin: Client) -> None:
    assert set(words.NAMES) == set(elements.RUN)
    found = admin.get("/admin/quy-trinh/phan-tu.json").json()
    assert {one["key"] for one in found["elements"]} == set(elements.RUN)
    assert "chair" in {one["code"] for one in found["roles"]}


def test_a_procedure_made_after_a_template_is_published_and_read_again(admin: Client) -> None:
    address = made(admin)
    name = address.split("/")[3]
    assert "Không có lỗi" in text(admin.get(address))
    assert "Đã công bố 1 thay đổi." in publish(admin, address)
    model = packs.compiled("procedure", name).model
    assert (str(model.name), model.code, model.process) == ("Đăng ký thử", "9.000001", "dang-ky-thu.bpmn")
    assert ProcessDraft.objects.count() == 0
    assert Audit.objects.filter(action="process.publish", subject=f"procedure:{name}").exists()
    pack = name.partition(".")[0]
    with packs.unpacked(io.BytesIO(packs.packed(pack))) as taken:
        assert taken.faults == []
        assert [d.digest for d in taken.definitions] == list(
            Definition.objects.filter(pack_id=pack, retired_at=None).values_list("digest", flat=True)
        )


def test_a_dead_end_is_named_with_its_element_and_not_published(admin: Client) -> None:
    address = made(admin)
    xml = without(drawn(admin, address), "receive__verify")
    answer = admin.post(f"{address}/kiem-tra", {"xml": xml}).json()
    assert {
        "element": "receive",
        "what": "là ngõ cụt: không có gì đi tiếp, mà cũng không phải điểm kết thúc",
    } in answer["faults"]
    assert drawn(admin, address) != xml, "a check keeps nothing"
    save(admin, address, xml)
    plan = admin.get(f"{address}/ke-hoach")
    assert "ngõ cụt" in text(plan)
    assert b'name="digest"' not in plan.content
    assert admin.post(f"{address}/ke-hoach", {"digest": ""}).status_code == 422
    assert not Definition.objects.filter(name=address.split("/")[3]).exists()


def test_a_step_s_form_is_kept_and_a_task_drawn_anew_becomes_a_step(admin: Client) -> None:
    address = made(admin)
    step = "step.verify."
    fields = {f"{step}label_vi": "Thẩm định", f"{step}label_en": "Appraisal", f"{step}hours": "3", f"{step}refuse": "1",
              f"{step}ask-supplement": "1"}  # fmt: skip
    save(admin, address, "", **fields)
    steps = {one["name"]: one for one in ProcessDraft.objects.get().body["steps"]}
    assert steps["verify"]["label"] == {"vi": "Thẩm định", "en": "Appraisal"}
    assert (steps["verify"]["hours"], steps["verify"]["may"]) == (3, ["ask-supplement", "refuse"])
    task = '<bpmn:userTask id="Activity_1" name="Xem thực địa"/></bpmn:process>'
    answer = admin.post(f"{address}/kiem-tra", {"xml": drawn(admin, address).replace("</bpmn:process>", task)}).json()
    assert "Xem thực địa" in answer["steps"]["Activity_1"]
    assert {"element": "Activity_1", "what": "không đến được từ điểm bắt đầu"} in answer["faults"]


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type declaration"),
        ("<definitions", "is not XML"),
        ("<a/>", "is not BPMN 2.0"),
        ("x" * 1_000_001, "lớn quá mức"),
    ],
    ids=["DTD", "no XML", "no BPMN", "huge"],
)  # fmt: skip
def test_what_is_no_drawing_is_refused_and_the_draft_stays(admin: Client, xml: str, told: str) -> None:
    address = made(admin)
    before = drawn(admin, address)
    page = save(admin, address, xml)
    assert page.status_code == 422  # type: ignore[attr-defined]
    assert told in text(page)  # type: ignore[arg-type]
    assert told in str(admin.post(f"{address}/kiem-tra", {"xml": xml}).json()["faults"])
    file = SimpleUploadedFile("a.bpmn", xml.encode())
    assert admin.post(address, {"revision": "1", "file": file}).status_code == 422
    assert drawn(admin, address) == before


def test_a_draft_is_played_without_a_case(admin: Client) -> None:
    address = made(admin) + "/chay-thu"
    begun = "2026-11-25T08:00:00+07:00"
    walked: dict[str, object] = {"tu": begun, "di": []}
    assert "Tiếp nhận" in text(admin.get(address, walked))
    walked["di"] = ["receive:done"]
    page = admin.get(address, walked)
    assert 'data-diagram-at="verify"' in page.content.decode()
    assert "Yêu cầu bổ sung" in text(page)
    walked["di"] = ["receive:done", "verify:ask-supplement", "verify_supplement:done", "verify:refuse"]
    assert "Đã kết thúc Từ chối" in text(admin.get(address, walked))
    walked["di"] = ["approve:approve"]
    assert admin.get(address, walked).status_code == 404
    assert not Case.objects.exists()
    editor = address.removesuffix("/chay-thu")
    save(admin, editor, without(drawn(admin, editor), "receive__verify"))
    assert "Bản vẽ còn lỗi" in text(admin.get(address))


def test_without_a_script_the_drawing_comes_as_a_file(admin: Client) -> None:
    address = made(admin)
    xml = drawn(admin, address).replace('name="Nộp hồ sơ"', 'name="Gửi hồ sơ"')
    file = SimpleUploadedFile("ve.bpmn", xml.encode())
    admin.post(address, {"revision": "1", "file": file, "save": "1"})
    assert drawn(admin, address) == xml


def test_of_two_who_draw_the_second_loses_nothing_of_the_first(admin: Client) -> None:
    address = made(admin)
    xml = drawn(admin, address)
    first = xml.replace("Nộp hồ sơ", "Gửi hồ sơ")
    assert admin.post(address, {"revision": "1", "xml": first}).status_code == 302
    late = admin.post(address, {"revision": "1", "xml": xml})
    assert late.status_code == 409
    assert "vừa thay đổi bản thảo này" in text(late)
    assert drawn(admin, address) == first


def test_an_earlier_version_is_restored_as_the_next(admin: Client) -> None:
    address = made(admin)
    name = address.split("/")[3]
    publish(admin, address)
    admin.post(f"{address}/bat-dau")
    save(admin, address, drawn(admin, address).replace("Nộp hồ sơ", "Gửi hồ sơ"))
    publish(admin, address)
    assert "Khôi phục bản 1" in text(admin.get(address))
    admin.post(f"{address}/bat-dau", {"ban": "1"})
    assert admin.post(f"{address}/bat-dau", {"ban": "1"}).status_code == 409
    publish(admin, address)
    digests = Definition.objects.filter(name=name).order_by("version").values_list("digest", flat=True)
    assert len(digests) == 3
    assert digests[0] == digests[2] != digests[1]


def test_a_procedure_of_a_folder_leaves_as_its_pack_and_is_not_published_here(admin: Client) -> None:
    address = f"/admin/quy-trinh/{site.BIRTH}/ve"
    admin.post(f"{address}/bat-dau")
    page = admin.get(f"{address}/ke-hoach")
    assert "Tải gói (.zip)" in text(page)
    assert admin.post(f"{address}/ke-hoach", {"digest": "x"}).status_code == 409
    with zipfile.ZipFile(io.BytesIO(admin.get(f"{address}/goi.zip").content)) as archive:
        names = archive.namelist()
        assert "civil-status/procedures/birth-registration.bpmn" in names
        assert (
            "process: birth-registration.bpmn"
            in archive.read("civil-status/procedures/birth-registration.yaml").decode()
        )
    assert packs.compiled("procedure", site.BIRTH).model.process is None


def test_an_officer_and_another_agency_find_no_door(admin: Client) -> None:
    address = made(admin)
    publish(admin, address)
    admin.post(f"{address}/bat-dau")
    other = Agency.objects.create(code="H31.991", name="Cơ quan khác", kind="department", level="province", unit="33",
                                  valid=DateRange(site.date(2025, 7, 1), None))  # fmt: skip
    post = Post.objects.create(agency=other, key="admin", title="Quản trị", roles=["admin"], valid=other.valid)
    account = people.open_demo_account(site.SYSTEM, "thu-admin-khac", "Người khác")
    people.assign(site.SYSTEM, account, post.id)
    strangers = {"another agency": browser_of(account), "an officer": officer("clerk"), "nobody": Client()}
    for who, browser in strangers.items():
        for part in ("", "/ban-ve.bpmn", "/ke-hoach", "/goi.zip", "/chay-thu"):
            assert browser.get(address + part).status_code in {302, 403, 404}, f"{who} {part}"
        for part in ("", "/kiem-tra", "/ke-hoach", "/bat-dau", "/bo"):
            assert browser.post(address + part, {"revision": "1"}).status_code in {302, 403, 404}, f"{who} {part}"
    assert ProcessDraft.objects.get().revision == 1


def test_a_template_wants_names_and_a_code_and_gives_back_what_was_written(admin: Client) -> None:
    answer = admin.post("/admin/quy-trinh/tao", {**MAKE, "code": "1", "name_en": ""})
    assert answer.status_code == 422
    assert "Mã thủ tục gồm một chữ số" in text(answer)
    assert b"\xc4\x90\xc4\x83ng k\xc3\xbd th\xe1\xbb\xad" in answer.content
