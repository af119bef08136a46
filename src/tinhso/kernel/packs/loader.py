"""Read a pack from its folder. Every fault is named by file, line and key; nothing is half read.

A text that was read once is not read again in this process, however often its folder is looked at (`texts.py`).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml.error import MarkedYAMLError

from . import texts
from .definitions import PackManifest, Strict
from .registry import Kind, kinds
from .texts import KeyPath

FILES = "files"
"""The key of a definition that holds the texts of the files beside it (`Kind.beside`)."""
MOST_BESIDE = 1_000_000
_BESIDE = re.compile(r"[a-z][a-z0-9_-]*\.[a-z]+")


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
    """`body` is the canonical JSON that is published; `model` is the same, validated; both are shared and not to be
    changed. `text` is the YAML they were read from, "" where they come from the database."""

    kind: Kind
    pack: str
    name: str
    file: str
    body: dict[str, Any]
    model: Any
    text: str
    digest: str

    def line(self, *path: str | int) -> int:
        """The line of the definition's file that a key stands on, 1 where there is no file."""
        return texts.line_of(self.text, path)

    def fault(self, path: KeyPath, message: str) -> Fault:
        return Fault(self.file, self.line(*path), ".".join(map(str, path)), message)


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
    text = _read(pack, manifest_file)
    if text is not None:
        pack.manifest = _validate(pack, PackManifest, texts.read(text), manifest_file, text)
    if pack.manifest and text is not None and pack.manifest.pack != folder.name:
        message = f"must be {folder.name!r}, as the folder is named"
        pack.faults.append(Fault(_shown(pack, manifest_file), texts.line_of(text, ["pack"]), "pack", message))
    known = {kind.folder: kind for kind in kinds()}
    for kind in known.values():
        for file in sorted((folder / kind.folder).glob("*.yaml")):
            _load_definition(pack, kind, file)
    return pack


def _load_definition(pack: LoadedPack, kind: Kind, file: Path) -> None:
    text = _read(pack, file)
    if text is None:
        return
    raw = texts.read(text)
    if kind.beside:
        beside = _beside(pack, kind, raw, file, text)
        if beside is None:
            return
        raw = raw | ({FILES: beside} if beside else {})
    take(pack, kind, raw, file, text)


def _beside(pack: LoadedPack, kind: Kind, raw: Mapping[str, Any], file: Path, text: str) -> dict[str, str] | None:
    """The texts of the files that a definition names, by name; None where one is missing or no text, with the fault."""
    found: dict[str, str] = {}
    before = len(pack.faults)

    def fault(key: str, message: str) -> None:
        pack.faults.append(Fault(_shown(pack, file), texts.line_of(text, [key]), key, message))

    if FILES in raw:
        fault(FILES, "is filled from the files beside the definition, and not written")
    for key, ending in kind.beside:
        value = raw.get(key) or []
        for name in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            if not isinstance(name, str) or not _BESIDE.fullmatch(name) or not name.endswith(ending):
                fault(
                    key, f"{name!r} is not the name of a {ending} file beside this one (small letters, digits, - and _)"
                )
                continue
            try:
                with (file.parent / name).open("rb") as stream:
                    content = stream.read(MOST_BESIDE + 1)
                if len(content) > MOST_BESIDE:
                    fault(key, f"{name} is larger than {MOST_BESIDE} bytes")
                    continue
                found[name] = content.decode("utf-8-sig").replace("\r\n", "\n")
            except FileNotFoundError:
                fault(key, f"there is no file {name} beside this one")
            except UnicodeDecodeError as error:
                fault(key, f"{name} is not UTF-8 (byte {error.start})")
    return found if len(pack.faults) == before else None


def take(pack: LoadedPack, kind: Kind, raw: Mapping[str, Any], file: Path, text: str = "") -> None:
    """Read a definition from its keys and values into the pack, as `file` would be read; faults too go there. `text`
    is the YAML that `raw` was read from, for the lines of faults."""
    found = _known(kind.model, text, tuple(sorted((raw.get(FILES) or {}).items()))) if text else None
    if found is None:
        model = _validate(pack, kind.model, raw, file, text)
        if model is None:
            return
        body = json.loads(json.dumps(texts.plain(raw), default=str))
        found = model, body, digest(body)
    key = str(raw.get(kind.key, ""))
    if key != file.stem:
        message = f"must be {file.stem!r}, as the file is named"
        pack.faults.append(Fault(_shown(pack, file), texts.line_of(text, [kind.key]), kind.key, message))
        return
    name = f"{pack.folder.name}.{key}" if kind.qualified else key
    model, body, digest_ = found
    pack.definitions.append(
        LoadedDefinition(kind, pack.folder.name, name, _shown(pack, file), body, model, text, digest_)
    )


@lru_cache(maxsize=2_000)
def _known(
    model: type[Strict], text: str, files: tuple[tuple[str, str], ...] = ()
) -> tuple[Any, dict[str, Any], str] | None:
    """The model, canonical body and digest of a text (and of the files beside it), read once; None where it has faults,
    which are told with their lines each time."""
    raw = texts.read(text)
    if files:
        raw = raw | {FILES: dict(files)}
    try:
        found = model.model_validate(raw)
    except ValidationError:
        return None
    body = json.loads(json.dumps(raw, default=str))
    return found, body, digest(body)


def _shown(pack: LoadedPack, file: Path) -> str:
    return str(file.relative_to(pack.folder.parent))


def _read(pack: LoadedPack, file: Path) -> str | None:
    """The text of a file that is a mapping of keys to values, None (and a fault) where it is none."""
    try:
        text = file.read_text(encoding="utf-8")
        raw = texts.read(text)
    except FileNotFoundError:
        pack.faults.append(Fault(_shown(pack, file), 1, "", "the file is missing"))
    except UnicodeDecodeError as error:
        pack.faults.append(Fault(_shown(pack, file), 1, "", f"is not UTF-8 (byte {error.start})"))
    except ValueError as error:
        pack.faults.append(Fault(_shown(pack, file), 1, "", f"has a value that is none: {error}"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        pack.faults.append(Fault(_shown(pack, file), line, "", str(error.problem or "is not YAML")))
    else:
        if isinstance(raw, dict):
            return text
        pack.faults.append(Fault(_shown(pack, file), 1, "", "must be a mapping of keys to values"))
    return None


def _validate(pack: LoadedPack, model: type[Strict], raw: Any, file: Path, text: str) -> Any:
    try:
        return model.model_validate(texts.plain(raw))
    except ValidationError as error:
        for found in error.errors(include_url=False):
            path = [part for part in found["loc"] if texts.is_key(part)]
            message = found["msg"]
            if found["type"] == "extra_forbidden":
                message = "this key is not known here"
            line = texts.line_of(text, found["loc"])
            pack.faults.append(Fault(_shown(pack, file), line, ".".join(map(str, path or found["loc"])), message))
        return None
