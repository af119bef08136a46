"""The platform's own work on a case: its slips, and the result that an approval promised. Safe to repeat: what is
made is noted in the transaction that makes it, and only the signature itself, which needs the network, is outside."""

from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from tinhso.documents import services as documents
from tinhso.identity.queries import agency_by_id, post
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.packs import Compiled
from tinhso.registers import queries as records
from tinhso.registers import services as registers

from .. import papers, policy, timeline, workflow
from ..contracts import CaseRef
from ..models import Case, Task
from . import fees
from .moving import move

log = structlog.get_logger()


def issue_paper(case_id: UUID, role: str) -> None:
    """Make the slip `role` (receipt, supplement, refusal, apology) of a case, once."""
    actor = system("cases.issue-paper")
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if role in case.results:
            return
        title, data = papers.slip(role, case, workflow.procedure(case.procedure, case.version))
        document = documents.issue(
            actor,
            papers.KINDS[role],
            data,
            title=title,
            subject=f"case:{case.pk}",
            person=case.person,
            agency=case.holder_id,
        )
        case.results = case.results | {role: str(document.id)}
        case.save(update_fields=["results"])
        timeline.write(actor, case, "issued", role, at=timezone.now(), document=str(document.id))


def finish_signing(task_id: UUID) -> CaseRef:
    """Make the record and the result of an approved case, sign it in the name of the post that approved, and let
    the case go on.

    Three parts: record and paper in one transaction; the signature, with no transaction open; the move. Whatever
    is done already is not done again, so a killed worker loses nothing and doubles nothing. A failure is written
    on the task for the case's page, and raised, so that the queue tries again.
    """
    case_id = Task.objects.values_list("case_id", flat=True).get(pk=task_id)
    try:
        signer, document_id = _prepare(case_id, task_id)
        if document_id is not None:
            documents.sign(
                _signer_actor(signer, case_id),
                document_id,
                signer_name=signer["name"],
                signer_title=signer["title"],
                agency_name=signer["agency_name"],
            )
    except Exception as error:
        log.warning("signing failed", case=str(case_id), task=str(task_id), exc_info=True)
        with transaction.atomic():
            task = Task.objects.select_for_update().get(pk=task_id)
            if not task.completed_at:
                task.payload = task.payload | {"trouble": str(error)[:500]}
                task.save(update_fields=["payload"])
        raise
    with transaction.atomic():
        actor = _signer_actor(signer, case_id)
        case = policy.get(actor, case_id, lock=True)
        task = Task.objects.get(pk=task_id)
        if task.completed_at is None:
            task.payload = {key: value for key, value in task.payload.items() if key != "trouble"}
            task.save(update_fields=["payload"])
            move(
                actor,
                case,
                task,
                "done",
                found=workflow.procedure(case.procedure, case.version),
                now=timezone.now(),
                document=case.results.get("result"),
            )
    return CaseRef(case.pk, case.code)


def _signer_actor(signer: dict[str, Any], case_id: UUID) -> Actor:
    """The platform, acting on the decision of the post that approved."""
    return Actor(
        system="cases.finish-signing",
        account=UUID(signer["account"]) if signer["account"] else None,
        post=UUID(signer["post"]) if signer["post"] else None,
        agency=UUID(signer["agency"]) if signer["agency"] else None,
        name=signer["name"],
        assurance=3,
        case=case_id,
    )


def _prepare(case_id: UUID, task_id: UUID) -> tuple[dict[str, Any], UUID | None]:
    """The record and the unsigned paper, in one transaction; returns who signs, and the paper to be signed."""
    with transaction.atomic():
        case = policy.get(system("cases.finish-signing"), case_id, lock=True)
        task = Task.objects.get(pk=task_id)
        signer = _signer(task, case)
        if task.completed_at:
            return signer, None
        if "result" not in case.results:
            _make_result(_signer_actor(signer, case_id), case, signer)
        return signer, UUID(case.results["result"])


def _signer(task: Task, case: Case) -> dict[str, Any]:
    """Who decided, with the Vietnamese title of the post, as papers carry it."""
    given = {key: task.payload.get(key, "") for key in ("account", "post", "agency", "name")}
    with override("vi"):
        title = post(UUID(given["post"])).title if given["post"] else ""
    return given | {"title": title, "agency_name": agency_by_id(case.holder_id).name}


def _make_result(actor: Actor, case: Case, signer: dict[str, Any]) -> None:
    found: Compiled = workflow.procedure(case.procedure, case.version)
    result = found.model.result
    today = timezone.localdate()
    with override("vi"):
        known = papers.facts(actor, case, found, signer, today)
        results = dict(case.results)
        if result.register_:
            values = papers.record_values(found.model, known)
            record = registers.create(
                actor,
                result.register_,
                values,
                case=case.pk,
                why=found.model.name.vi,
                unit="" if papers.has_place(result.register_, values) else known["case"]["unit"],
                demo=case.demo,
            )
            results["record"] = {"register": record.register, "id": str(record.id)}
            stored = records.get(actor, record.register, record.id, purpose=found.model.name.vi)
            known["document"] = {"number": stored.values.get("number", "")}
        kind = result.document if "." in result.document else f"{found.pack}.{result.document}"
        document = documents.issue(
            actor,
            kind,
            papers.result_data(found.model, case, known),
            title=f"{found.model.name.vi} – {case.subject}" if case.subject else found.model.name.vi,
            subject=f"case:{case.pk}",
            person=None if fees.outstanding(case, found) else case.person,
            agency=case.holder_id,
        )
        results["result"] = str(document.id)
    case.results = results
    case.save(update_fields=["results"])
