"""Check, plan and apply packs. A published version never changes; applying is one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from .. import audit, events
from ..actor import Actor
from ..errors import Forbidden, Invalid
from ..models import Definition, Pack
from . import queries
from .loader import Fault, LoadedDefinition, LoadedPack, load
from .registry import Change, kinds

PACK_APPLIED = events.declare("pack.applied", "A pack was applied; caches of definitions are stale.")

APPLY = "packs.apply"
Planned = tuple[LoadedDefinition | None, str, list[Change]]


def read(folders: Sequence[Path]) -> list[LoadedPack]:
    """Load packs in the order of their `needs`, lower packs first."""
    packs = {pack.name: pack for pack in map(load, folders)}
    ordered: dict[str, LoadedPack] = {}

    def visit(pack: LoadedPack, path: tuple[str, ...]) -> None:
        if pack.name in ordered:
            return
        for need in pack.manifest.needs if pack.manifest else []:
            file = f"{pack.folder.name}/pack.yaml"
            if need in path:
                pack.faults.append(Fault(file, 1, "needs", f"goes round in a circle: {' → '.join([*path, need])}"))
            elif need in packs:
                visit(packs[need], (*path, need))
            elif not Pack.objects.filter(name=need).exists():
                pack.faults.append(Fault(file, 1, "needs", f"the pack {need!r} is not here"))
        ordered[pack.name] = pack

    for pack in packs.values():
        visit(pack, (pack.name,))
    return list(ordered.values())


class Context(dict[tuple[str, str], Any]):
    """What a kind's check sees of the definitions that are checked together: their models by kind and name, and the
    names of those that are in force already, asked for once."""

    def __init__(self, found: Mapping[tuple[str, str], Any]) -> None:
        super().__init__(found)
        self._in_force: dict[str, frozenset[str]] = {}

    def in_force(self, kind: str) -> frozenset[str]:
        if kind not in self._in_force:
            self._in_force[kind] = frozenset(queries.names(kind))
        return self._in_force[kind]


def check(packs: Sequence[LoadedPack]) -> list[Fault]:
    """Every fault of the packs, each kind's own checks included."""
    found = [fault for pack in packs for fault in pack.faults]
    context = Context({(d.kind.name, d.name): d.model for pack in packs for d in pack.definitions})
    for pack in packs:
        for definition in pack.definitions:
            if definition.kind.check:
                found += [
                    definition.fault(path, message) for path, message in definition.kind.check(definition, context)
                ]
    return found


def plan(packs: Sequence[LoadedPack]) -> Iterator[tuple[str, str, str, list[Change]]]:
    """What `apply` would do: (kind, name, new|next version|retire, changes) for each definition that differs."""
    in_force = queries.published_of([pack.name for pack in packs])
    for pack in packs:
        for kind in kinds():
            loaded = {d.name: d for d in pack.definitions if d.kind is kind}
            current = in_force.get((pack.name, kind.name), {})
            for name, definition in loaded.items():
                old = current.get(name)
                if old and old.digest == definition.digest:
                    continue
                before = kind.model.model_validate(old.body) if old else None
                changes = list(kind.plan(before, definition.model, name)) if kind.plan else []
                yield kind.name, name, f"version {old.version + 1}" if old else "new", changes
            for name in current.keys() - loaded.keys():
                before = kind.model.model_validate(current[name].body)
                yield kind.name, name, "retire", list(kind.plan(before, None, name)) if kind.plan else []


def apply(actor: Actor, packs: Sequence[LoadedPack]) -> list[str]:
    """Publish what differs and make it so, in one transaction; returns the names published.

    Raises Forbidden without `packs.apply`; Invalid, with nothing applied, where a check finds a fault or data would be
    lost without leave.
    """
    if not actor.may(APPLY):
        raise Forbidden()
    if faults := check(packs) + losses(plan(packs)):
        raise Invalid({f"{fault.file}:{fault.line}": [str(fault)] for fault in faults})
    with transaction.atomic():
        take_turns()
        done = make(actor, packs)
    queries.forget()
    return done


def losses(planned: Iterable[tuple[str, str, str, list[Change]]]) -> list[Fault]:
    """A fault for each step of a plan that would lose data without leave."""
    return [
        Fault(f"{name}", 1, kind, f"would lose {change.loses}; say `rename` or `drop: confirmed`")
        for kind, name, _, changes in planned
        for change in changes
        if change.loses
    ]


def take_turns() -> None:
    """Until the end of this transaction nobody else applies a pack."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tinhso.packs'))")


def make(actor: Actor, packs: Sequence[LoadedPack], owner: UUID | None = None) -> list[str]:
    """Publish what differs, inside the caller's transaction, after checks and under `take_turns`. `owner` is the
    agency in whose browser the packs are made; packs of folders have none."""
    done: list[str] = []
    for pack in packs:
        assert pack.manifest
        Pack.objects.update_or_create(
            name=pack.name,
            defaults={
                "version": pack.manifest.version,
                "digest": pack.digest,
                "applied_at": timezone.now(),
                "manifest": pack.manifest.model_dump(mode="json"),
                "owner": owner,
            },
        )
    for kind in kinds():
        for pack in packs:
            done += _apply_kind(actor, kind, pack)
    if done:
        audit.record(actor, "pack.apply", "packs", definitions=done)
        for pack in packs:
            events.publish(actor, PACK_APPLIED, f"pack:{pack.name}", digest=pack.digest)
    return done


def _apply_kind(actor: Actor, kind: Any, pack: LoadedPack) -> list[str]:
    loaded = {d.name: d for d in pack.definitions if d.kind is kind}
    current = queries.published(kind.name, pack=pack.name)
    done = []
    for name, definition in loaded.items():
        old = current.get(name)
        if old and old.digest == definition.digest:
            continue
        version = (old.version if old else queries.last_version(kind.name, name)) + 1
        if old:
            Definition.objects.filter(pk=old.pk).update(retired_at=timezone.now())
        Definition.objects.create(
            kind=kind.name,
            name=name,
            pack_id=pack.name,
            version=version,
            digest=definition.digest,
            body=definition.body,
        )
        if kind.apply:
            kind.apply(actor, kind.model.model_validate(old.body) if old else None, definition.model, name, version)
        done.append(f"{kind.name} {name} v{version}")
    for name in sorted(current.keys() - loaded.keys()):
        Definition.objects.filter(pk=current[name].pk).update(retired_at=timezone.now())
        if kind.apply:
            kind.apply(actor, kind.model.model_validate(current[name].body), None, name, current[name].version)
        done.append(f"{kind.name} {name} retired")
    return done
