"""What the field types `unit` and `address` see."""

import pytest

from tinhso.kernel.fields import hooks


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
