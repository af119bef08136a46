"""Every operator of every type of field finds what reading all records one by one finds."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from shapely.geometry import box, shape

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import NewPerson
from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.base import field_types
from tinhso.kernel.fields.dates import HANOI
from tinhso.kernel.fields.identifiers import Plot
from tinhso.kernel.fields.places import Address
from tinhso.kernel.text import fold
from tinhso.registers import queries, services
from tinhso.registers.filters import OPERATORS, operators_of

from .conftest import SYSTEM

THINGS = """\
register: things
name: {vi: Sổ đủ mục, en: Things}
fields:
  - {name: code, type: text, max: 20}
  - {name: text, type: text, max: 100, optional: true}
  - {name: integer, type: integer, optional: true}
  - {name: decimal, type: decimal, places: 2, optional: true}
  - {name: money, type: money, optional: true}
  - {name: date, type: date, optional: true}
  - {name: datetime, type: datetime, optional: true}
  - {name: boolean, type: boolean, optional: true}
  - {name: choice, type: choice, choices: [{value: red, label: {vi: Đỏ, en: Red}}, {value: blue, label: {vi: Xanh, en: Blue}}, {value: gold, label: {vi: Vàng, en: Gold}}], optional: true}
  - {name: several, type: choice, multiple: true, choices: [{value: red, label: {vi: Đỏ, en: Red}}, {value: blue, label: {vi: Xanh, en: Blue}}, {value: gold, label: {vi: Vàng, en: Gold}}], optional: true}
  - {name: person, type: person, optional: true}
  - {name: agency, type: agency, optional: true}
  - {name: unit_field, type: unit, optional: true}
  - {name: reference, type: reference, to: yard.things, optional: true}
  - {name: phone, type: phone, optional: true}
  - {name: email, type: email, optional: true}
  - {name: national_id, type: national_id, optional: true}
  - {name: tax_code, type: tax_code, optional: true}
  - {name: land_plot, type: land_plot, optional: true}
  - {name: vehicle_plate, type: vehicle_plate, optional: true}
  - {name: address, type: address, optional: true}
  - {name: geometry, type: geometry, shape: any, optional: true}
  - {name: file, type: file, optional: true}
  - {name: files, type: file, multiple: true, optional: true}
  - {name: table, type: table, columns: [{name: tool, type: text, max: 60}, {name: count, type: integer}], optional: true}
key: [code]
search: {code: exact}
display: "{code}"
"""  # noqa: E501
TODAY = date(2026, 3, 10)
POINT = {"type": "Point", "coordinates": [106.336, 20.446]}
FAR = {"type": "Point", "coordinates": [106.4, 20.5]}
AREA = {"type": "Polygon", "coordinates": [[[106.3, 20.4], [106.5, 20.4], [106.3, 20.6], [106.3, 20.4]]]}


def _file(name: str) -> dict[str, Any]:
    return {"digest": "a" * 64, "name": name, "size": 10, "media_type": "application/pdf"}


@pytest.fixture
def things(province, apply, monkeypatch) -> Iterator[dict[str, dict[str, Any]]]:
    """Values by code: three full records and one that is empty but for its code."""
    monkeypatch.setattr(timezone, "localdate", lambda *_a, **_k: TODAY)
    apply(things=THINGS)
    people = [NewPerson(f"Trần Thị {n}", f"09919900000{n}", date(1999, 3, 4), "female", demo=True) for n in (1, 2)]
    identity_services.register_people(SYSTEM, people)
    agencies = [identity.agency_of_unit(code).id for code in ("13225", "12466")]
    first = {
        "code": "A", "text": "Vườn rau 50%_Kỳ Bá", "integer": 5, "decimal": Decimal("1.50"), "money": 1_500_000,
        "date": TODAY, "datetime": datetime(2026, 3, 9, 17, 30, tzinfo=UTC),  # 00:30 of the 10th in Viet Nam
        "boolean": True, "choice": "red", "several": ["red", "blue"], "person": people[0].id, "agency": agencies[0],
        "unit_field": "13225", "phone": "+84912345678", "email": "hoa@example.vn", "national_id": "099199000001",
        "tax_code": "0100233488", "land_plot": Plot("13225", 12, 345), "vehicle_plate": "17A-12345",
        "address": Address("13225", "Tổ 5 đường Lý Bôn"), "geometry": POINT, "file": _file("Biên bản.pdf"),
        "files": [_file("Ảnh 1.pdf"), _file("bản đồ.pdf")], "table": [{"tool": 'Cuốc "to"', "count": 3}],
    }  # fmt: skip
    second = {
        "code": "B", "text": "Ao cá", "integer": -9, "decimal": Decimal("20"), "money": 0,
        "date": TODAY - timedelta(days=7), "datetime": datetime(2026, 3, 10, 17, 0, tzinfo=UTC),  # 00:00 of the 11th
        "boolean": False, "choice": "blue", "several": ["blue"], "person": people[1].id, "agency": agencies[1],
        "unit_field": "12466", "phone": "+84987091234", "email": "duc@example.vn", "national_id": "099199000002",
        "tax_code": "0100233488-001", "land_plot": Plot("12466", 1, 5), "vehicle_plate": "17B1-6789",
        "address": Address("12466", "Thôn Đông"), "geometry": FAR, "file": _file("đơn.pdf"),
        "files": [_file("đơn.pdf")], "table": [{"tool": "Xẻng", "count": 12}, {"tool": "Liềm", "count": 1}],
    }  # fmt: skip
    third = first | {
        "code": "C", "integer": 40, "decimal": Decimal("1.5"), "date": TODAY + timedelta(days=30), "several": ["gold"],
        "datetime": datetime(2026, 3, 1, 1, 0, tzinfo=UTC), "text": "vườn Hoa", "choice": "gold", "geometry": AREA,
    }  # fmt: skip
    empty: dict[str, Any] = {"code": "D"}
    made = {}
    mother: UUID | None = None
    for values in (first, second, third, empty):
        if mother and values is not empty:
            values["reference"] = mother
        mother = services.create(SYSTEM, "yard.things", values, unit="13225").id
        made[values["code"]] = values
    yield made


def day_of(value: datetime) -> date:
    return value.astimezone(HANOI).date()


def words_in(value: Any) -> list[str]:
    """What a text is looked for in, of whatever value."""
    match value:
        case Address():
            return [value.line]
        case {"name": name}:
            return [name]
        case list() if value and "digest" in value[0]:
            return [one["name"] for one in value]
        case list():
            return [str(cell) for row in value for cell in row.values()]
        case _:
            return [str(value)]


def _relation(operator: str, asked: Any) -> Callable[[Any], bool]:
    """The same question to a Python value that is there."""
    match operator:
        case "eq":
            return lambda v: v == asked
        case "lt":
            return lambda v: v < asked
        case "le":
            return lambda v: v <= asked
        case "gt":
            return lambda v: v > asked
        case "ge":
            return lambda v: v >= asked
        case "in":
            return lambda v: v in asked
        case "between":
            return lambda v: asked[0] <= v <= asked[1]
        case "prefix":
            return lambda v: any(fold(words).startswith(fold(asked)) for words in words_in(v))
        case _:
            return lambda v: any(fold(asked) in fold(words) for words in words_in(v))


def brute(things: dict[str, dict[str, Any]], name: str, operator: str, asked: Any) -> set[str]:
    found = set()
    for code, values in things.items():
        value = values.get(name)
        if operator == "empty":
            holds = (value is None) == asked
        elif operator == "ne":
            holds = value is None or value != asked
        else:
            holds = value is not None and _relation(operator, asked)(value)
        if holds:
            found.add(code)
    return found


def found(**where: Any) -> set[str]:
    return {record.values["code"] for record in queries.find(SYSTEM, "yard.things", where=where).records}


# What is asked as an address has it, and the same as Python's value for the brute evaluation.
ORDERED: dict[str, tuple[str, Any, str, Any]] = {
    "integer": ("5", 5, "40", 40),
    "decimal": ("1,5", Decimal("1.5"), "20", Decimal(20)),
    "money": ("0", 0, "1500000", 1_500_000),
    "date": ("10/3/2026", TODAY, "2026-04-09", TODAY + timedelta(days=30)),
    "datetime": ("2026-03-09T17:30:00+00:00", datetime(2026, 3, 9, 17, 30, tzinfo=UTC), "0:00 11/3/2026",
                 datetime(2026, 3, 10, 17, tzinfo=UTC)),
}  # fmt: skip
NAMED: dict[str, tuple[str, Any, str, Any]] = {
    "boolean": ("true", True, "không", False),
    "choice": ("red", "red", "Xanh", "blue"),
    "unit_field": ("13225", "13225", "12466", "12466"),
    "phone": ("0912 345 678", "+84912345678", "+84987091234", "+84987091234"),
    "email": ("hoa@example.vn", "hoa@example.vn", "duc@example.vn", "duc@example.vn"),
    "national_id": ("099199000001", "099199000001", "099199000002", "099199000002"),
    "tax_code": ("0100233488", "0100233488", "0100233488-001", "0100233488-001"),
    "land_plot": ("13225-12-345", Plot("13225", 12, 345), "12466-1-5", Plot("12466", 1, 5)),
    "vehicle_plate": ("17A-123.45", "17A-12345", "17B1 6789", "17B1-6789"),
    "text": ("Ao cá", "Ao cá", "vườn Hoa", "vườn Hoa"),
}
WRITTEN = {
    "text": [("vuon", "vuon"), ("50%_k", "50%_k"), ("HOA", "hoa")],
    "email": [("hoa@", "hoa@"), ("EXAMPLE", "example")],
    "national_id": [("0991 99", "09919900000"), ("0002", "0002")],
    "tax_code": [("0100233488-", "0100233488-")],
    "land_plot": [("13225-", "13225-"), ("-5", "-5")],
    "vehicle_plate": [("17a-123.4", "17a-1234"), ("678", "678")],
    "address": [("ly bon", "ly bon"), ("thôn", "thôn")],
    "file": [("bien ban", "bien ban"), ("don", "đơn")],
    "files": [("ban do", "ban do")],
    "table": [('cuoc "t', 'cuốc "t'), ("12", "12"), ("liem", "liem")],
}


@pytest.mark.parametrize("name", ORDERED)
def test_what_has_an_order_is_compared(things, name):
    one, one_value, two, two_value = ORDERED[name]
    for operator in ("eq", "ne", "lt", "le", "gt", "ge"):
        for typed, value in ((one, one_value), (two, two_value), (one_value, one_value)):
            assert found(**{f"{name}__{operator}": typed}) == brute(things, name, operator, value), (operator, typed)
    if name != "decimal":  # a comma parts the ends
        low, high = sorted([(one_value, one), (two_value, two)], key=lambda pair: pair[0])
        assert found(**{f"{name}__between": f"{low[1]},{high[1]}"}) == brute(things, name, "between", (low[0], high[0]))
        assert found(**{f"{name}__in": f"{one},{two}"}) == brute(things, name, "in", [one_value, two_value])
    assert found(**{f"{name}__between": ["", two_value]}) == brute(things, name, "le", two_value)
    assert found(**{f"{name}__ge": one, f"{name}__le": two}) == brute(things, name, "ge", one_value) & brute(
        things, name, "le", two_value
    )


@pytest.mark.parametrize("name", [*NAMED, "person", "agency", "reference"])
def test_what_has_a_name_is_the_same_or_another(things, name):
    if name in NAMED:
        one, one_value, two, two_value = NAMED[name]
    else:
        one_value, two_value = things["A"].get(name) or things["C"][name], things["B"][name]
        one, two = str(one_value), str(two_value)
    for operator in ("eq", "ne"):
        for typed, value in ((one, one_value), (two, two_value), (one_value, one_value)):
            assert found(**{f"{name}__{operator}": typed}) == brute(things, name, operator, value), (operator, typed)
    assert found(**{f"{name}__in": f"{one},{two}"}) == brute(things, name, "in", [one_value, two_value])
    assert found(**{f"{name}__in": []}) == set()


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_found_by_a_part_of_it(things, name):
    kind = queries.definition("yard.things").fields[name]
    for typed, plain in WRITTEN[name]:
        for operator in {"prefix", "contains"} & set(operators_of(kind)):
            wanted = brute(things, name, operator, plain.removesuffix("00000") if name == "national_id" else plain)
            assert found(**{f"{name}__{operator}": typed}) == wanted, (operator, typed)


def test_a_telephone_number_is_found_as_people_say_it(things):
    assert found(phone__prefix="0912") == found(phone__contains="0912 345") == {"A", "C"}
    assert found(phone__contains="091234") == {"A", "B", "C"}  # begins with it, or has it in the middle: 0987 091 234
    assert found(phone__contains="7091") == {"B"}


@pytest.mark.parametrize("wanted", [True, False])
def test_every_type_knows_what_is_empty(things, wanted):
    for name in queries.definition("yard.things").fields:
        assert found(**{f"{name}__empty": wanted}) == brute(things, name, "empty", wanted), name
        assert found(**{f"{name}__empty": str(wanted).lower()}) == brute(things, name, "empty", wanted), name


def test_a_list_without_members_is_empty(things):
    services.create(SYSTEM, "yard.things", {"code": "E", "table": [], "several": []}, unit="13225")
    for name in ("table", "several"):
        assert found(**{f"{name}__empty": True}) == {"D", "E"}
        assert found(**{f"{name}__empty": False}) == {"A", "B", "C"}


def test_a_choice_of_several_has_all_any_or_the_very_same_answers(things):
    assert found(several__contains="blue") == {"A", "B"}
    assert found(several__contains=["blue", "red"]) == {"A"}
    assert found(several__in="red,gold") == {"A", "C"}
    assert found(several="blue,red") == found(several=["red", "blue"]) == {"A"}
    assert found(several__ne="blue") == {"A", "C", "D"}


def test_an_address_is_compared_by_its_commune(things):
    assert found(address="13225") == {"A", "C"}
    assert found(address__in="13225,12466") == {"A", "B", "C"}
    assert found(address__ne=Address("12466", "đâu đó")) == {"A", "C", "D"}


@pytest.mark.parametrize(
    "frame", [(106.3, 20.4, 106.35, 20.45), (106.39, 20.49, 106.41, 20.51), (106.45, 20.5, 106.5, 20.6), (0, 0, 1, 1)]
)
def test_a_shape_that_meets_a_frame_is_near(things, frame):
    wanted = {c for c, v in things.items() if v.get("geometry") and shape(v["geometry"]).intersects(box(*frame))}
    assert found(geometry__near=frame) == found(geometry__near=",".join(map(str, frame))) == wanted


def test_a_circle_finds_what_lies_within_its_metres(things):
    assert found(geometry__near="106.336,20.4469,100") == {"A", "C"}  # 100 m north of the point, inside the area
    assert found(geometry__near="106.4,20.501,50") == set()
    assert found(geometry__near="106.4,20.501,120") == {"B", "C"}  # 111 m; the area's edge passes through the point
    assert found(geometry__near="106.4,20.6,100000") == {"A", "B", "C"}


def test_days_are_said_from_today_on(things):
    assert found(date="today") == {"A"}
    assert found(date__le="today") == {"A", "B"}
    assert found(date__between="today-7,today") == {"A", "B"}
    assert found(date__in="today+30,today-7") == {"B", "C"}
    assert found(date__gt="today", date__le="today+30") == {"C"}
    assert found(valid_from__le="today+1") == {"A", "B", "C", "D"}
    assert found(created_at__lt="today-7000") == set()


@pytest.mark.parametrize("operator", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_a_moment_is_compared_with_a_whole_day_of_viet_nam(things, operator):
    by_day = {c: {"day": day_of(v["datetime"]) if "datetime" in v else None} for c, v in things.items()}
    wanted = brute(by_day, "day", operator, TODAY)
    for typed in ("2026-03-10", "10/03/2026", "today", TODAY):
        assert found(**{f"datetime__{operator}": typed}) == wanted, typed


def test_every_type_and_operator_is_tried_here(things):
    of = queries.definition("yard.things")
    assert {field.spec.type for field in of.fields.values()} == set(field_types())
    tried = {"eq", "ne", "lt", "le", "gt", "ge", "in", "between", "empty", "prefix", "contains", "near"}
    assert tried == set(OPERATORS) == {one for field in of.fields.values() for one in operators_of(field)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("integer__ge", "nhiều"), ("integer__prefix", "1"), ("integer", ""), ("integer__between", "1"),
        ("date", "32/1/2026"), ("date", "today+x"), ("date", 7), ("date__le", ""), ("datetime", "sáng nay"),
        ("datetime", "9999-12-31"), ("boolean", "có lẽ"), ("boolean__empty", "có lẽ"), ("choice", "tím"),
        ("several__contains", ""), ("person", "x"), ("reference", "x"), ("unit_field", "Xã Không Có"),
        ("address", "Xã Không Có"), ("geometry__near", "1,2"), ("geometry__near", "3,2,1,0"),
        ("geometry__near", "200,0,10"), ("geometry", "20, 106"), ("file", "x"), ("table__ge", "1"), ("nothing", "1"),
        ("text__roughly", "x"), ("text__contains", " "), ("text", "a\0"), ("id", "x"), ("place__ne", "13225"),
        ("created_at", "hôm kia"), ("demo", "có lẽ"),
    ],
)  # fmt: skip
def test_a_condition_that_makes_no_sense_is_refused_in_words_beside_its_key(things, key, value):
    with pytest.raises(Invalid) as refused:
        found(**{key: value})
    [(where, messages)] = refused.value.errors.items()
    assert where == key and all(len(str(message)) > 5 for message in messages)
