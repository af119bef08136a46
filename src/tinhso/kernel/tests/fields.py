"""A field of every type, with values that it may hold: what the tests of field types share."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from stdnum.vn import mst

from tinhso.kernel.fields import FieldSpec, demo_national_id, hooks
from tinhso.kernel.fields.hooks import LookUp
from tinhso.kernel.fields.identifiers import Plot
from tinhso.kernel.fields.places import Address, Geometry, GeometryOptions

UNITS = {"13141": "Xã Vũ Quý", "12454": "Phường Trần Lãm"}
SOMEBODY = UUID("01890000-0000-7000-8000-000000000001")


def spec(type: str, **keys: Any) -> FieldSpec:
    return FieldSpec.model_validate({"name": "f", "type": type, **keys})


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two communes and one thing of each other kind, in the place of the engines above."""
    by_name = {name: code for code, name in UNITS.items()}

    def address(text: str) -> tuple[str, str] | None:
        rest, _, last = text.rpartition(", ")
        return (by_name[last], rest) if last in by_name else None

    unit = LookUp(lambda code: UNITS.get(code, ""), lambda code: code in UNITS, by_name.get)
    thing = LookUp(
        lambda key: "Nguyễn Thị Mơ" if key == SOMEBODY else "",
        lambda key: key == SOMEBODY,
        lambda text: SOMEBODY if "Mơ" in text else None,
    )
    looked_up = {"unit": unit, "address": LookUp(str, bool, address)}
    for kind in ("unit", "address", "person", "agency", "record"):
        monkeypatch.setitem(hooks._look_ups, kind, looked_up.get(kind, thing))
    yield


# Letters as Vietnamese writes them and as attackers do; what a field refuses is tested apart.
letters = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40).map(
    partial(unicodedata.normalize, "NFC")
)
lines = st.lists(letters, min_size=1, max_size=4).map("\n".join)
lon, lat = st.floats(102, 110, width=32), st.floats(8, 24, width=32)
points = st.tuples(lon, lat).map(lambda at: {"type": "Point", "coordinates": list(at)})
boxes = st.tuples(lon, lat, st.floats(0.001, 0.5)).map(
    lambda b: {
        "type": "Polygon",
        "coordinates": [
            [[b[0], b[1]], [b[0] + b[2], b[1]], [b[0] + b[2], b[1] + b[2]], [b[0], b[1] + b[2]], [b[0], b[1]]]
        ],
    }
)


def canonical(shape: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda data: Geometry().read(data, GeometryOptions(shape=shape))


days = st.dates(date(1800, 1, 1), date(2199, 12, 31))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
files = st.builds(
    lambda digest, name, size: {"digest": digest, "name": name, "size": size, "media_type": "application/pdf"},
    digests,
    letters,
    st.integers(1, 10**9),
)
decimals = st.decimals(-(10**12), 10**12, places=3)
tax_codes = (
    st.integers(100_000_000, 999_999_999)
    .map(lambda nine: f"{nine}{mst.calc_check_digit(str(nine))}")
    .filter(mst.is_valid)
)

addresses = st.builds(Address, st.sampled_from(sorted(UNITS)), st.sampled_from(["thôn Đông", "số 5, đường Lý Bôn", ""]))
SOIL = [
    {"value": "alluvial", "label": {"vi": "Đất phù sa", "en": "Alluvial"}},
    {"value": "o'sand{}", "label": {"vi": "Đất cát", "en": "Sandy"}},
]
COLUMNS = [
    {"name": "tool", "type": "text", "max": 60, "label": {"vi": "Tên", "en": "Name"}},
    {"name": "bought", "type": "date", "optional": True},
    {"name": "weight", "type": "decimal", "places": 3, "optional": True},
    {"name": "works", "type": "boolean", "optional": True},
    {"name": "place", "type": "address", "optional": True},
    {"name": "soil", "type": "choice", "choices": SOIL, "optional": True},
]
rows = st.lists(
    st.fixed_dictionaries(
        {
            "tool": letters.map(lambda text: text[:20]),
            "bought": st.none() | days,
            "weight": st.none() | decimals,
            "works": st.none() | st.booleans(),
            "place": st.none() | addresses,
            "soil": st.none() | st.sampled_from(["alluvial", "o'sand{}"]),
        }
    ),
    min_size=1,
    max_size=4,
)


@dataclass(frozen=True)
class Sample:
    spec: FieldSpec
    values: st.SearchStrategy[Any]


SAMPLES = {
    "text": Sample(spec("text", max=60), letters),
    "text with lines": Sample(spec("text", max=400, lines=4), lines),
    "integer": Sample(spec("integer", min=-(10**9)), st.integers(-(10**9), 10**15)),
    "decimal": Sample(spec("decimal", places=3), decimals),
    "money": Sample(spec("money"), st.integers(0, 10**15)),
    "date": Sample(spec("date"), days),
    "datetime": Sample(spec("datetime"), moments),
    "boolean": Sample(spec("boolean"), st.booleans()),
    "choice": Sample(spec("choice", choices=SOIL), st.sampled_from(["alluvial", "o'sand{}"])),
    "choice of a list": Sample(spec("choice", of="ethnicity"), st.sampled_from(["kinh", "tay", "muong"])),
    "choices": Sample(
        spec("choice", choices=SOIL, multiple=True),
        st.lists(st.sampled_from(["alluvial", "o'sand{}"]), min_size=1, unique=True),
    ),
    "person": Sample(spec("person"), st.just(SOMEBODY)),
    "agency": Sample(spec("agency"), st.just(SOMEBODY)),
    "reference": Sample(spec("reference", to="demo.gardens"), st.just(SOMEBODY)),
    "unit": Sample(spec("unit"), st.sampled_from(sorted(UNITS))),
    "address": Sample(spec("address"), addresses),
    "phone": Sample(spec("phone"), st.integers(0, 10**8 - 1).map(lambda n: f"+849{n:08d}")),
    "landline": Sample(spec("phone"), st.integers(0, 10**7 - 1).map(lambda n: f"+84227{n:07d}")),
    "email": Sample(spec("email"), st.emails(domains=st.just("vidu.vn")).filter(lambda text: "\\" not in text)),
    "national_id": Sample(
        spec("national_id"),
        st.builds(
            demo_national_id,
            st.integers(0, 999_999),
            st.dates(date(1900, 1, 1), date(2099, 1, 1)),
            st.sampled_from(["male", "female"]),
        ),
    ),
    "tax_code": Sample(spec("tax_code"), tax_codes),
    "branch": Sample(spec("tax_code"), tax_codes.map("{}-001".format)),
    "land_plot": Sample(
        spec("land_plot"),
        st.builds(Plot, st.sampled_from(sorted(UNITS)), st.integers(1, 9_999), st.integers(1, 999_999)),
    ),
    "vehicle_plate": Sample(
        spec("vehicle_plate"),
        st.builds(
            "{}{}-{:05d}".format,
            st.sampled_from(["17", "89"]),
            st.sampled_from(["A", "B1", "AA", "LD", "MĐ1"]),
            st.integers(0, 99_999),
        ),
    ),
    "point": Sample(spec("geometry"), points.map(canonical("point"))),
    "polygon": Sample(spec("geometry", shape="polygon"), boxes.map(canonical("polygon"))),
    "file": Sample(spec("file", accept=["application/pdf"]), files),
    "files": Sample(spec("file", multiple=True), st.lists(files, min_size=1, max_size=3)),
    "table": Sample(spec("table", columns=COLUMNS), rows),
}
"""By a name that says which kind of the type; together they have every type."""
