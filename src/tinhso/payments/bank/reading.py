"""How the stand-in's app reads a QR code: as any bank's would, from the letters alone."""

from dataclasses import dataclass

from ..vietqr import GUID, crc16


@dataclass(frozen=True, slots=True)
class Asked:
    """The transfer that a code asks for. `amount` is 0 where the payer is to say it."""

    bank: str
    account: str
    amount: int
    content: str


def objects(text: str) -> dict[str, str]:
    """Values by tag. ValueError where the lengths do not fit."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, size = text[at : at + 2], text[at + 2 : at + 4]
        value = text[at + 4 : at + 4 + int(size)]
        if len(value) != int(size) or tag in found:
            raise ValueError(f"object {tag} does not fit")
        found[tag] = value
        at += 4 + int(size)
    return found


def read(text: str) -> Asked:
    """What a VietQR asks for. ValueError where it is none, or its checksum is wrong."""
    text = text.strip()
    if text[-8:-4] != "6304" or crc16(text[:-4]) != text[-4:].upper():
        raise ValueError("the checksum is wrong")
    top = objects(text)
    merchant = objects(top.get("38", ""))
    if merchant.get("00") != GUID:
        raise ValueError("no VietQR")
    to = objects(merchant.get("01", ""))
    more = objects(top.get("62", ""))
    return Asked(to["00"], to["01"], int(top.get("54", "0")), more.get("08", ""))
