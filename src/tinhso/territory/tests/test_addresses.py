"""Addresses as people write them."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.text import fold
from tinhso.territory import queries
from tinhso.territory.contracts import ResolvedAddress, UnitRef

from .conftest import NEW, OLD


def chain(unit: UnitRef) -> list[str]:
    """The names of a unit and those above it."""
    day = unit.since if unit.until is None else OLD
    return [unit.name, *(above.name for above in queries.ancestors(unit.code, day))]


def read(text: str, *args: object, **kwargs: object) -> ResolvedAddress:
    found = queries.resolve(text, *args, **kwargs)  # type: ignore[arg-type]
    assert found is not None, text
    return found


def test_every_unit_reads_as_itself_on_its_map(facts: None) -> None:
    for day in (OLD, NEW):
        for unit in queries.units(at=day):
            names = chain(unit)
            spellings = {", ".join(names[:2]), ", ".join(names), " ".join(names), ", ".join(reversed(names))}
            for text in spellings | {fold(text) for text in spellings}:
                found = read(text, day)
                assert found.unit == unit, text
                assert found.rest == "" and found.confidence > 0.8, (text, found)


def test_every_commune_reads_as_itself_from_bare_names(facts: None) -> None:
    for unit in queries.units(level=3, at=OLD):
        commune, district, province = chain(unit)
        bared = [name.split(" ", 2 if name.startswith(("Thị trấn", "Thành phố")) else 1)[-1] for name in chain(unit)]
        for text in (", ".join(bared), fold(", ".join(bared)), f"{bared[0]}, {district}", f"{commune}, {bared[1]}"):
            assert read(text, OLD).unit == unit, text
        assert province == "Tỉnh Thái Bình"


def test_every_old_address_leads_to_todays_unit(facts: None) -> None:
    for unit in queries.units(level=3, at=OLD):
        found = read(f"Xóm 3, {', '.join(chain(unit))}", today=NEW)
        assert (found.unit,) == queries.successors(unit.code, OLD)
        assert (found.written, found.rest) == (unit, "Xóm 3")


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("thôn Đông, xã Vũ Quý, Kiến Xương, Thái Bình", "13141", "thôn Đông"),
        ("thon Dong, xa Vu Quy, Kien Xuong, Thai Binh", "13141", "thon Dong"),
        ("THÔN ĐÔNG, XÃ VŨ QUÍ, HUYỆN KIẾN XƯƠNG, TỈNH THÁI BÌNH", "13141", "THÔN ĐÔNG"),
        ("Thon Dong xa Vu Quy huyen Kien Xuong tinh Thai Binh", "13141", "Thon Dong"),
        ("Thái Bình, Kiến Xương, Vũ Quí, thôn Đông", "13141", "thôn Đông"),
        ("thôn 3 Vũ Quý Kiến Xương Thái Bình, Việt Nam", "13141", "thôn 3"),
        ("Số 10 Trần Hưng Đạo, P. Bồ Xuyên, TP. Thái Bình", "12436", "Số 10 Trần Hưng Đạo"),
        ("số 10/4 ngõ 12, P.Bồ Xuyên, TP.Thái Bình", "12436", "số 10/4 ngõ 12"),
        ("TT. Vũ Thư, H. Vũ Thư, T. Thái Bình", "13192", ""),
        ("T.T.Vũ Thư, Vũ Thư", "13192", ""),
        ("tt Diêm Điền, huyện Thái Thuỵ", "12826", ""),
        ("Vũ Thư, Thái Bình", "344", ""),
        ("x. Đông Á, h. Đông Hưng", "12802", ""),
        ("Xóm 2 - Xã Đông Á - Huyện Đông Hưng", "12802", "Xóm 2"),
        ("Đường Quang Trung, xã Quang Trung, Hưng Hà", "12589", "Đường Quang Trung"),
        ("xa nguyen xa, dong hung, thai binh", "12730", ""),
        ("Nguyên Xá, Vũ Thư", "13261", ""),
        ("thôn Đông Xá, xã Vũ Quý", "13141", "thôn Đông Xá"),
        ("thon dong xa vu quy", "13141", "thon dong"),
        ("Phường Quang Trung, Thái Bình", "12445", ""),
        ("12 Lê Quý Đôn, TP Thái Bình", "336", "12 Lê Quý Đôn"),
        ("Thị trấn Quỳnh Côi", "12472", ""),
        ("Kiến Xương", "343", ""),
        ("xã Vũ Quý\nhuyện Kiến Xương\ntỉnh Thái Bình", "13141", ""),
        ("xã Vũ Quý, huyện Kiến Xương, tỉnh Hưng Yên", "13141", "tỉnh Hưng Yên"),
    ],
)
def test_old_addresses(facts: None, text: str, code: str, rest: str) -> None:
    found = read(text, OLD)
    assert (found.unit.code, found.rest) == (code, rest)
    assert found.confidence >= 0.8


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("Tổ 5, phường Trần Hưng Đạo, tỉnh Hưng Yên", "12452", "Tổ 5"),
        ("phường Thái Bình, Hưng Yên", "13225", ""),
        ("Thái Bình, Hưng Yên", "13225", ""),
        ("thôn Tân Tiến, xã Vũ Quý, Hưng Yên", "13141", "thôn Tân Tiến"),
        ("Tân Tiến, Vũ Quý, Hưng Yên", "13141", "Tân Tiến"),
        ("xã Thư Vũ, tỉnh Thái Bình", "13264", "tỉnh Thái Bình"),
        ("xã Như Quỳnh, huyện Văn Lâm, tỉnh Hưng Yên", "12004", "huyện Văn Lâm"),
        ("Đồng Châu, Tiền Hải", "13003", "Tiền Hải"),
        ("UBND xã Vũ Quý, tỉnh Hưng Yên", "13141", "UBND"),
    ],
)
def test_new_addresses(facts: None, text: str, code: str, rest: str) -> None:
    for found in (read(text, NEW), read(text)):
        assert (found.unit.code, found.unit.since, found.rest) == (code, NEW, rest)


def test_the_map_is_told_from_the_words(facts: None) -> None:
    assert read("xã Tân Bình, TP Thái Bình").unit.name == "Xã Tân Bình"
    assert read("phường Thái Bình, tỉnh Hưng Yên").unit.name == "Phường Thái Bình"
    assert read("Vũ Quý").unit.since == NEW
    assert read("xã Vũ Quý, tỉnh Thái Bình").unit.until == NEW
    assert read("thôn Đông, xã Vũ Quý, Kiến Xương, Thái Bình", today=NEW).unit == queries.unit("13141", NEW)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xã Vũ Quýy, Kiến Xương, Thái Bình", "13141"),
        ("xã Vũ Qúy, huyên Kiến Xươg, Thái Bình", "13141"),
        ("xã Nguyễn Xá, Vũ Thư", "13261"),
        ("VuQuy, Kien Xuong, Thai Binh", "13141"),
        ("xã Quỳnh Hoàgn, Quỳnh Phụ", "12493"),
        ("phường Bồ Xuyn, thành phố Thái Bình", "12436"),
        ("xã Thụy Trừơng, Thái Thụy", "12832"),
    ],
)
def test_typing_faults(facts: None, text: str, code: str) -> None:
    found = read(text, OLD)
    assert found.unit.code == code
    assert found.confidence < 1


def test_a_fault_that_leads_to_two_names_is_not_certain(facts: None) -> None:
    found = read("xã Quỳnh Hoàn, Quỳnh Phụ", OLD)
    assert {"Xã Quỳnh Hoa", "Xã Quỳnh Hoàng"} <= {found.unit.name, *(u.name for u in found.others)}
    assert found.confidence <= 0.5


def test_one_name_in_several_districts_is_not_certain(facts: None) -> None:
    for text in ("xã Minh Khai", "Minh Khai, tỉnh Thái Bình"):
        found = read(text, OLD)
        assert {found.unit.code, *(u.code for u in found.others)} == {"12658", "13228"}
        assert found.confidence <= 0.5
    assert read("Minh Khai, Vũ Thư", OLD).unit.code == "13228"
    assert read("Minh Khai, Hưng Hà", OLD).unit.code == "12658"
    assert len(read("Quang Trung, Thái Bình", OLD).others) == 2


def test_marks_tell_names_apart_that_fold_alike(facts: None) -> None:
    assert read("Vũ Tiến, Vũ Thư", OLD).confidence > read("Vũ Tiên, Vũ Thư", OLD).confidence
    assert read("xã Thái Thuỵ", NEW).confidence == read("xã Thái Thụy", NEW).confidence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ,, ;",
        "Việt Nam",
        "abc xyz",
        "xã Quang Trung, huyện Kiến Xương, tỉnh Nam Định",
        "phường Trần Hưng Đạo, quận Hoàn Kiếm, Hà Nội",
        "Quang Trung, Hà Nội",
        "12/4 ngõ 5",
        "xã Vũ Quý, " * 100,
    ],
)
def test_what_is_no_address_of_the_province_is_not_guessed(facts: None, text: str) -> None:
    assert queries.resolve(text) is None
    assert queries.resolve(text, OLD, NEW) is None


def test_an_unknown_commune_leaves_the_district_and_the_words(facts: None) -> None:
    found = read("thôn Đông, xã Blabla, Kiến Xương, Thái Bình", OLD)
    assert (found.unit.code, found.rest) == ("343", "thôn Đông, xã Blabla")
    assert found.confidence < 0.7


def test_a_district_carried_to_today_is_one_of_several(facts: None) -> None:
    found = read("TP Thái Bình", today=NEW)
    assert {found.unit, *found.others} == set(queries.successors("336", OLD))
    assert found.written and found.written.code == "336"
    assert found.confidence < 0.5


def test_decomposed_text_reads_the_same(facts: None) -> None:
    text = "thôn Đông, xã Vũ Quý, Kiến Xương, Thái Bình"
    assert read(unicodedata.normalize("NFD", text), OLD) == read(text, OLD)


WORDS = st.sampled_from(
    [
        *("xã", "huyện", "tỉnh", "thôn", "số", "12", "TP.", "t.t.", "Phương", "phuong", "cong", "Nguyên", "Xá"),
        *("Vũ", "Quý", "Kiến", "Xương", "Thái", "Bình", ",", "-", "/", "'", "\0", "İ", "ﬁ", "ß", "𝒳"),
    ]
)


@given(text=st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map(" ".join)))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_without_a_fault_and_the_rest_is_of_it(facts: None, text: str) -> None:
    found = queries.resolve(text, today=NEW)
    if found:
        normal = unicodedata.normalize("NFC", text)
        assert 0 <= found.confidence <= 1
        assert all(part in normal for part in found.rest.split(", "))
