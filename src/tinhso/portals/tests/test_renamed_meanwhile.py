"""A colleague renames a field of the register while pages, files and programs that know its old name are open."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.registers import queries

from .gardens import GARDENS, LIST, REGISTER, SYSTEM, garden, officer, prepare
from .reading import text
from .test_desk_writing import CORRECT, controls, held

API = f"/api/v1/registers/{REGISTER}/records"


@pytest.fixture
def keeper(db: None, tmp_path: Path, settings: Any) -> tuple[Client, Actor]:
    settings.BLOB_ROOT = tmp_path / "blobs"
    prepare(tmp_path)
    return officer()


def rename(root: Path, old: str = "trees", new: str = "plants") -> None:
    """The pack's next version, by a colleague who may apply it."""
    folder = root / "garden-tests"
    renamed = GARDENS.replace(f"name: {old},", f"name: {new},").replace(f" {old},", f" {new},")
    (folder / "registers" / "gardens.yaml").write_text(f"{renamed}rename: {{{old}: {new}}}\n")
    packs.apply(SYSTEM, packs.read([folder]))


def test_a_form_that_is_open_writes_under_the_new_name(keeper: tuple[Client, Actor], tmp_path: Path) -> None:
    browser, actor = keeper
    one, other = garden("V-1", trees=5), garden("V-2", trees=6)
    forms = [controls(browser.get(f"{LIST}/{id}/sua")) for id in (one, other)]
    new = controls(browser.get(f"{LIST}/moi"))
    rename(tmp_path)
    changed = browser.post(f"{LIST}/{one}/sua", forms[0] | CORRECT | {"trees": "8"})
    assert changed.status_code == 302, text(changed)
    assert held(actor, one)["plants"] == 8
    untouched = browser.post(f"{LIST}/{other}/sua", forms[1] | CORRECT | {"area": "2,5"})
    assert untouched.status_code == 302
    assert (held(actor, other)["plants"], str(held(actor, other)["area"])) == (6, "2.50")
    day = {"planted_on.day": "1", "planted_on.month": "3", "planted_on.year": "2026"}
    made = browser.post(f"{LIST}/moi", new | day | {"code": "V-3", "trees": "7"})
    assert made.status_code == 302, text(made)
    [record] = queries.find(actor, REGISTER, where={"code": "V-3"}).records
    assert record.values["plants"] == 7


def test_a_field_that_came_while_a_form_was_open_is_not_emptied_by_it(
    keeper: tuple[Client, Actor], tmp_path: Path
) -> None:
    browser, actor = keeper
    id = garden("V-1", trees=5)
    form = controls(browser.get(f"{LIST}/{id}/sua"))
    form["_shown"] = [name for name in form["_shown"] if name != "trees"]
    del form["trees"]
    asked = browser.post(f"{LIST}/{id}/sua", form | CORRECT | {"area": "2,5"})
    assert asked.status_code == 422 and "Số cây" in text(asked)
    assert 'name="trees"' in asked.content.decode() and 'value="5"' in asked.content.decode()
    browser.post(f"{LIST}/{id}/sua", controls(asked) | CORRECT)
    assert (held(actor, id)["trees"], str(held(actor, id)["area"])) == (5, "2.50")


def test_a_merge_whose_choice_is_of_a_field_that_is_gone_is_asked_again(
    keeper: tuple[Client, Actor], tmp_path: Path
) -> None:
    browser, actor = keeper
    one, other = garden("V-1", trees=5), garden("V-2", trees=9)
    address = f"{LIST}/gop?ids={one},{other}"
    form = controls(browser.get(address)) | {"why": "Trùng", "v.trees": str(other), "_survivor": str(one)}
    rename(tmp_path)
    refused = browser.post(address, form)
    assert refused.status_code == 409 and "Sổ đã đổi mẫu" in text(refused)
    assert queries.get(actor, REGISTER, other).valid_until is None and held(actor, one)["plants"] == 5


def test_a_program_that_knows_the_old_name_is_told_and_never_answered_that_nothing_changed(
    keeper: tuple[Client, Actor], tmp_path: Path
) -> None:
    browser, actor = keeper
    id = garden("V-1", trees=5)
    first = browser.get(f"{API}/{id}")
    tag = first.headers["ETag"]
    assert browser.get(f"{API}/{id}", headers={"If-None-Match": tag}).status_code == 304
    rename(tmp_path)
    now = browser.get(f"{API}/{id}", headers={"If-None-Match": tag})
    assert now.status_code == 200 and now.json()["values"]["plants"] == 5
    body = json.dumps({"values": {"trees": 9}, "why": "x"})
    patched = browser.patch(f"{API}/{id}", body, content_type="application/json", headers={"If-Match": tag})
    assert patched.status_code == 422 and patched.json()["errors"][0]["path"] == "trees"
    asked = browser.get(f"{API}?trees__ge=1")
    assert asked.status_code == 422 and asked.json()["errors"][0]["path"] == "trees__ge"
    body = json.dumps({"values": {"plants": 9}, "why": "x"})
    again = browser.patch(f"{API}/{id}", body, content_type="application/json", headers={"If-Match": tag})
    assert again.status_code == 200 and held(actor, id)["plants"] == 9
