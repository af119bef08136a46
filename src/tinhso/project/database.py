"""From a `DATABASE_URL` to Django's settings: postgresql://user:password@host:port/name?host=/socket/folder."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a libpq-style URL.

    Raises ValueError when the URL is not one of PostgreSQL's.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme or url!r}")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(parts.path.lstrip("/")) or "tinhso",
        "USER": unquote(parts.username or "tinhso"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,  # the threads that answer live as long as the process (handler.py): each keeps its own
        "OPTIONS": {"prepare_threshold": 5, **query},
    }


def private_cluster(var: Path) -> str:
    """The URL of the private cluster: `make run` writes it where it had to put the socket elsewhere."""
    note = var / "database-url"
    return note.read_text().strip() if note.exists() else f"postgresql://tinhso@/tinhso?host={var / 'run'}"
