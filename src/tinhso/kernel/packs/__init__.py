"""Packs: folders of declarations that the engines run. Read, check, plan, apply."""

from .definitions import Words
from .loader import Fault, LoadedDefinition, LoadedPack, load
from .queries import Compiled, compiled, in_force, names
from .registry import Change, Kind, definition_kind
from .services import apply, check, plan, read

__all__ = [
    "Change",
    "Compiled",
    "Fault",
    "Kind",
    "LoadedDefinition",
    "LoadedPack",
    "Words",
    "apply",
    "check",
    "compiled",
    "definition_kind",
    "in_force",
    "load",
    "names",
    "plan",
    "read",
]
