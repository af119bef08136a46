"""The letters of a VietQR and its checksum, held against the standard's own examples and an independent reader."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyzbar.pyzbar import decode

from tinhso.payments.codes import LETTERS, PREFIX, codes_in, is_code, new_code
from tinhso.payments.queries import qr_png
from tinhso.payments.vietqr import crc16, payload
from tinhso.payments.words import in_words

NAPAS = {
    "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304": "F4E5",
    "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN6304": "4F52",
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang6304": "2E2E",
    "00020101021238600010A00000072701300006970403011697040311012345670208QRIBFTTC530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang6304": "A203",
}
"""The four examples of the standard (NAPAS, version 1.0 of 09/2021, 6.1.1 to 6.1.4): letters and checksum."""


def parsed(text: str) -> dict[str, str]:
    """Tag to value; written for the test, apart from the product."""
    found = {}
    while text:
        head = re.match(r"(\d\d)(\d\d)", text)
        assert head, text
        size = int(head[2])
        value, text = text[4 : 4 + size], text[4 + size :]
        assert len(value) == size, "an object is cut off"
        found[head[1]] = value
    return found


def crc_by_division(data: bytes) -> int:
    """The checksum by its definition: the remainder of the message's polynomial, bit by bit as one large number."""
    value = int.from_bytes(data, "big") << 16
    size = len(data) * 8 + 16
    value ^= 0xFFFF << (size - 16)  # the initial value
    for at in range(size - 1, 15, -1):
        if value >> at & 1:
            value ^= 0x11021 << (at - 16)
    return value


@pytest.mark.parametrize(("text", "checksum"), NAPAS.items())
def test_the_checksums_are_those_of_the_standard(text: str, checksum: str) -> None:
    assert crc16(text) == checksum == f"{crc_by_division(text.encode()):04X}"


def test_the_check_value_of_the_algorithm() -> None:
    """CRC-16/CCITT-FALSE of "123456789" is 29B1 (the catalogue of parametrised CRC algorithms)."""
    assert crc16("123456789") == "29B1"


def test_letter_for_letter_as_codes_that_banks_read_today() -> None:
    made = payload(bank="970422", account="7104520894624", amount=3_000, purpose="TT1BQG8F khanh")
    assert made == (
        "00020101021238570010A00000072701270006970422011371045208946240208QRIBFTTA5303704540430005802VN"
        "62180814TT1BQG8F khanh6304D4F6"
    )


accounts = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=19)


@given(accounts, st.integers(1, 10**12), st.text(LETTERS, min_size=1, max_size=25))
def test_what_is_written_is_read_again(account: str, amount: int, purpose: str) -> None:
    text = payload(bank="970405", account=account, amount=amount, purpose=purpose)
    assert f"{crc_by_division(text[:-4].encode()):04X}" == text[-4:]
    top = parsed(text)
    assert list(top) == ["00", "01", "38", "53", "54", "58", "62", "63"]
    assert (top["00"], top["01"], top["53"], top["58"]) == ("01", "12", "704", "VN")
    assert int(top["54"]) == amount
    merchant = parsed(top["38"])
    assert (merchant["00"], merchant["02"]) == ("A000000727", "QRIBFTTA")
    assert parsed(merchant["01"]) == {"00": "970405", "01": account}
    assert parsed(top["62"]) == {"08": purpose}


@pytest.mark.parametrize(
    "wrong",
    [
        {"bank": "97042"}, {"bank": "97042a"}, {"account": ""}, {"account": "1" * 20}, {"account": "12-3"},
        {"amount": 0}, {"amount": -1}, {"amount": 10**13}, {"purpose": ""}, {"purpose": "x" * 26}, {"purpose": "Phí"},
    ],
)  # fmt: skip
def test_what_cannot_stand_in_a_code_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"."):
        payload(**({"bank": "970405", "account": "1", "amount": 1, "purpose": "X"} | wrong))


def test_an_independent_decoder_reads_the_picture() -> None:
    text = payload(bank="999901", account="9990000003301", amount=16_000, purpose=new_code())
    with Image.open(io.BytesIO(qr_png(text))) as picture:
        (found,) = decode(picture)
    assert found.data.decode() == text
    assert found.type == "QRCODE"


@given(st.integers(0, 6), st.sampled_from(LETTERS))
def test_one_wrong_letter_makes_no_code(place: int, other: str) -> None:
    code = new_code()
    assert is_code(code)
    at = len(PREFIX) + place
    if other != code[at]:
        assert not is_code(code[:at] + other + code[at + 1 :])


@given(st.integers(2, 9), st.integers(2, 9))
def test_two_letters_exchanged_make_no_code(one: int, other: int) -> None:
    code = new_code()
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    if letters != list(code):
        assert not is_code("".join(letters))


def test_a_code_is_found_whatever_banks_make_of_the_words() -> None:
    code = new_code()
    for content in (
        code, code.lower(), f"MBVCB.123456.{code}.CT tu 001 toi 002", f"{code[:5]} {code[5:]}", f"QR{code}xyz",
        f"{code[:3]}-{code[3:]} nop phi", f"TS{code}",
    ):  # fmt: skip
        assert list(codes_in(content)) == [code], content
    assert list(codes_in("NGUYEN THI TSUNAMI chuyen tien")) == []


@pytest.mark.parametrize(
    ("vnd", "words"),
    [
        (0, "Không đồng"),
        (8_000, "Tám nghìn đồng"),
        (16_000, "Mười sáu nghìn đồng"),
        (21_015, "Hai mươi mốt nghìn không trăm mười lăm đồng"),
        (105_005, "Một trăm linh năm nghìn không trăm linh năm đồng"),
        (1_250_000, "Một triệu hai trăm năm mươi nghìn đồng"),
        (10_000_000, "Mười triệu đồng"),
        (2_000_001_000, "Hai tỷ không trăm linh một nghìn đồng"),
        (44_444, "Bốn mươi bốn nghìn bốn trăm bốn mươi bốn đồng"),
        (55_000, "Năm mươi lăm nghìn đồng"),
    ],
)
def test_sums_in_words(vnd: int, words: str) -> None:
    assert in_words(vnd) == words
