"""Secrets of one installation: made at first use, kept in a folder only its owner reads."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def _random() -> str:
    return secrets.token_hex(32)


def rsa_key() -> str:
    """A new RSA key of 2048 bits (PEM), for `make` of `secret`."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()


def ec_key() -> str:
    """A new P-256 key (PEM), for `make` of `secret`."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()


def secret(folder: Path, name: str, make: Callable[[], str] = _random) -> str:
    """The secret `name` (256 bits as hex, or what `make` gives), created when absent. Two processes that start at
    once agree."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)  # the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def keys(folder: Path, name: str) -> list[str]:
    """The secrets `name.3`, `name.2`, `name`, newest first: a key is rotated by adding the next file, restarting, and
    taking the old file away when nothing needs it any more. The first is created when there is none."""
    numbered = sorted(folder.glob(f"{name}.[0-9]*"), key=lambda path: int(path.suffix[1:]), reverse=True)
    found = [path.read_text().strip() for path in numbered]
    if not found or (folder / name).exists():
        found.append(secret(folder, name))
    return found
