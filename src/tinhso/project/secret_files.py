"""Secrets of one installation: made at first use, kept in a folder only its owner reads."""

import os
import secrets
from pathlib import Path


def secret(folder: Path, name: str) -> str:
    """The secret `name`: 256 bits as hex, created when absent. Two processes that start at once agree."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, path)  # the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
