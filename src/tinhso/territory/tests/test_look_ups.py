"""What the field types `unit` and `address` see."""

import pytest

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields import hooks
from tinhso.kernel.fields.base import field_type
from tinhso.territory import queries

from .conftest import NEW


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("13141", "13141"),
        (" 13141 ", "13141"),
        ("Xã Vũ Quý", "13141"),
        ("xa vu quy, hung yen", "13141"),
        ("Phường Bồ Xuyên", "13225"),
        ("Bồ Xuyên, TP Thái Bình", "13225"),
        ("thôn Đông, xã Vũ Quý", None),
        ("Minh Khai", None),
        ("343", None),
        ("xã Lạ", None),
        ("", None),
    ],
)
def test_typed_words_become_todays_unit(facts: None, text: str, code: str | None) -> None:
    look_up = hooks.look_up("unit")
    assert look_up and look_up.read(text) == code


def test_a_code_is_shown_in_words_also_when_it_has_ended(facts: None) -> None:
    look_up = hooks.look_up("unit")
    assert look_up
    assert look_up.display("13225") == "Phường Thái Bình, Tỉnh Hưng Yên"
    assert look_up.display("343") == "Huyện Kiến Xương, Tỉnh Thái Bình"
    assert look_up.display("00000") == ""
    assert look_up.exists("343") and look_up.exists("13225") and not look_up.exists("00000")


def test_what_a_form_shows_is_read_as_the_same_unit(facts: None) -> None:
    look_up = hooks.look_up("unit")
    assert look_up
    for unit in queries.units(level=2, at=NEW):
        assert look_up.read(look_up.display(unit.code)) == unit.code


def test_an_address_of_one_line_is_parted(facts: None) -> None:
    look_up = hooks.look_up("address")
    assert look_up
    old = "Số 5, ngõ 3, thôn Đông, xã Vũ Quí, huyện Kiến Xương, tỉnh Thái Bình"
    assert look_up.read(old) == ("13141", "Số 5, ngõ 3, thôn Đông")
    assert look_up.display(("13141", "Thôn Đông")) == "Thôn Đông, Xã Vũ Quý, Tỉnh Hưng Yên"
    assert look_up.read(look_up.display(("13141", "Thôn Đông"))) == ("13141", "Thôn Đông")
    assert look_up.read("Minh Khai") is None
    assert look_up.read("tỉnh Hưng Yên") is None


def test_the_field_type_reads_and_shows_a_unit(facts: None) -> None:
    kind = field_type("unit")
    options = kind.Options()
    assert kind.read("xã Vũ Quý", options) == "13141"
    assert kind.display("13141", options) == "Xã Vũ Quý, Tỉnh Hưng Yên"
    with pytest.raises(Invalid):
        kind.read("xã Không Có", options)
    with pytest.raises(Invalid):
        kind.check("99999", options)
