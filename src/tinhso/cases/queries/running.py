"""On which versions of their procedures cases run."""

from django.db.models import Count

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, NotFound
from tinhso.kernel.packs import compiled

from ..contracts import CaseRef, Running
from ..models import Case
from ..services.migration import MIGRATE


def running_versions(actor: Actor, procedure: str = "") -> tuple[Running, ...]:
    """The procedures with running cases, and how many of them run on which version, by title; of one `procedure`.
    Procedures that are no longer offered are left out: there is no version to move to. Raises Forbidden."""
    if not actor.may(MIGRATE):
        raise Forbidden()
    rows = Case.objects.filter(ended_at=None)
    if procedure:
        rows = rows.filter(procedure=procedure)
    counts: dict[str, dict[int, int]] = {}
    for name, version, count in rows.values_list("procedure", "version").annotate(n=Count("pk")).order_by("version"):
        counts.setdefault(name, {})[version] = count
    found = []
    for name, versions in counts.items():
        try:
            current = compiled("procedure", name)
        except NotFound:
            continue
        found.append(Running(name, str(current.model.name), current.version, versions))
    return tuple(sorted(found, key=lambda one: one.title))


def running_case(actor: Actor, code: str) -> CaseRef:
    """The running case with this dossier code, for whoever moves cases between versions: no more is told of it than
    that it is there. Raises Forbidden, NotFound."""
    if not actor.may(MIGRATE):
        raise Forbidden()
    found = Case.objects.filter(code=code.strip().upper(), ended_at=None).values_list("pk", "code").first()
    if found is None:
        raise NotFound()
    return CaseRef(*found)
