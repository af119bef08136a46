"""Procedures that are being drawn in the browser: the drafts, what is wrong with one, and what publishing would do."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import Proposal

from ..bpmn import editing, elements, lane_words, words
from ..bpmn.editing import DrawnFault
from ..bpmn.reading import Broken
from ..contracts import Drawing, DrawnVersion, Template
from ..definitions import APPROVER
from ..models import ProcessDraft
from ..services import drawing as writing
from ..workflow import dmn

_OFTEN = ("userTask", "exclusiveGateway", "parallelGateway", "endEvent", "boundaryEvent: timer", "lane", "serviceTask")
"""What is drawn most stands first."""


def drawing(actor: Actor, procedure: str) -> Drawing:
    """The draft of a procedure. Raises Forbidden, NotFound where there is none for the actor."""
    return _seen(writing.own_draft(actor, procedure))


def drawings(actor: Actor) -> tuple[Drawing, ...]:
    """The drafts of the actor's agency, the last changed first. Raises Forbidden."""
    writing.need_draw(actor)
    return tuple(map(_seen, ProcessDraft.objects.filter(agency=actor.agency).order_by("-changed_at")[:100]))


def check_drawing(
    actor: Actor, procedure: str, text: str, steps: Mapping[str, Mapping[str, Any]]
) -> tuple[Drawing, list[DrawnFault]]:
    """The draft as it would be with this drawing and these steps, and its faults; nothing is kept. Raises Invalid for
    what is no BPMN."""
    row = writing.own_draft(actor, procedure)
    papers = [name for name in packs.names("paper") if name.startswith(f"{procedure.partition('.')[0]}.")]
    row.body = editing.with_drawing(row.body, text or row.body["files"][row.body["process"]], steps)
    return _seen(row), editing.faults(row.body, papers)


def propose_drawing(actor: Actor, procedure: str) -> Proposal:
    """What publishing the draft would do, and the faults for which it would do nothing."""
    own, edit = writing.proposed(actor, writing.own_draft(actor, procedure))
    return packs.propose(own, [edit])


def published_drawing(actor: Actor, procedure: str) -> tuple[str, tuple[DrawnVersion, ...]]:
    """The title of a procedure in force, and its versions, newest first. Raises Forbidden, NotFound."""
    writing.may_draw(actor, procedure)
    now = packs.compiled("procedure", procedure)
    earlier = [DrawnVersion(one.version, until) for one, until in packs.earlier("procedure", procedure, now.version)]
    return str(now.model.name), (DrawnVersion(now.version, None), *earlier)


def templates(actor: Actor) -> tuple[Template, ...]:
    """The procedures in force after which one of the agency's own may be made, by title. Raises Forbidden."""
    writing.need_draw(actor)
    found = [
        Template(one.name, str(one.model.name), str(one.model.sector))
        for one in packs.in_force("procedure")
        if not one.model.decides and packs.owner_of(one.pack) in {None, actor.agency}
    ]
    return tuple(sorted(found, key=lambda one: (one.sector, one.title)))


def vocabulary() -> dict[str, Any]:
    """What may be drawn: each element that is run, its name in the reader's language and what it means, and the roles
    by which lanes are named. Palette, menu and check come from this one list (`bpmn/elements.py`)."""
    return {
        "elements": [
            {"key": key, "name": str(words.NAMES[key]), "means": elements.RUN[key]}
            for key in sorted(elements.RUN, key=lambda key: _OFTEN.index(key) if key in _OFTEN else len(_OFTEN))
        ],
        "roles": [{"code": code, "name": name} for code, name in lane_words().items() if code != APPROVER],
    }


def zipped_drawing(actor: Actor, procedure: str) -> tuple[str, bytes]:
    """The pack of a procedure with the draft laid over it, as a zip of its folder, and the pack's name. Raises NotFound
    where the pack is not published yet."""
    own, edit = writing.proposed(actor, writing.own_draft(actor, procedure))
    return own.name, packs.packed(own.name, [edit])


def _seen(row: ProcessDraft) -> Drawing:
    body, pack = row.body, row.procedure.partition(".")[0]
    if "form" not in body:
        raise NotFound()
    return Drawing(
        procedure=row.procedure,
        name=body["name"],
        xml=body["files"][body["process"]],
        file=body["process"],
        steps=tuple(body["steps"]),
        form=tuple(body["form"]),
        decisions=tuple(_tables(body)),
        author=row.author,
        changed_at=row.changed_at,
        revision=row.revision,
        base=row.base,
        own=not row.base or packs.owner_of(pack) is not None,
    )


def _tables(body: Mapping[str, Any]) -> Iterator[str]:
    """The decision tables that a business rule task may ask, by id."""
    for file in body.get("decisions", ()):
        with suppress(Broken):
            yield from (table.id for table in dmn.read(body["files"][file]))
