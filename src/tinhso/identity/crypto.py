"""Personal fields at rest: envelope encryption, and keyed hashes to find what cannot be read.

Each row is encrypted with a data key of its own (AES-256-GCM); the data key stands in front of it, wrapped by a
master key. A sealed value is

    version (1) | master key id (4) | nonce (12) | wrapped data key (32 + 16) | nonce (12) | ciphertext + tag (16)

and both layers are bound to the row's place (`place`: table, column and id), so that a value copied to another row
does not open. A new master key therefore touches the wraps only (`rewrap`), never the fields.

`settings.FIELD_KEYS` holds the master keys, newest first. Search hashes are HMAC-SHA256 under a key derived from
the master key; `hashes` gives one for each master key, so that lookups find rows not yet rotated.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tinhso.kernel.text import fold

VERSION = b"\x01"
_HEAD = 1 + 4 + 12 + 48


class CannotOpen(Exception):
    """A sealed value whose key is gone, or whose bytes were changed or moved."""


@dataclass(frozen=True, slots=True)
class Master:
    """One master key: `id` is 4 bytes of its fingerprint, `wrap` encrypts data keys, `index` keys the hashes."""

    id: bytes
    wrap: AESGCM
    index: bytes


@lru_cache(maxsize=16)
def _master(secret: str) -> Master:
    raw = bytes.fromhex(secret)
    if len(raw) != 32:
        raise ValueError("a key of FIELD_KEYS has 64 hexadecimal digits")

    def derive(info: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tinhso " + info).derive(raw)

    return Master(hashlib.sha256(b"tinhso id" + raw).digest()[:4], AESGCM(derive(b"wrap")), derive(b"index"))


def masters() -> list[Master]:
    """The master keys, newest first."""
    return [_master(secret) for secret in settings.FIELD_KEYS]


def seal(value: Any, place: str) -> bytes:
    """Encrypt a JSON value under a fresh data key wrapped by the newest master key."""
    master, place_bytes = masters()[0], place.encode()
    random = os.urandom(32 + 12 + 12)
    key, wrap_nonce, nonce = random[:32], random[32:44], random[44:]
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    head = VERSION + master.id + wrap_nonce + master.wrap.encrypt(wrap_nonce, key, place_bytes)
    return head + nonce + AESGCM(key).encrypt(nonce, text, place_bytes)


def open_sealed(sealed: bytes | memoryview, place: str) -> Any:
    """The value that `seal` encrypted for this place. Raises CannotOpen."""
    raw, place_bytes = bytes(sealed), place.encode()
    try:
        key = _data_key(raw, place_bytes)
        return json.loads(AESGCM(key).decrypt(raw[_HEAD : _HEAD + 12], raw[_HEAD + 12 :], place_bytes))
    except InvalidTag as error:
        raise CannotOpen(place) from error


def rewrap(sealed: bytes | memoryview, place: str) -> bytes:
    """The same sealed value with its data key wrapped by the newest master key."""
    raw, place_bytes, master = bytes(sealed), place.encode(), masters()[0]
    try:
        key = _data_key(raw, place_bytes)
    except InvalidTag as error:
        raise CannotOpen(place) from error
    nonce = os.urandom(12)
    return VERSION + master.id + nonce + master.wrap.encrypt(nonce, key, place_bytes) + raw[_HEAD:]


def _data_key(raw: bytes, place: bytes) -> bytes:
    master = next((m for m in masters() if m.id == raw[1:5]), None)
    if raw[:1] != VERSION or master is None:
        raise CannotOpen(f"no key {raw[1:5].hex()} for {place.decode()}")
    return master.wrap.decrypt(raw[5:17], raw[17:_HEAD], place)


def key_id() -> bytes:
    """The id of the newest master key, as it stands in bytes 2–5 of what it sealed."""
    return masters()[0].id


def _hash(master: Master, kind: str, value: str) -> bytes:
    return hmac.digest(master.index, f"{kind}\0{value}".encode(), "sha256")[:16]


def index(kind: str, value: str) -> bytes | None:
    """The search hash (16 bytes) of a value under the newest key; None for an empty value."""
    return _hash(masters()[0], kind, value) if value else None


def hashes(kind: str, value: str) -> list[bytes]:
    """The search hashes of a value under every key, to look up by."""
    return [_hash(master, kind, value) for master in masters()] if value else []


def _tokens(master: Master, name: str) -> list[int]:
    words = dict.fromkeys(fold(name).split())
    return [int.from_bytes(_hash(master, "name", word)[:8], "big", signed=True) for word in words]


def name_index(name: str) -> list[int]:
    """One hash for each word of a name, folded: found with and without diacritics, word by word."""
    return _tokens(masters()[0], name)


def name_hashes(name: str) -> list[list[int]]:
    """The words' hashes under every key, to look up by."""
    return [_tokens(master, name) for master in masters()]
