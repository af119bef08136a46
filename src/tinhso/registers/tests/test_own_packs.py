"""Registers made in the browser live in the agency's own pack, one by one, and leave and come back as a pack."""

import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid
from tinhso.kernel.models import Definition, Pack
from tinhso.kernel.packs import Edit, OwnPack
from tinhso.kernel.packs.texts import plain
from tinhso.kernel.packs.written import written

from ..definitions import RegisterDefinition
from .conftest import SYSTEM, rows, seated

WORDS = packs.Words(vi="Sổ hộ tịch", en="Civil status office")


def body(name: str, *fields: dict[str, Any], role: str = "civil-status", **more: Any) -> dict[str, Any]:
    given = fields or ({"name": "code", "type": "text", "max": 20},)
    return {
        "register": name,
        "name": {"vi": f"Sổ {name}", "en": f"Register {name}"},
        "owner": {"role": role, "level": "commune"},
        "fields": list(given),
    } | more


@pytest.fixture
def keeper(province: None) -> Actor:
    return seated("13141", "civil-status")


def own(actor: Actor) -> OwnPack:
    assert actor.agency
    return OwnPack("ubnd-xa-vu-quy", actor.agency, WORDS, WORDS)


def publish(actor: Actor, *bodies: dict[str, Any]) -> list[str]:
    return packs.amend(actor, own(actor), [Edit("register", one["register"], one) for one in bodies])


def test_one_register_is_changed_and_the_others_stay(keeper: Actor) -> None:
    assert publish(keeper, body("wells")) == ["register ubnd-xa-vu-quy.wells v1"]
    assert publish(keeper, body("boats")) == ["register ubnd-xa-vu-quy.boats v1"]
    more = body(
        "wells", {"name": "code", "type": "text", "max": 20}, {"name": "depth", "type": "integer", "optional": True}
    )
    assert publish(keeper, more) == ["register ubnd-xa-vu-quy.wells v2"]
    assert publish(keeper, more) == []
    assert packs.names("register") == ["ubnd-xa-vu-quy.boats", "ubnd-xa-vu-quy.wells"]
    assert rows("SELECT count(depth) FROM reg.ubnd_xa_vu_quy_wells") == [(0,)]


def test_a_loss_is_refused_until_told_and_a_rename_keeps_the_data(keeper: Actor) -> None:
    publish(keeper, body("wells", {"name": "code", "type": "text"}))
    rows("INSERT INTO reg.ubnd_xa_vu_quy_wells (id, revision, valid_from, unit_on, code)"
         " VALUES (gen_random_uuid(), 1, '2026-01-01', '2026-01-01', 'G1') RETURNING 1")  # fmt: skip
    renamed = body("wells", {"name": "mark", "type": "text"})
    proposal = packs.propose(own(keeper), [Edit("register", "wells", renamed)])
    assert proposal.loses == ["the values of code in the current table"]
    with pytest.raises(Invalid, match="would lose"):
        publish(keeper, renamed)
    publish(keeper, renamed | {"rename": {"code": "mark"}})
    assert rows("SELECT mark FROM reg.ubnd_xa_vu_quy_wells") == [("G1",)]


def test_a_fault_names_its_key_and_nothing_is_published(keeper: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        publish(keeper, body("wells", {"name": "kind", "type": "choice", "of": "no-such-list"}))
    assert list(refused.value.errors) == ["fields.0"]
    assert not Definition.objects.filter(name="ubnd-xa-vu-quy.wells").exists()
    assert not Pack.objects.filter(name="ubnd-xa-vu-quy").exists()


def test_only_keepers_build_and_only_what_their_role_keeps(keeper: Actor) -> None:
    counter = seated("13141", "one-stop")
    with pytest.raises(Forbidden):
        publish(counter, body("wells", role="one-stop"))
    with pytest.raises(Forbidden):
        publish(keeper, body("wells", role="agriculture"))
    publish(keeper, body("wells"))
    stranger = seated("12452", "civil-status")
    with pytest.raises(Forbidden):
        packs.amend(stranger, own(keeper), [Edit("register", "boats", body("boats"))])
    with pytest.raises(Conflict):
        publish(stranger, body("boats"))


def test_what_was_looked_at_is_what_is_applied(keeper: Actor) -> None:
    edits = [Edit("register", "wells", body("wells"))]
    seen = packs.propose(own(keeper), edits)
    publish(keeper, body("boats"))
    with pytest.raises(Conflict):
        packs.amend(keeper, own(keeper), edits, digest=seen.digest)


def test_a_pack_leaves_as_a_folder_and_comes_back_equal(keeper: Actor) -> None:
    choice = {
        "name": "kind",
        "type": "choice",
        "choices": [{"value": "yes", "label": {"vi": "Có: 'thật'", "en": "no"}}],
    }
    publish(keeper, body("wells", {"name": "code", "type": "text"}, choice, key=["code"]), body("boats"))
    before, archive = packs.stored("ubnd-xa-vu-quy"), packs.packed("ubnd-xa-vu-quy")
    with packs.unpacked(BytesIO(archive)) as found:
        assert packs.check([found]) == []
        assert found.digest == before.digest
        assert [(d.name, d.digest) for d in found.definitions] == [(d.name, d.digest) for d in before.definitions]
    assert packs.take_in(SYSTEM, BytesIO(archive)) == []
    assert packs.owner_of("ubnd-xa-vu-quy") == keeper.agency
    with pytest.raises(Forbidden):
        packs.take_in(keeper, BytesIO(archive))
    with pytest.raises(Invalid):
        packs.take_in(SYSTEM, BytesIO(b"no zip"))


@pytest.mark.parametrize(
    "name",
    ["../wells/pack.yaml", "wells/../../pack.yaml", "/etc/pack.yaml", "wells/registers/../../../x.yaml",
     "wells\\\\..\\\\pack.yaml", "wells/registers/.x.yaml", "C:/pack.yaml", "wells/plugin.py"],
)  # fmt: skip
def test_a_zip_that_leads_out_of_its_folder_is_refused_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (room := tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("wells/pack.yaml", "pack: wells\n")
        archive.writestr(name, "pack: wells\n")
    with pytest.raises(Invalid, match="không phải một gói"):
        packs.take_in(SYSTEM, BytesIO(out.getvalue()))
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_zip_that_is_harmed_or_swells_is_refused(keeper: Actor) -> None:
    publish(keeper, body("wells"))
    archive = packs.packed("ubnd-xa-vu-quy")
    start = archive.index(b"pack.yaml") + len(b"pack.yaml")
    with pytest.raises(Invalid, match="Không đọc được"):
        packs.take_in(SYSTEM, BytesIO(archive[:start] + b"\xff" * 20 + archive[start + 20 :]))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as swelling:
        swelling.writestr("wells/pack.yaml", b" " * 200_000_000)
    with pytest.raises(Invalid, match="lớn quá"):
        packs.take_in(SYSTEM, BytesIO(out.getvalue()))


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=60)


@settings(deadline=None)
@given(words, words, st.dictionaries(words, st.one_of(words, st.integers(), st.booleans()), max_size=3))
def test_what_is_written_reads_the_same(vi: str, en: str, where: dict[str, Any]) -> None:
    given = body("wells") | {"name": {"vi": vi, "en": en}}
    given["views"] = [{"name": "all", "where": where}]
    read = plain(YAML(typ="rt").load(written(given, RegisterDefinition)))
    assert packs.digest(read) == packs.digest(given)
