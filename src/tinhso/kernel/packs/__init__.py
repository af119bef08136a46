"""Packs: folders of declarations that the engines run. Read, check, plan, apply."""

from .definitions import Words
from .loader import Fault, LoadedDefinition, LoadedPack, digest, load
from .own import Edit, OwnPack, Proposal, amend, names_of, owner_of, packed, propose, stored, take_in, unpacked
from .queries import Applied, Compiled, applied, body_of, compiled, earlier, in_force, names, titles
from .registry import Change, Kind, definition_kind
from .services import Context, apply, check, plan, read

__all__ = [
    "Applied",
    "Change",
    "Compiled",
    "Context",
    "Edit",
    "Fault",
    "Kind",
    "LoadedDefinition",
    "LoadedPack",
    "OwnPack",
    "Proposal",
    "Words",
    "amend",
    "applied",
    "apply",
    "body_of",
    "check",
    "compiled",
    "definition_kind",
    "digest",
    "earlier",
    "in_force",
    "load",
    "names",
    "names_of",
    "owner_of",
    "packed",
    "plan",
    "propose",
    "read",
    "stored",
    "take_in",
    "titles",
    "unpacked",
]
