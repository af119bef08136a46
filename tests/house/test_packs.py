"""Every pack: alone with what it needs it has no fault; together they apply to an empty province and follow their
earlier versions without loss, their samples load, and what their fields forbid is refused.

All packs are applied twice in all: once as they might have been, to be followed, and once as they are, for every other
test of this file.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from ruamel.yaml import YAML

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.actor import system
from tinhso.kernel.errors import Conflict, Invalid, Problem
from tinhso.kernel.fields import lists
from tinhso.kernel.fields.base import FieldSpec
from tinhso.kernel.packs.definitions import Words
from tinhso.kernel.packs.loader import take
from tinhso.registers import queries, services
from tinhso.registers.contracts import Record
from tinhso.registers.definitions import RegisterDefinition, View
from tinhso.registers.shape import Shape
from tinhso.territory import queries as territory_queries
from tinhso.territory import services as territory

from . import catalogue

pytestmark = pytest.mark.django_db  # each test within the transaction of its pack
SYSTEM = system("test")
ROOT = Path(settings.PACKS)
NAMES = sorted(file.parent.name for file in ROOT.glob("*/pack.yaml"))
SAMPLED_ON = date(2026, 11, 25)
"""The day for which the samples are written: what is soon due in them is soon due then."""
EARLIER = {"civil-status", "demo"}
"""Packs whose registers were given out before registers said their sources; theirs stand in the packs' comments."""
LONGEST_TAB = 60
FARTHEST_KM = 15
"""From the inner point of a commune to a place in it, with room to spare: the widest has 45 km²."""


@dataclass(frozen=True)
class Everything:
    """All packs applied, and the samples that were loaded: rows by register, as the files have them."""

    loaded: list[packs.LoadedPack]
    rows: dict[str, list[dict[str, Any]]]
    count: int


@dataclass(frozen=True)
class Applied:
    own: packs.LoadedPack
    everything: Everything

    def models(self, kind: str) -> dict[str, Any]:
        return {d.name: d.model for d in self.own.definitions if d.kind.name == kind}

    @property
    def registers(self) -> dict[str, RegisterDefinition]:
        return self.models("register")

    @property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return {name: self.everything.rows[name] for name in self.registers}

    def records(self, register: str) -> list[Record]:
        """Its records with all that they hold; what is sensitive is read one by one."""
        found = queries.find(SYSTEM, register, limit=500).records
        secret = any(spec.class_ == "sensitive" for spec in self.registers[register].fields)
        return [queries.get(SYSTEM, register, one.ref.id) for one in found] if secret else found


def with_needs(name: str) -> list[Path]:
    """The folders of a pack and of all that it needs."""
    found: dict[str, Path] = {}

    def visit(name: str) -> None:
        if name not in found:
            found[name] = ROOT / name
            for need in YAML(typ="safe").load((ROOT / name / "pack.yaml").read_text()).get("needs", []):
                visit(need)

    visit(name)
    return list(found.values())


def forget() -> None:
    packs.queries.forget()
    lists.forget()


@pytest.fixture(scope="module")
def province(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        territory.load_facts(SYSTEM)
        identity.load_agencies(SYSTEM)
        yield
        transaction.set_rollback(True)


def fill(loaded: list[packs.LoadedPack]) -> Everything:
    """Apply packs and load their samples, once the people whom the samples name are registered as the demonstration
    would have them."""
    packs.apply(SYSTEM, loaded)
    definitions = [d for pack in loaded for d in pack.definitions]
    registers = {d.name: d.model for d in definitions if d.kind.name == "register"}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in registers}
    for d in definitions:
        if d.kind.name == "sample":
            rows[d.name] += d.model.rows
    people = {
        row[spec.name]
        for register, of in registers.items()
        for row in rows[register]
        for spec in of.fields
        if spec.type == "person" and row.get(spec.name)
    }
    identity.register_people(
        SYSTEM, [NewPerson(f"Trần Văn {n[-3:]}", n, date(1980, 1, 1), demo=True) for n in sorted(people)]
    )
    return Everything(loaded, rows, services.load_samples(SYSTEM, why="Dữ liệu mẫu"))


@pytest.mark.parametrize("name", NAMES)
def test_alone_with_what_it_needs_it_has_no_fault(name: str, province: None) -> None:
    """Nothing else is in force here: a list or a register of a pack that `needs` does not name would be missed."""
    assert packs.applied() == [], "the packs of another test are still there"
    assert packs.check(packs.read(with_needs(name))) == []


def test_they_follow_earlier_versions_without_loss(province: None) -> None:
    """Versions with other words and one optional field less, with records in them, become the present ones: nothing
    is lost, and every record still has its values."""
    with transaction.atomic():
        forget()
        assert packs.applied() == [], "the packs of another test are still there"
        now = packs.read([ROOT / name for name in NAMES])
        gone: dict[str, str] = {}
        earlier = fill([as_it_might_have_been(pack, gone) for pack in now])
        before = {r: {x.ref.id: x.values for x in queries.find(SYSTEM, r, limit=500).records} for r in earlier.rows}
        assert [c.loses for *_rest, changes in packs.plan(now) for c in changes if c.loses] == []
        packs.apply(SYSTEM, now)
        for register, then in before.items():
            after = {x.ref.id: x.values for x in queries.find(SYSTEM, register, limit=500).records}
            assert {i: {k: after[i][k] for k in values} for i, values in then.items()} == then, register
            if gone[register]:
                assert queries.definition(register).version == 2
                assert gone[register] in next(iter(after.values()), {gone[register]: None})
        assert any(gone.values()) and any(before.values())
        transaction.set_rollback(True)
    forget()


@pytest.fixture(scope="module")
def everything(province: None) -> Iterator[Everything]:
    """All packs, applied to an empty database with their samples loaded."""
    with transaction.atomic():
        forget()
        yield fill(packs.read([ROOT / name for name in NAMES]))
        transaction.set_rollback(True)
    forget()


@pytest.fixture(scope="module", params=NAMES)
def pack(request: pytest.FixtureRequest, everything: Everything) -> Applied:
    return Applied(next(one for one in everything.loaded if one.name == request.param), everything)


def test_the_catalogue_is_that_of_the_packs() -> None:
    assert catalogue.FILE.read_text(encoding="utf-8") == catalogue.catalogue() + "\n", (
        "the packs have changed: python tests/house/catalogue.py > docs/packs-catalogue.md"
    )


def test_they_have_no_fault_and_apply_once(everything: Everything) -> None:
    assert packs.check(everything.loaded) == []
    assert list(packs.plan(everything.loaded)) == []
    assert everything.count == sum(map(len, everything.rows.values()))


def test_its_systems_are_of_the_resolution(pack: Applied) -> None:
    assert pack.own.manifest
    assert [
        s for s in pack.own.manifest.systems if not re.fullmatch(r"S\d{2,3}", s) or not 1 <= int(s[1:]) <= 129
    ] == []


def test_every_word_is_in_both_languages(pack: Applied) -> None:
    """Each field has a label; Vietnamese is Vietnamese and not the English again, save where a term is the same."""
    unlabelled = [
        f"{name}.{spec.name}" for name, of in pack.registers.items() for spec in every(of.fields) if spec.label is None
    ]
    assert unlabelled == []
    same = [w.vi for d in pack.own.definitions for w in words(d.model) if w.vi == w.en and len(w.vi.split()) > 2]
    assert same == []


def every(fields: tuple[FieldSpec, ...]) -> Iterator[FieldSpec]:
    for spec in fields:
        yield spec
        yield from getattr(spec.settings(), "columns", ())


def words(model: Any) -> Iterator[Words]:
    if isinstance(model, Words):
        yield model
    elif hasattr(type(model), "model_fields"):
        for name in type(model).model_fields:
            yield from words(getattr(model, name))
    elif isinstance(model, list | tuple):
        for item in model:
            yield from words(item)


def test_code_lists_name_their_source(pack: Applied) -> None:
    for name, found in pack.models("list").items():
        values = [code.value for code in found.codes]
        assert len(values) == len(set(values)), name


def test_samples_are_marked_and_have_a_line_to_show(pack: Applied) -> None:
    for register in pack.registers:
        found = pack.records(register)
        assert len(found) == len(pack.rows[register]), register
        assert all(record.demo and (record.unit or not pack.registers[register].unit) for record in found), register
        of = queries.definition(register)
        for language in ("vi", "en"):
            with translation.override(language):
                assert all(of.display(record.values) for record in found), register


def test_sample_places_lie_in_their_communes(pack: Applied) -> None:
    far = []
    for register, of in pack.registers.items():
        for record in pack.records(register):
            home = territory_queries.unit(record.unit)
            shapes = [record.values[s.name] for s in of.fields if s.type == "geometry" and record.values[s.name]]
            for lon, lat in (point for shape in shapes for point in points(shape["coordinates"])):
                if home and home.is_commune and home.lon is not None and home.lat is not None:
                    east = (lon - float(home.lon)) * 111.32 * cos(radians(lat))
                    if hypot(east, (lat - float(home.lat)) * 110.57) > FARTHEST_KM:
                        far.append(f"{register} {record.unit} {lat}, {lon}")
    assert far == []


def points(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
    else:
        for part in coordinates:
            yield from points(part)


def test_checks_and_quality_rules_are_sql_that_the_samples_meet(pack: Applied) -> None:
    broken = []
    for register, of in pack.registers.items():
        table = queries.definition(register).table
        rules = [(c.name, c.must) for c in of.checks] + [(r.name, r.must) for r in of.quality if r.must]
        for name, must in rules:
            then = re.sub(r"(?i)\bcurrent_date\b", f"DATE '{SAMPLED_ON}'", must)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE NOT ({then})".replace("%", "%%"))
                if cursor.fetchone()[0]:
                    broken.append(f"{register}: {name}")
    assert broken == []


def test_no_sample_is_there_twice_but_the_project_that_is_proposed_again(pack: Applied) -> None:
    found = {}
    for register, of in pack.registers.items():
        if any(rule.alone for rule in of.quality):
            report = queries.quality(SYSTEM, register)
            alone = {rule.name for rule in of.quality if rule.alone}
            found |= {f"{register} {r.name}": r.faulty for r in report.rules if r.name in alone and r.faulty}
    expected = {"projects.projects not-invested-twice": 2} if pack.own.name == "projects" else {}
    assert found == expected


def on_day(value: Any, today: date | None = None) -> Any:
    """A value of a view's `where`, with the day that `today+30` says."""
    found = re.fullmatch(r"today([+-]\d+)?", value) if isinstance(value, str) else None
    return ((today or timezone.localdate()) + timedelta(days=int(found[1] or 0))).isoformat() if found else value


def asked(view: View, today: date | None = None) -> dict[str, Any]:
    """The conditions of a view, with the days that it means on `today`."""
    return {
        key: [on_day(v, today) for v in value] if isinstance(value, list) else on_day(value, today)
        for key, value in view.where.items()
    }


def test_views_ask_what_the_register_answers(pack: Applied) -> None:
    for register, of in pack.registers.items():
        for view in of.views:
            queries.find(SYSTEM, register, where=asked(view), search=view.search, order=view.order or "-id")
            assert not view.map or of.map, f"{register} {view.name}: there is no map"


def test_the_first_view_is_one_to_open_daily(pack: Applied) -> None:
    """It asks for something, by a name that fits a tab, and shows a sample on the day for which they are written."""
    wrong = []
    for register, of in pack.registers.items() if pack.own.name not in EARLIER else ():
        if not of.views:
            wrong.append(f"{register} has no view to open")
            continue
        view = of.views[0]
        if not (view.where or view.search):
            wrong.append(f"{register} {view.name} is the whole register")
        if len(view.label.vi) > LONGEST_TAB:
            wrong.append(f"{register} {view.name}: the name is too long for a tab")
        if not queries.find(SYSTEM, register, where=asked(view, SAMPLED_ON), search=view.search, limit=1).records:
            wrong.append(f"{register} {view.name} shows no sample")
    assert wrong == []


def test_each_register_is_whole(pack: Applied) -> None:
    """Its fields have a source, its records a key, a search, rules of quality, samples, and a place on the map where
    they have a shape."""
    lacking = []
    for register, of in pack.registers.items() if pack.own.name not in EARLIER else ():
        shapes = [spec.name for spec in of.fields if spec.type == "geometry"]
        drawn = [row for row in pack.rows[register] if of.map and row.get(of.map)]
        there = {
            "source": of.source,
            "owner": of.owner,
            "key": of.key,
            "search": of.search,
            "list": of.columns,
            "display": of.display,
            "quality": of.quality,
            "samples": pack.rows[register],
            "map": drawn or not shapes,
        }
        lacking += [f"{register}: {name}" for name, found in there.items() if not found]
    assert lacking == []


SENSITIVE = re.compile(
    r"(?i)bệnh|dị ứng|khuyết tật|phẫu thuật|tiền sử|nhóm máu|tiêm chủng|chẩn đoán|kỷ luật|tôn giáo|đảng"
)
"""Words of what the law on personal data calls sensitive."""


def test_personal_and_sensitive_fields_are_of_their_class(pack: Applied) -> None:
    """Who a person is, is never open or internal; what concerns their health or belief is sensitive."""
    wrong = []
    for register, of in pack.registers.items():
        of_people = any(spec.type in {"person", "national_id"} or spec.class_ == "personal" for spec in of.fields)
        for spec in of.fields:
            if spec.type in {"person", "national_id"} and spec.class_ not in {"personal", "sensitive"}:
                wrong.append(f"{register}.{spec.name} is {spec.class_}")
            told = spec.type in {"text", "choice", "table", "integer", "date"} and spec.label and of_people
            if told and SENSITIVE.search(spec.label.vi) and spec.class_ != "sensitive":
                wrong.append(f"{register}.{spec.name} is {spec.class_}, not sensitive")
    assert wrong == []


JOINED = """
education.pupils school education.schools
education.transcripts pupil education.pupils
education.transcripts school education.schools
transport.vehicles operator transport.operators
transport.operators enterprise business.enterprises
transport.drivers operator transport.operators
transport.routes operator transport.operators
transport.planned-roads road transport.roads
land.plots household population.households
population.members household population.households
population.households digital_address post.addresses
post.addresses postal_code post.postal-codes
business.zone-tenants enterprise business.enterprises
business.startups enterprise business.enterprises
environment.permits enterprise business.enterprises
environment.pipes to_works environment.drainage-works
environment.drainage-works receives environment.water-sources
agriculture.growing-areas raw_material_area agriculture.raw-material-areas
agriculture.raw-material-areas enterprise business.enterprises
commerce.ocop-products growing_area agriculture.growing-areas
health.health-records facility health.facilities
health.visits health_record health.health-records
health.visits referred_to health.facilities
projects.allocations project projects.projects
personnel.postings officer personnel.officers
personnel.evaluations officer personnel.officers
data-centre.tenants system data-centre.information-systems
legal.amendments document legal.documents
"""


def test_registers_are_joined_as_their_offices_work(everything: Everything) -> None:
    registers = {d.name: d.model for p in everything.loaded for d in p.definitions if d.kind.name == "register"}
    joined = {
        f"{name} {spec.name} {spec.settings().to}"
        for name, of in registers.items()
        for spec in of.fields
        if spec.type == "reference"
    }
    assert set(JOINED.strip().splitlines()) - joined == set()
    agencies = {name for name, of in registers.items() if any(spec.type == "agency" for spec in of.fields)}
    assert {"projects.projects", "personnel.officers", "data-centre.tenants", "legal.documents"} <= agencies


WRONG: dict[str, tuple[Any, ...]] = {
    "choice": ("no-such-code",),
    "date": ("32/13/2026", "ngày mai"),
    "datetime": ("25:61 1/1/2026",),
    "geometry": ({"type": "Point", "coordinates": [20.4, 106.3]}, {"type": "Point", "coordinates": [500, 20]}),
    "integer": ("một", 1.5),
    "decimal": ("một", "NaN"),
    "money": ("một", 1.5, -1),
    "tax_code": ("0100233489", "12"),
    "unit": ("99999",),
    "vehicle_plate": ("13A-123.45",),
    "land_plot": ("12-x",),
    "email": ("nobody",),
    "phone": ("12",),
    "national_id": ("097199000001", "1"),
    "boolean": ("maybe",),
    "address": ("nowhere",),
}


def refused(of: Shape, values: dict[str, Any]) -> Problem | None:
    """How a record is refused when it is entered as the API would; None where it goes in. Leaves nothing."""
    try:
        with transaction.atomic():
            services.create(SYSTEM, of.register, of.from_json(values), demo=True)
            transaction.set_rollback(True)
    except Problem as problem:
        return problem
    return None


def test_planted_faults_are_refused(pack: Applied) -> None:
    """Each rule of each field, broken by itself in a record that is right otherwise, is refused by its field's name."""
    passed = []
    for register in pack.registers:
        of = queries.definition(register)
        for record in pack.records(register)[:1]:
            good = of.to_json(record.values)
            for what, name, values in planted(of, good):
                problem = refused(of, values)
                if not isinstance(problem, Invalid) or not any(path.split(".")[0] == name for path in problem.errors):
                    passed.append(f"{register}.{name}: {what}: {problem!r}")
    assert passed == []


def planted(of: Shape, good: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    numbered = of.definition.numbering.field if of.definition.numbering else ""
    for name, item in of.fields.items():
        if not item.spec.optional and name != numbered:
            yield "left out", name, {k: v for k, v in good.items() if k != name}
        for wrong in WRONG.get(item.spec.type, ()):
            several = item.spec.type == "choice" and item.options.multiple
            yield f"{wrong!r}", name, good | {name: [wrong] if several else wrong}
        for bound, by in (("min", -1), ("max", 1)):
            limit = getattr(item.options, bound, None)
            if item.spec.type in {"integer", "decimal"} and limit is not None:
                yield f"beyond {bound}", name, good | {name: int(limit) + by}
            if item.spec.type == "text" and bound == "max":
                yield "too long", name, good | {name: "x" * (limit + 1)}
        if item.spec.type == "date" and item.options.past:
            yield "tomorrow", name, good | {name: on_day("today+1")}
    yield "no field", "no_such_field", good | {"no_such_field": 1}


def test_a_key_is_there_once(pack: Applied) -> None:
    """Another record with the key of one that is there is refused: nothing is entered twice."""
    for register, model in pack.registers.items():
        of = queries.definition(register)
        changeable = [f for f in of.stored if f.spec.type == "text" and f.name not in model.key]
        changeable = [f for f in changeable if not f.options.pattern]
        if model.key and changeable:
            for record in pack.records(register)[:1]:
                values = record.values | {changeable[0].name: "một bản ghi khác"}
                with pytest.raises(Conflict), transaction.atomic():
                    services.create(SYSTEM, register, values, unit=record.unit, demo=True)


def as_it_might_have_been(pack: packs.LoadedPack, gone: dict[str, str]) -> packs.LoadedPack:
    """An earlier version of a pack: the words of its registers differ, and of each an optional field that nothing else
    names is not there yet. `gone` is told that field by register, "" where there is none."""
    made = packs.LoadedPack(pack.folder, pack.manifest)
    written = {
        (d.model.result.register_, field)
        for d in pack.definitions
        if d.kind.name == "procedure"
        for field in d.model.result.values
    }
    for definition in pack.definitions:
        body = deepcopy(definition.body)
        if definition.kind.name == "register":
            body["name"]["vi"] += " (cũ)"
            text = json.dumps(body)
            once = [f["name"] for f in body["fields"] if f.get("optional") and named_once(f["name"], text)]
            once = [name for name in once if (definition.name, name) not in written]
            gone[definition.name] = once[-1] if once else ""
            body["fields"] = [f for f in body["fields"] if f["name"] != gone[definition.name]]
        elif definition.kind.name == "sample":
            for row in body["rows"]:
                row.pop(gone[definition.name], None)
        take(made, definition.kind, body, ROOT / definition.file)
    assert made.faults == []
    return made


def named_once(name: str, text: str) -> bool:
    return len(re.findall(rf"\b{name}\b", text)) == 1
