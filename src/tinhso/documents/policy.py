"""Who may read an issued paper: the person it is about, and officers whom the subject's own engine lets in."""

from collections.abc import Callable

from tinhso.kernel.actor import Actor

from .models import Document

_subjects: dict[str, Callable[[Actor, str], bool]] = {}


def register_subject(prefix: str, may_read: Callable[[Actor, str], bool]) -> None:
    """Let the engine that owns subjects "<prefix>:<id>" say who may read their papers: `may_read(actor, id)`.

    Called from its `AppConfig.ready`. ValueError where another function is registered already.
    """
    if _subjects.setdefault(prefix, may_read) is not may_read:
        raise ValueError(f"papers of {prefix!r} have two policies")


def may_read(actor: Actor, document: Document) -> bool:
    """The owner, the system, and whoever may read the subject. Without a policy for the subject: officers of the
    agency that issued the paper."""
    if actor.system or (actor.person and actor.person == document.person):
        return True
    prefix, _, subject = document.subject.partition(":")
    if rule := _subjects.get(prefix):
        return rule(actor, subject)
    return actor.is_officer and actor.agency is not None and actor.agency == document.agency
