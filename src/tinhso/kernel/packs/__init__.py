"""Packs: folders of declarations that the engines run. Read, check, plan, apply."""

from .definitions import Words
from .loader import Fault, LoadedDefinition, LoadedPack, digest, load
from .queries import Applied, Compiled, applied, compiled, in_force, names
from .registry import Change, Kind, definition_kind
from .services import apply, check, plan, read

__all__ = [
    "Applied",
    "Change",
    "Compiled",
    "Fault",
    "Kind",
    "LoadedDefinition",
    "LoadedPack",
    "Words",
    "applied",
    "apply",
    "check",
    "compiled",
    "definition_kind",
    "digest",
    "in_force",
    "load",
    "names",
    "plan",
    "read",
]
