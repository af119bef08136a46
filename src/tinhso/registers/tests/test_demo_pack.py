"""The pack to copy loads, and a record with a value of every type comes back as it went in."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.identifiers import Plot
from tinhso.kernel.fields.places import Address
from tinhso.registers import queries, services
from tinhso.registers.contracts import NewRecord
from tinhso.registers.definitions import RegisterDefinition

from .conftest import SYSTEM, rows

DAY = date(2025, 9, 1)


@pytest.fixture
def demo(province):
    packs.apply(SYSTEM, packs.read([Path(settings.PACKS) / "demo"]))


@pytest.fixture
def values(demo):
    person = NewPerson("Trần Thị Hòa", "099199000001", date(1999, 3, 4), "female", demo=True)
    identity_services.register_people(SYSTEM, [person])
    return {
        "code": "V-01",
        "title": "Vườn rau Kỳ Bá",
        "commune": "13225",
        "opened_on": DAY,
        "beds": 12,
        "area": Decimal("350.5"),
        "budget": 12_500_000,
        "checked_at": datetime(2025, 10, 1, 2, 30, tzinfo=UTC),
        "irrigated": True,
        "soil": "alluvial",
        "crops": ["vegetable", "flower"],
        "keeper": person.id,
        "keeper_name": "Trần Thị Hòa",
        "keeper_id": "099199000001",
        "phone": "+84912345678",
        "email": "hoa@example.vn",
        "address": Address("13225", "Tổ 5"),
        "agency": identity.agency_of_unit("13225").id,
        "supplier_tax_code": "0100233488",
        "plot": Plot("13225", 12, 345),
        "truck": "17A-12345",
        "location": {"type": "Point", "coordinates": [106.336, 20.446]},
        "photo": {"digest": "a" * 64, "name": "vuon.jpg", "size": 1000, "media_type": "image/jpeg"},
        "parent_garden": None,
        "tools": [{"tool": "Cuốc", "count": 3}],
        "health_note": "đau lưng",
    }


def test_every_type_goes_into_its_column_and_comes_back(values):
    ref = services.create(SYSTEM, "demo.gardens", values)
    record = queries.get(SYSTEM, "demo.gardens", ref.id)
    assert record.values == values
    assert (record.unit, record.unit_on) == ("13225", record.valid_from)
    assert queries.history(SYSTEM, "demo.gardens", ref.id)[0].values == values
    assert rows("SELECT ST_X(location), beds FROM reg.demo_gardens") == [(106.336, 12)]
    near = queries.find(SYSTEM, "demo.gardens", where={"location": ("near", (106, 20, 107, 21))}).records
    assert [r.ref.id for r in near] == [ref.id]
    child = services.create(SYSTEM, "demo.gardens", values | {"code": "V-02", "parent_garden": ref.id})
    definition = queries.definition("demo.gardens")
    assert definition.fields["parent_garden"].kind.display(ref.id, None) == "V-01 – Vườn rau Kỳ Bá"
    services.restore(SYSTEM, "demo.gardens", child.id, to_revision=1, revision=1, why="thử")
    of = queries.definition("demo.gardens")
    assert of.from_json(of.to_json(values)) == {k: v for k, v in values.items() if v is not None}
    assert b"POINT(106.336 20.446)" in b"".join(services.export(SYSTEM, "demo.gardens", "csv").parts)


def test_the_same_by_copy(values):
    assert services.create_many(SYSTEM, "demo.gardens", [NewRecord(values, DAY, demo=True)]) == 1
    [record] = queries.find(SYSTEM, "demo.gardens").records
    assert queries.get(SYSTEM, "demo.gardens", record.ref.id).values == values


def test_a_record_that_is_not_there_cannot_be_referred_to(values):
    missing = NewPerson("x").id
    with pytest.raises(Invalid) as caught:
        services.create(SYSTEM, "demo.gardens", values | {"parent_garden": missing})
    assert set(caught.value.errors) == {"parent_garden"}
    with pytest.raises(Invalid) as caught:  # loaded unchecked, refused by the foreign key
        services.create_many(SYSTEM, "demo.gardens", [NewRecord(values | {"parent_garden": missing}, DAY)])
    assert set(caught.value.errors) == {"parent_garden"}


def test_harvests_number_themselves_and_refer_to_their_garden(values):
    garden = services.create(SYSTEM, "demo.gardens", values)
    harvest = {"garden": garden.id, "picked_on": DAY, "kilograms": Decimal("10.5")}
    for n in (1, 2):
        ref = services.create(SYSTEM, "demo.harvests", harvest | {"kilograms": Decimal(n)}, unit="13225")
        assert queries.get(SYSTEM, "demo.harvests", ref.id).values["number"] == f"{n}/2025"
    services.create(SYSTEM, "demo.harvests", harvest | {"number": "9/2025"}, unit="13225")
    ref = services.create(SYSTEM, "demo.harvests", harvest, unit="13225")
    assert queries.get(SYSTEM, "demo.harvests", ref.id).values["number"] == "10/2025"


def test_registers_may_refer_to_each_other_in_either_order(db, apply):
    def text(name, other):
        return (
            f"register: {name}\nname: {{vi: A, en: A}}\nfields:\n  - {{name: code, type: text}}\n"
            f"  - {{name: other, type: reference, to: yard.{other}, optional: true}}\n"
        )

    apply(ants=text("ants", "bees"), bees=text("bees", "ants"))
    found = rows(
        "SELECT conrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid::regclass::text LIKE 'reg.yard%%'"
    )
    assert sorted(row[0] for row in found) == ["reg.yard_ants", "reg.yard_bees"]
    with pytest.raises(Invalid, match="there is no register"):
        apply(ants=text("ants", "cats"))


@pytest.mark.parametrize("file", sorted(Path(settings.PACKS).glob("*/registers/*.yaml")), ids=lambda f: f.stem)
def test_every_pack_s_registers_hang_together(file):
    from ruamel.yaml import YAML

    found = RegisterDefinition.model_validate(YAML(typ="safe").load(file.read_text()))
    assert re.fullmatch(r"[a-z_-]+", found.key_name)
    assert all(spec.label for spec in found.fields), "each field has words in both languages"
