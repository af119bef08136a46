"""Published definitions, compiled once a version."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count
from django.utils.translation import get_language

from ..errors import NotFound
from ..models import Definition, Pack
from .registry import kinds


@dataclass(frozen=True, slots=True)
class Compiled:
    """A published version: `model` is the engine's own definition class, shared and not to be changed."""

    name: str
    pack: str
    version: int
    digest: str
    model: Any


@dataclass(frozen=True, slots=True)
class Applied:
    """A pack as it was last applied; `definitions` says how many of each kind are in force, `owner` which agency makes
    it in the browser."""

    name: str
    version: str
    digest: str
    applied_at: datetime
    definitions: Mapping[str, int]
    owner: UUID | None = None


@lru_cache(maxsize=2_000)
def _model(kind: str, digest: str, name: str, version: int) -> Any:
    body = Definition.objects.values_list("body", flat=True).get(kind=kind, name=name, version=version)
    return next(k for k in kinds() if k.name == kind).model.model_validate(body)


def compiled(kind: str, name: str, version: int | None = None) -> Compiled:
    """The version in force of a definition, or the version asked for. Raises NotFound."""
    which, params = ("version = %s", [version]) if version else ("retired_at IS NULL", [])
    with connection.cursor() as cursor:  # asked for each deed, so that what another process publishes is never missed
        cursor.execute(
            f"SELECT name, pack_id, version, digest FROM kernel_definition WHERE kind = %s AND name = %s AND {which}",  # noqa: S608
            [kind, name, *params],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"{kind} {name}{f' v{version}' if version else ''}")
    return Compiled(*row, model=_model(kind, row[3], name, row[2]))


def body_of(kind: str, name: str, version: int | None = None) -> dict[str, Any]:
    """The keys and values of the version in force, or of the version asked for, as they were published. Raises
    NotFound."""
    which = {"version": version} if version else {"retired_at": None}
    found = Definition.objects.filter(kind=kind, name=name, **which).values_list("body", flat=True).first()
    if found is None:
        raise NotFound()
    return found


def earlier(kind: str, name: str, version: int) -> Iterator[tuple[Compiled, datetime]]:
    """The versions of a definition before this one, newest first, each with the time at which it was replaced."""
    rows = Definition.objects.filter(kind=kind, name=name, version__lt=version, retired_at__isnull=False)
    for pack, number, digest, retired_at in rows.order_by("-version").values_list(
        "pack_id", "version", "digest", "retired_at"
    ):
        yield Compiled(name, pack, number, digest, _model(kind, digest, name, number)), retired_at


def names(kind: str) -> list[str]:
    """Names of the definitions of a kind that are in force."""
    return list(Definition.objects.filter(kind=kind, retired_at=None).order_by("name").values_list("name", flat=True))


def in_force(kind: str) -> list[Compiled]:
    """Every definition of a kind that is in force, compiled, by name."""
    rows = Definition.objects.filter(kind=kind, retired_at=None).order_by("name")
    return [
        Compiled(name, pack, version, digest, _model(kind, digest, name, version))
        for name, pack, version, digest in rows.values_list("name", "pack_id", "version", "digest")
    ]


def applied() -> list[Applied]:
    """Every pack that was applied, by name."""
    counts: dict[str, dict[str, int]] = {}
    rows = Definition.objects.filter(retired_at=None).values("pack_id", "kind").annotate(count=Count("pk"))
    for row in rows.order_by("pack_id", "kind"):
        counts.setdefault(row["pack_id"], {})[row["kind"]] = row["count"]
    return [
        Applied(pack.name, pack.version, pack.digest, pack.applied_at, counts.get(pack.name, {}), pack.owner)
        for pack in Pack.objects.order_by("name")
    ]


def titles() -> Mapping[str, str]:
    """What each applied pack is called, in the reader's language, by name."""
    language = (get_language() or "vi")[:2]
    rows = Pack.objects.values_list("name", "manifest__name")
    return {name: (words or {}).get(language) or (words or {}).get("vi") or name for name, words in rows}


def published(kind: str, *, pack: str) -> Mapping[str, Definition]:
    return {d.name: d for d in Definition.objects.filter(kind=kind, pack_id=pack, retired_at=None)}


def published_of(packs: Collection[str]) -> Mapping[tuple[str, str], Mapping[str, Definition]]:
    """What is in force of these packs: (pack, kind) to definitions by name. A definition's body is read when it is
    asked for, since most are only compared by their digest."""
    found: dict[tuple[str, str], dict[str, Definition]] = {}
    for definition in Definition.objects.filter(pack_id__in=packs, retired_at=None).defer("body").order_by("name"):
        key = (definition.pack_id, definition.kind)  # type: ignore[attr-defined]
        found.setdefault(key, {})[definition.name] = definition
    return found


def last_version(kind: str, name: str) -> int:
    return (
        Definition.objects.filter(kind=kind, name=name).order_by("-version").values_list("version", flat=True).first()
        or 0
    )


def forget() -> None:
    """Drop compiled definitions; other processes key by digest and never see a stale one."""
    _model.cache_clear()
