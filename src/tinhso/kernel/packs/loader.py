"""Read a pack from its folder. Every fault is named by file, line and key; nothing is half read."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from .definitions import PackManifest, Strict
from .registry import Kind, kinds

KeyPath = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Fault:
    """`file` is relative to the folder of packs; `key` is dotted (`form.3.type`)."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.key}: {self.message}"
            if self.key
            else f"{self.file}:{self.line}: {self.message}"
        )


@dataclass(frozen=True, slots=True)
class LoadedDefinition:
    """`body` is the canonical JSON that is published; `model` is the same, validated."""

    kind: Kind
    pack: str
    name: str
    file: str
    body: dict[str, Any]
    model: Any
    lines: Any

    @property
    def digest(self) -> str:
        return digest(self.body)

    def fault(self, path: KeyPath, message: str) -> Fault:
        return Fault(self.file, line_of(self.lines, path), ".".join(map(str, path)), message)


@dataclass(slots=True)
class LoadedPack:
    folder: Path
    manifest: PackManifest | None = None
    definitions: list[LoadedDefinition] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.manifest.pack if self.manifest else self.folder.name

    @property
    def digest(self) -> str:
        return digest([[d.kind.name, d.name, d.digest] for d in self.definitions])


def digest(body: Any) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8) as hex."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def load(folder: Path) -> LoadedPack:
    """Read the pack in `folder`. Faults are collected in the result, not raised."""
    pack = LoadedPack(folder)
    manifest_file = folder / "pack.yaml"
    raw = _read(pack, manifest_file)
    if raw is not None:
        pack.manifest = _validate(pack, PackManifest, raw, manifest_file)
    if pack.manifest and pack.manifest.pack != folder.name:
        pack.faults.append(
            Fault(
                _shown(pack, manifest_file),
                line_of(raw, ["pack"]),
                "pack",
                f"must be {folder.name!r}, as the folder is named",
            )
        )
    known = {kind.folder: kind for kind in kinds()}
    for kind in known.values():
        for file in sorted((folder / kind.folder).glob("*.yaml")):
            _load_definition(pack, kind, file)
    return pack


def _load_definition(pack: LoadedPack, kind: Kind, file: Path) -> None:
    raw = _read(pack, file)
    if raw is not None:
        take(pack, kind, raw, file)


def take(pack: LoadedPack, kind: Kind, raw: Any, file: Path) -> None:
    """Read a definition from its keys and values into the pack, as `file` would be read; faults too go there."""
    model = _validate(pack, kind.model, raw, file)
    if model is None:
        return
    key = str(raw.get(kind.key, ""))
    if key != file.stem:
        pack.faults.append(
            Fault(
                _shown(pack, file), line_of(raw, [kind.key]), kind.key, f"must be {file.stem!r}, as the file is named"
            )
        )
        return
    name = f"{pack.folder.name}.{key}" if kind.qualified else key
    body = json.loads(json.dumps(plain(raw), default=str))
    pack.definitions.append(LoadedDefinition(kind, pack.folder.name, name, _shown(pack, file), body, model, raw))


def _shown(pack: LoadedPack, file: Path) -> str:
    return str(file.relative_to(pack.folder.parent))


def _read(pack: LoadedPack, file: Path) -> CommentedMap | None:
    try:
        raw = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pack.faults.append(Fault(_shown(pack, file), 1, "", "the file is missing"))
    except UnicodeDecodeError as error:
        pack.faults.append(Fault(_shown(pack, file), 1, "", f"is not UTF-8 (byte {error.start})"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        pack.faults.append(Fault(_shown(pack, file), line, "", str(error.problem or "is not YAML")))
    else:
        if isinstance(raw, CommentedMap):
            return raw
        pack.faults.append(Fault(_shown(pack, file), 1, "", "must be a mapping of keys to values"))
    return None


def _validate(pack: LoadedPack, model: type[Strict], raw: Any, file: Path) -> Any:
    try:
        return model.model_validate(plain(raw))
    except ValidationError as error:
        for found in error.errors(include_url=False):
            path = [part for part in found["loc"] if _reaches(raw, part)]
            message = found["msg"]
            if found["type"] == "extra_forbidden":
                message = "this key is not known here"
            pack.faults.append(
                Fault(_shown(pack, file), line_of(raw, found["loc"]), ".".join(map(str, path or found["loc"])), message)
            )
        return None


def _reaches(raw: Any, part: str | int) -> bool:
    """Whether a part of pydantic's location is a key of the text; union tags and the like are not."""
    return not (isinstance(part, str) and (part.startswith("function-") or part.endswith("]")))


def line_of(raw: Any, path: KeyPath) -> int:
    """The 1-based line of the deepest part of `path` that the text has."""
    line = 1
    for part in path:
        if isinstance(raw, CommentedMap) and part in raw:
            line = raw.lc.key(part)[0] + 1
            raw = raw[part]
        elif isinstance(raw, CommentedSeq) and isinstance(part, int) and part < len(raw):
            line = raw.lc.item(part)[0] + 1
            raw = raw[part]
        elif isinstance(part, str) and (part.startswith("function-") or part not in (raw or ())):
            continue
    return line


def plain(raw: Any) -> Any:
    """The YAML node as plain Python."""
    if isinstance(raw, CommentedMap | dict):
        return {str(key): plain(value) for key, value in raw.items()}
    if isinstance(raw, CommentedSeq | list):
        return [plain(value) for value in raw]
    if isinstance(raw, bool) or raw is None:
        return raw
    for kind in (int, float):
        if isinstance(raw, kind):
            return kind(raw)
    return str(raw) if isinstance(raw, str) else raw
