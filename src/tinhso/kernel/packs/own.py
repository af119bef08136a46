"""Packs of an agency's own: definitions made in the browser, one by one, beside those that are there.

The pack is read from what is published, the change is laid over it, and the whole goes the one way that a folder's pack
goes: check, plan, apply. So there is one model, not two, and what was made here leaves as the folder it might have been
(`packed`), and comes back (`unpacked`).
"""

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ..actor import Actor
from ..errors import Conflict, Forbidden, Invalid, NotFound
from ..models import Definition, Pack
from . import queries, services
from .definitions import PackManifest, Words
from .loader import FILES, Fault, LoadedPack, take
from .registry import Change, Kind, kinds
from .written import written

FIRST_VERSION = "0.1.0"
MOST_FILES, MOST_BYTES = 500, 20_000_000


@dataclass(frozen=True, slots=True)
class OwnPack:
    """A pack that an agency makes in the browser: its name, whose it is, and the words of its manifest."""

    name: str
    owner: UUID
    words: Words
    summary: Words


@dataclass(frozen=True, slots=True)
class Edit:
    """One definition as it is to be: `key` is its name within the pack, `body` its keys and values as YAML has them;
    None takes it out of force."""

    kind: str
    key: str
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What publishing edits would do: nothing, where there are faults. `planned` has (kind, name, what, changes);
    `digest` names what was looked at."""

    pack: str
    faults: list[Fault]
    planned: list[tuple[str, str, str, list[Change]]]
    digest: str

    @property
    def loses(self) -> list[str]:
        return [change.loses for *_rest, changes in self.planned for change in changes if change.loses]


def stored(name: str) -> LoadedPack:
    """A pack as it is published. Raises NotFound."""
    row = Pack.objects.filter(name=name).first()
    if row is None:
        raise NotFound()
    pack = LoadedPack(Path(name), PackManifest.model_validate(row.manifest) if row.manifest else None)
    known = {kind.name: kind for kind in kinds()}
    for one in Definition.objects.filter(pack=row, retired_at=None).order_by("kind", "name"):
        kind = known[one.kind]
        take(pack, kind, one.body, _file(name, kind, str(one.body[kind.key])))
    _in_order(pack)
    return pack


def propose(own: OwnPack, edits: Sequence[Edit]) -> Proposal:
    """What `amend` would do, and the faults for which it would do nothing; keys of the edits' definitions name them."""
    pack = _amended(own, edits)
    faults = services.check([pack]) + _taken_names(pack)
    return Proposal(own.name, faults, [] if faults else list(services.plan([pack])), pack.digest)


def amend(actor: Actor, own: OwnPack, edits: Sequence[Edit], *, digest: str = "") -> list[str]:
    """Publish edits in an agency's own pack, which is made where there is none; its other definitions stay as they
    are. One transaction; returns the names published.

    `digest` is that of the proposal that was looked at. Raises Forbidden where a kind does not let the actor build it,
    Conflict where the pack is another's or has changed since the proposal, Invalid by file and key, with nothing
    published, where a check finds a fault or data would be lost without leave.
    """
    with transaction.atomic():
        services.take_turns()
        row = Pack.objects.filter(name=own.name).first()
        if row is not None and row.owner != own.owner:
            problem = _("Gói %(pack)s không do cơ quan này tạo trên trình duyệt; chưa có gì thay đổi.")
            raise Conflict(problem % {"pack": own.name})
        pack = _amended(own, edits)
        _may_build(actor, own.owner, pack, edits)
        faults = services.check([pack]) + _taken_names(pack)
        if faults := faults or services.losses(services.plan([pack])):
            raise Invalid({fault.key or fault.file: [str(fault)] for fault in faults})
        if digest and pack.digest != digest:
            raise Conflict(_("Gói vừa được người khác thay đổi; chưa có gì được áp dụng. Xin xem lại kế hoạch."))
        if row is not None and row.digest == pack.digest:
            return []
        done = services.make(actor, [pack], own.owner)
    queries.forget()
    return done


def names_of(owner: UUID) -> list[str]:
    """The packs that an agency makes in the browser, the oldest name first."""
    return list(Pack.objects.filter(owner=owner).order_by("name").values_list("name", flat=True))


def owner_of(name: str) -> UUID | None:
    """The agency that makes a pack in the browser; None of packs of folders, and where there is no such pack."""
    return Pack.objects.filter(name=name).values_list("owner", flat=True).first()


def packed(name: str, edits: Sequence[Edit] = ()) -> bytes:
    """The pack as a zip of the folder that it might have been: pack.yaml and a file a definition; with `edits` laid
    over it, as its next version, to be put in the folder that it comes from. Raises NotFound."""
    pack = stored(name)
    if pack.manifest is None:
        raise NotFound()
    if edits:
        _lay(pack, edits)
        pack.manifest = pack.manifest.model_copy(update={"version": _next(pack.manifest.version)})
    found = BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(path: str, text: str) -> None:  # without the hour of packing: the same pack is the same file
            archive.writestr(zipfile.ZipInfo(path, (2025, 7, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)

        manifest = pack.manifest.model_dump(mode="json")
        add(f"{name}/pack.yaml", written(manifest, PackManifest))
        for definition in pack.definitions:
            body = {key: value for key, value in definition.body.items() if key != FILES}
            add(definition.file, written(body, definition.kind.model))
            for beside, text in definition.body.get(FILES, {}).items():
                add(f"{name}/{definition.kind.folder}/{beside}", text)
    return found.getvalue()


@contextmanager
def unpacked(stream: BinaryIO) -> Iterator[LoadedPack]:
    """The pack of a zip as `packed` makes it, read from a folder that goes again. Raises Invalid for what is no zip of
    one pack; faults of the pack itself are in it."""
    with TemporaryDirectory(prefix="tinhso-pack-") as root:
        name = _unpack(stream, Path(root))
        [pack] = services.read([Path(root) / name])
        yield pack


def take_in(actor: Actor, stream: BinaryIO, owner: UUID | None = None) -> list[str]:
    """Apply the pack of a zip (permission `packs.apply`), as if its folder were here. `owner` is the agency that may
    change it in the browser from now on; a pack that is here already keeps its own. Raises Forbidden, Invalid."""
    if not actor.may(services.APPLY):
        raise Forbidden()
    with unpacked(stream) as pack:
        faults = services.check([pack])
        if faults := faults or services.losses(services.plan([pack])):
            raise Invalid({f"{fault.file}:{fault.line}": [str(fault)] for fault in faults})
        with transaction.atomic():
            services.take_turns()
            done = services.make(actor, [pack], owner_of(pack.name) or owner)
    queries.forget()
    return done


def _unpack(stream: BinaryIO, root: Path) -> str:
    endings = {kind.folder: {".yaml", *dict(kind.beside).values()} for kind in kinds()}
    folders = "|".join(
        rf"{re.escape(folder)}/[a-z][a-z0-9_-]*(?:{'|'.join(sorted(map(re.escape, ends)))})"
        for folder, ends in endings.items()
    )
    allowed = re.compile(rf"([a-z][a-z0-9_-]*)/(?:pack\.yaml|{folders})")
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise Invalid(_("Tệp nén này lớn quá mức của một gói."))
            found = [allowed.fullmatch(entry.filename) for entry in entries]
            names = {match[1] for match in found if match}
            if len(names) != 1 or not all(found):
                raise Invalid(_("Tệp nén không phải một gói: cần một thư mục có pack.yaml và các tệp định nghĩa."))
            for entry in entries:
                file = root.joinpath(*PurePosixPath(entry.filename).parts)
                file.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as packed_file:
                    file.write_bytes(packed_file.read(MOST_BYTES))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Invalid(_("Không đọc được tệp nén (.zip) này.")) from error
    return names.pop()


def _amended(own: OwnPack, edits: Sequence[Edit]) -> LoadedPack:
    name = own.name
    try:
        pack = stored(name)
    except NotFound:
        pack = LoadedPack(Path(name))
    _lay(pack, edits)
    before = pack.manifest.version if pack.manifest else ""
    pack.manifest = PackManifest(
        pack=name,
        version=_next(before) if before else FIRST_VERSION,
        name=own.words,
        summary=own.summary,
        systems=pack.manifest.systems if pack.manifest else [],
        needs=sorted(_packs_needed(pack)),
    )
    return pack


def _lay(pack: LoadedPack, edits: Sequence[Edit]) -> None:
    name = pack.folder.name
    known = {kind.name: kind for kind in kinds()}
    for edit in edits:
        kind = known[edit.kind]
        full = f"{name}.{edit.key}" if kind.qualified else edit.key
        pack.definitions = [d for d in pack.definitions if (d.kind, d.name) != (kind, full)]
        if edit.body is not None:
            take(pack, kind, edit.body, _file(name, kind, edit.key))
    _in_order(pack)


def _in_order(pack: LoadedPack) -> None:
    """As a folder is read: by kind, then by file. The pack's digest depends on it."""
    pack.definitions.sort(key=lambda d: (d.kind.order, d.kind.folder, d.file))


def _file(name: str, kind: Kind, key: str) -> Path:
    return Path(name) / kind.folder / f"{key}.yaml"


def _next(version: str) -> str:
    first, _dot, last = version.rpartition(".")
    return f"{first}.{int(last) + 1}"


def _packs_needed(pack: LoadedPack) -> set[str]:
    """The other packs on whose definitions this one's stand."""
    wanted = {need for d in pack.definitions if d.kind.needs for need in d.kind.needs(d.model)}
    own = {(d.kind.name, d.name) for d in pack.definitions}
    return {found for need in wanted - own for found in _packs_of(*need)} - {pack.name}


def _packs_of(kind: str, name: str) -> Iterable[str]:
    return Definition.objects.filter(kind=kind, name=name, retired_at=None).values_list("pack_id", flat=True)


def _taken_names(pack: LoadedPack) -> list[Fault]:
    """Names without a pack before them (code lists) that another pack has."""
    return [
        definition.fault((definition.kind.key,), f"the pack {other!r} has a {definition.kind.name} of this name")
        for definition in pack.definitions
        if not definition.kind.qualified
        for other in _packs_of(definition.kind.name, definition.name)
        if other != pack.name
    ]


def _may_build(actor: Actor, owner: UUID, pack: LoadedPack, edits: Sequence[Edit]) -> None:
    if actor.may(services.APPLY):
        return
    models = {(d.kind.name, d.name): d.model for d in pack.definitions}
    known = {kind.name: kind for kind in kinds()}
    for edit in edits:
        kind = known[edit.kind]
        full = f"{pack.name}.{edit.key}" if kind.qualified else edit.key
        current = queries.published(kind.name, pack=pack.name).get(full)
        before = kind.model.model_validate(current.body) if current else None
        if (kind.name, full) not in models and edit.body is not None:
            continue  # its faults are told, to whoever may build in this pack at all
        if kind.builds is None or not kind.builds(actor, owner, before, models.get((kind.name, full))):
            raise Forbidden()
