"""Invented records of a pack: faults are named by row and field, and the demonstration gets each once."""

from pathlib import Path

import pytest
from django.conf import settings

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.errors import Invalid
from tinhso.registers import queries, services

from .conftest import SYSTEM, rows, write

BEDS = """\
register: beds
name: {vi: Luống, en: Beds}
fields:
  - {name: code, type: text, max: 5}
  - {name: soil, type: choice, of: yard-soil}
  - {name: width, type: decimal, places: 1, min: 0, optional: true}
  - {name: beside, type: reference, to: yard.beds, optional: true}
  - {name: keeper, type: person, class: personal, optional: true}
  - {name: agency, type: agency, optional: true}
key: [code]
"""
SOIL = """\
list: yard-soil
name: {vi: Đất, en: Soil}
source: {vi: Để thử, en: For tests}
codes: [{value: sand, label: {vi: Cát, en: Sand}}]
"""


@pytest.fixture
def pack(tmp_path: Path, db: None):
    folder = write(tmp_path, {"beds": BEDS})
    for part in ("lists", "samples"):
        (folder / part).mkdir()
    (folder / "lists" / "yard-soil.yaml").write_text(SOIL)

    def with_rows(*lines: str):
        text = "samples: beds\nrows:\n" + "".join(f"  - {line}\n" for line in lines)
        (folder / "samples" / "beds.yaml").write_text(text)
        return packs.read([folder])

    return with_rows


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("{code: A1, soil: mud}", "2.soil"),
        ("{code: A1, soil: sand, width: -1}", "2.width"),
        ("{code: A1}", "2.soil"),
        ("{code: A1, soil: sand, colour: red}", "2.colour"),
        ("{code: A1, soil: sand, beside: Z9}", "2.beside: no sample of yard.beds has the key Z9"),
        ("{code: A1, soil: sand, keeper: '034199000001'}", "2.keeper: names a person who may exist"),
        ("{code: B1, soil: sand}", "2: the key B1 is there twice"),
    ],
)
def test_a_fault_is_named_by_row_and_field(pack, row, fault):
    [found] = packs.check(pack("{code: B1, soil: sand}", "{code: B2, soil: sand, beside: B1}", row))
    assert str(found).startswith(f"yard/samples/beds.yaml:5: rows.{fault}")


def test_samples_of_a_register_that_is_not_there(pack, tmp_path):
    loaded = pack("{code: B1, soil: sand}")
    (tmp_path / "yard" / "registers" / "beds.yaml").unlink()
    assert "there is no register 'yard.beds'" in str(packs.check(packs.read([loaded[0].folder]))[0])


def test_a_list_or_role_that_is_not_there_is_a_fault_of_the_register(pack, tmp_path):
    loaded = pack("{code: B1, soil: sand}")
    (tmp_path / "yard" / "lists" / "yard-soil.yaml").unlink()
    file = tmp_path / "yard" / "registers" / "beds.yaml"
    file.write_text(BEDS + "owner: {role: gardener}\n")
    found = [str(fault) for fault in packs.check(packs.read([loaded[0].folder]))]
    assert any("there is no list 'yard-soil'" in fault for fault in found)
    assert any("'gardener' is no role" in fault for fault in found)


def test_each_register_gets_its_samples_once(pack, province):
    person = NewPerson("Trần Thị Mẫu", "099199000001", demo=True)
    identity.register_people(SYSTEM, [person])
    first = "{code: B1, soil: sand, keeper: '099199000001', agency: H31.7}"
    packs.apply(SYSTEM, pack(first, "{code: B2, soil: sand, beside: B1, keeper: '099199000009'}"))
    assert services.load_samples(SYSTEM, why="thử") == 2
    assert services.load_samples(SYSTEM, why="thử") == 0
    one, two = sorted(queries.find(SYSTEM, "yard.beds").records, key=lambda record: record.values["code"])
    assert (one.values["keeper"], one.demo, one.values["agency"] is None) == (person.id, True, False)
    assert (two.values["keeper"], two.values["beside"]) == (None, one.ref.id)


def test_an_agency_that_is_not_there_is_named(pack, province):
    packs.apply(SYSTEM, pack("{code: B1, soil: sand, agency: X99}"))
    with pytest.raises(Invalid) as caught:
        services.load_samples(SYSTEM, why="thử")
    assert caught.value.errors == {"agency": ["there is no agency X99"]}
    assert rows("SELECT count(*) FROM reg.yard_beds") == [(0,)]


def test_samples_refer_to_each_other(province):
    packs.apply(SYSTEM, packs.read([Path(settings.PACKS) / "demo"]))
    assert services.load_samples(SYSTEM, why="thử") == 6
    assert {r.values["garden"] for r in queries.find(SYSTEM, "demo.harvests").records} <= {
        r.ref.id for r in queries.find(SYSTEM, "demo.gardens").records
    }
