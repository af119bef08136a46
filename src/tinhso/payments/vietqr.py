"""VietQR: a transfer to a bank account as a QR code that every bank's app in Viet Nam reads.

EMV QRCPS Merchant-Presented Mode 1.1 with the merchant account of NAPAS ("Quy cách mã QR trong dịch vụ chuyển nhanh
NAPAS247 bằng mã VietQR", version 1.0, 09/2021): objects of two digits of tag, two of length and the value; the last is
the checksum over all before it and its own tag and length.
"""

import re

GUID = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
VND, VIETNAM = "704", "VN"
MOST = 99
PURPOSE_MOST = 25
"""Letters of object 62-08, purpose of transaction (EMV QRCPS table 4.6)."""


def tlv(tag: str, value: str) -> str:
    """One object. ValueError where the value is empty, longer than 99, or not of the printable letters of EMV."""
    if not 1 <= len(value) <= MOST or not re.fullmatch(r"[\x20-\x7e]+", value):
        raise ValueError(f"object {tag} has no room for {value!r}")
    return f"{tag}{len(value):02d}{value}"


def crc16(text: str) -> str:
    """CRC-16/CCITT-FALSE (ISO/IEC 13239: polynomial 1021, initial value FFFF, nothing reflected), four digits."""
    crc = 0xFFFF
    for byte in text.encode("ascii"):
        crc ^= byte << 8
        for _bit in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return f"{crc:04X}"


def payload(*, bank: str, account: str, amount: int, purpose: str) -> str:
    """The text of the QR code for one transfer of `amount` VND to `account` at the bank with this six-digit BIN.

    ValueError where BIN, account, amount or purpose could not stand in the code.
    """
    if not re.fullmatch(r"\d{6}", bank):
        raise ValueError(f"a BIN has six digits, not {bank!r}")
    if not re.fullmatch(r"[0-9A-Za-z]{1,19}", account):
        raise ValueError(f"{account!r} is no account number")
    if not 0 < amount < 10**13:
        raise ValueError(f"{amount} VND cannot be transferred at once")
    if len(purpose) > PURPOSE_MOST:
        raise ValueError(f"the purpose has {len(purpose)} letters, not at most {PURPOSE_MOST}")
    beneficiary = tlv("00", bank) + tlv("01", account)
    merchant = tlv("00", GUID) + tlv("01", beneficiary) + tlv("02", TO_ACCOUNT)
    text = (
        tlv("00", "01") + tlv("01", "12") + tlv("38", merchant) + tlv("53", VND) + tlv("54", str(amount))
        + tlv("58", VIETNAM) + tlv("62", tlv("08", purpose)) + "6304"
    )  # fmt: skip
    return text + crc16(text)
