"""What notices seal: the data of a notice and the address of a reader."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BinaryField, F, Func, Value

from tinhso.identity.services import key_id, open_sealed, rewrap, seal

from .models import Address, Notice

BATCH = 200


def data_of(notice: Notice) -> dict[str, Any]:
    return open_sealed(notice.sealed, f"notice:{notice.pk}")


def seal_data(notice: Notice, data: Mapping[str, Any]) -> None:
    notice.sealed = seal(dict(data), f"notice:{notice.pk}")


def held(address: Address) -> dict[str, Any]:
    """{"value": …, "code": …} of an address."""
    return open_sealed(address.sealed, f"notice-address:{address.pk}")


def hold(address: Address, value: str, code: str = "") -> None:
    address.sealed = seal({"value": value, "code": code}, f"notice-address:{address.pk}")


def digest(reader: UUID, channel: str, value: str) -> bytes:
    """What tells that a reader has this address already, without saying which it is."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{reader}\0{channel}\0{value}".encode(), hashlib.sha256)


def rotate() -> int:
    """Rewrap some rows that do not stand under the newest key; returns how many (identity.services.rotates)."""
    done = 0
    with transaction.atomic():
        for model, place in ((Notice, "notice"), (Address, "notice-address")):
            key = Func(F("sealed"), Value(2), Value(4), function="substr", output_field=BinaryField())
            rows = model.objects.annotate(key=key).exclude(key=key_id())
            for row in rows.select_for_update(skip_locked=True)[:BATCH]:
                row.sealed = rewrap(row.sealed, f"{place}:{row.pk}")
                row.save(update_fields=["sealed"])
                done += 1
    return done
