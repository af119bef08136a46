"""How settings name the providers of payments. Reads no other settings: settings read it."""

import base64
from collections.abc import Callable
from typing import Any

BANK, WALLET = "stand-in-bank", "stand-in-telecom"
"""The providers of the demonstration, both played by one process."""


def webhook_key(secret: str) -> str:
    """A shared secret of 256 bits in hex as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(bytes.fromhex(secret)).decode()


def stand_ins(url: str, key: str) -> dict[str, dict[str, Any]]:
    """The bank and the operator of the demonstration at `url`."""
    return {
        BANK: {"method": "bank", "url": f"{url}/api", "page": f"{url}/chuyen-tien", "keys": [key]},
        WALLET: {"method": "telecom", "url": f"{url}/api", "page": f"{url}/vi", "keys": [key]},
    }


def from_environment(name: str, needed: Callable[[str], str]) -> dict[str, Any]:
    """A provider as TINHSO_PAYMENT_<NAME>_METHOD, _URL, _PAGE and _KEYS say; several keys while one is rotated."""
    prefix = f"TINHSO_PAYMENT_{name.upper().replace('-', '_')}_"
    return {
        "method": needed(f"{prefix}METHOD"),
        "url": needed(f"{prefix}URL"),
        "page": needed(f"{prefix}PAGE"),
        "keys": needed(f"{prefix}KEYS").split(),
    }
