"""Encryption at rest for the engines above: what they seal here is rotated together with the population."""

from collections.abc import Callable

from ..crypto import CannotOpen, key_id, open_sealed, rewrap, seal

__all__ = ["CannotOpen", "key_id", "open_sealed", "rewrap", "rotates", "rotators", "seal"]

_rotators: dict[str, Callable[[], int]] = {}


def rotates(name: str, rotate: Callable[[], int]) -> None:
    """Register an engine's sealed table for `tinhso identity rotate-keys`, from `AppConfig.ready`.

    `rotate` rewraps (`rewrap`) some rows whose bytes 2–5 are not `key_id()`, in a transaction of its own, and returns
    how many; it is called until it returns 0. ValueError where the name is taken.
    """
    if _rotators.setdefault(name, rotate) is not rotate:
        raise ValueError(f"two sealed tables are named {name!r}")


def rotators() -> dict[str, Callable[[], int]]:
    return dict(_rotators)
