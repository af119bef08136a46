"""Every version of a record, what each changed, and what a case wrote."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.identity import queries as identity
from tinhso.kernel.actor import Actor

from .. import policy
from ..contracts import Difference, RecordRef, Version
from ..looks import note_told
from ..models import RecordVersion
from ..shape import Shape, shape
from .reading import days_of, row_of, secrets_of, values_of


def history(actor: Actor, register: str, id: UUID) -> list[Version]:
    """Every version of a record, newest first, under the names that the fields have today. Whom they name learns of the
    look, as of one at the record."""
    of = shape(register)
    row_of(actor, of, id)
    classes = policy.classes(actor, of)
    versions = list(RecordVersion.objects.filter(record=id, register=register).order_by("-revision"))
    posts = identity.posts_by_id({UUID(v.actor["post"]) for v in versions if v.actor.get("post")})
    found = []
    for v in versions:
        values = values_of(of, v)
        if "sensitive" in classes:
            values |= secrets_of(of, id, v.revision)
        then = shape(register, v.definition)
        found.append(
            Version(
                v.revision,
                {name: value for name, value in values.items() if _may_read(name, (of, then), classes)},
                v.recorded_at,
                _by(v.actor, posts),
                v.why,
                v.case_id,
                *days_of(v),
                v.change,
                v.definition,
            )
        )
    note_told(actor, of, [version.values for version in found])
    return found


def _may_read(name: str, shapes: Sequence[Shape], classes: frozenset[str]) -> bool:
    """Whether a value of the history is of a class that the reader may read, today and when it was written; what was
    renamed and then dropped, and so is known to neither, is shown to nobody."""
    base = name.partition(" v")[0]
    known = [of.fields[base].spec.class_ for of in shapes if base in of.fields]
    return bool(known) and all(one in classes for one in known)


def differences(of: Shape, before: Version | None, after: Version) -> list[Difference]:
    """What a version changed, field by field, in words; against nothing, all that it says."""
    found = []
    for name, field in of.fields.items():
        was, now = before.values.get(name) if before else None, after.values.get(name)
        if was != now:
            shown = [field.kind.display(v, field.options) if v is not None else "" for v in (was, now)]
            found.append(Difference(name, field.spec.words, *shown))
    return found


def by_case(case: UUID) -> list[RecordRef]:
    """The records that a case made or changed, at their last revision by that case."""
    found: dict[UUID, RecordRef] = {}
    for v in RecordVersion.objects.filter(case_id=case).order_by("revision").only("record", "revision", "register"):
        found[v.record] = RecordRef(v.register, v.record, v.revision)
    return list(found.values())


def _by(stamp: Mapping[str, str], posts: Mapping[UUID, Any]) -> str:
    """Who acted, in words: the post, the platform, or a citizen in a matter of their own."""
    if post := stamp.get("post"):
        ref = posts.get(UUID(post))
        return ref.title if ref else _("Cán bộ")
    return _("Hệ thống (%(name)s)") % {"name": stamp["system"]} if stamp.get("system") else _("Công dân")
