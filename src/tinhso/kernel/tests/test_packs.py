"""Packs: a fault is named by file, line and key; a published version never changes; nothing is half applied."""

from pathlib import Path

import pytest

from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.kernel.models import Definition, Pack
from tinhso.kernel.packs import Change, Kind, Words, apply, check, compiled, definition_kind, load, plan, read
from tinhso.kernel.packs import applied as applied_packs
from tinhso.kernel.packs.definitions import Strict
from tinhso.kernel.packs.scaffold import scaffold

ACTOR = system("test")


class Leaflet(Strict):
    leaflet: str
    name: Words
    pages: int = 1


applied: list[tuple[str, int]] = []


def take(actor: object, old: Leaflet | None, new: Leaflet | None, name: str, version: int) -> None:
    if new and new.pages > 99:
        raise ValueError("too many pages")
    applied.append((name, version))


definition_kind(
    Kind(
        "leaflet",
        "leaflets",
        "leaflet",
        Leaflet,
        order=1,
        check=lambda found, context: [] if found.model.pages else [(["pages"], "must not be 0")],
        plan=lambda old, new, name: [] if new else [Change(f"drop {name}", loses=name)],
        apply=take,
    )
)

MANIFEST = "pack: fair\nversion: 1.0.0\nname: {vi: Hội chợ, en: Fair}\nsummary: {vi: Thử, en: Trial}\n"
GOOD = "leaflet: welcome\nname: {vi: Chào, en: Hello}\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    applied.clear()
    folder = tmp_path / "fair"
    (folder / "leaflets").mkdir(parents=True)
    (folder / "pack.yaml").write_text(MANIFEST)
    (folder / "leaflets" / "welcome.yaml").write_text(GOOD)
    return folder


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("leaflet: welcome\nname:\n  vi: Chào\n", "fair/leaflets/welcome.yaml:2: name.en: Field required"),
        (GOOD + "pages: many\n", "fair/leaflets/welcome.yaml:3: pages: Input should be a valid integer"),
        (GOOD + "colour: red\n", "fair/leaflets/welcome.yaml:3: colour: this key is not known here"),
        ("leaflet: other\nname: {vi: Chào, en: Hello}\n", "fair/leaflets/welcome.yaml:1: leaflet: must be 'welcome'"),
        (GOOD + "pages: 0\n", "fair/leaflets/welcome.yaml:3: pages: must not be 0"),
        (GOOD + "pages: [1\n", "fair/leaflets/welcome.yaml:4: "),
        ("- a list\n", "fair/leaflets/welcome.yaml:1: must be a mapping"),
    ],
)
def test_a_fault_is_named_by_file_line_and_key(pack: Path, text: str, fault: str) -> None:
    (pack / "leaflets" / "welcome.yaml").write_text(text)
    found = [str(f) for f in check([load(pack)])]
    assert len(found) == 1
    assert found[0].startswith(fault)


@pytest.mark.django_db(transaction=True)
def test_apply_publishes_once_and_then_only_what_differs(pack: Path) -> None:
    assert apply(ACTOR, read([pack])) == ["leaflet fair.welcome v1"]
    assert apply(ACTOR, read([pack])) == []
    (pack / "leaflets" / "welcome.yaml").write_text(GOOD + "pages: 2\n")
    assert [(k, n, what) for k, n, what, _ in plan(read([pack]))] == [("leaflet", "fair.welcome", "version 2")]
    assert apply(ACTOR, read([pack])) == ["leaflet fair.welcome v2"]
    assert compiled("leaflet", "fair.welcome").model.pages == 2
    assert compiled("leaflet", "fair.welcome", 1).model.pages == 1
    assert applied == [("fair.welcome", 1), ("fair.welcome", 2)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_half_applied(pack: Path) -> None:
    (pack / "leaflets" / "zz.yaml").write_text("leaflet: zz\nname: {vi: Dày, en: Thick}\npages: 100\n")
    with pytest.raises(ValueError, match="too many pages"):
        apply(ACTOR, read([pack]))
    assert not Definition.objects.filter(kind="leaflet").exists()
    assert not Pack.objects.filter(name="fair").exists()


@pytest.mark.django_db(transaction=True)
def test_loss_is_refused_until_told_how(pack: Path) -> None:
    apply(ACTOR, read([pack]))
    (pack / "leaflets" / "welcome.yaml").unlink()
    with pytest.raises(Invalid, match="would lose"):
        apply(ACTOR, read([pack]))
    assert compiled("leaflet", "fair.welcome").version == 1


@pytest.mark.django_db
def test_needs_are_applied_first_and_circles_named(tmp_path: Path) -> None:
    for name, needs in (("b", "a"), ("a", "b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pack.yaml").write_text(MANIFEST.replace("fair", name) + f"needs: [{needs}]\n")
    faults = [fault.message for pack in read([tmp_path / "a", tmp_path / "b"]) for fault in pack.faults]
    assert faults == ["goes round in a circle: a → b → a"]


def test_a_new_pack_loads(tmp_path: Path) -> None:
    folder = scaffold(tmp_path, "gardens")
    assert load(folder).faults == []
    with pytest.raises(FileExistsError):
        scaffold(tmp_path, "gardens")


@pytest.mark.django_db
def test_only_who_may_applies_packs(tmp_path: Path) -> None:
    pack = scaffold(tmp_path, "leaflets")
    with pytest.raises(Forbidden):
        apply(Actor(permissions=frozenset({"jobs.see"})), read([pack]))
    apply(Actor(permissions=frozenset({"packs.apply"})), read([pack]))
    [found] = applied_packs()
    assert (found.name, found.version) == ("leaflets", Pack.objects.get().version)
