"""Linked procedures as one application: for the applicant with everything, for an agency with what the others' parts
are called, where they are and how they stand."""

from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.identity.queries import agencies
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import bundles, policy, workflow
from ..contracts import ApplicationPartView, ApplicationView
from ..models import Application, ApplicationPart, Case, Status


def application(actor: Actor, application_id: UUID) -> ApplicationView:
    """An application of the reader's own. NotFound for another's."""
    row = Application.objects.filter(pk=application_id, person=actor.person).first()
    if row is None or actor.is_officer or actor.person is None:
        raise NotFound()
    return _view(row, linked=True)


def application_of(actor: Actor, case_id: UUID) -> ApplicationView | None:
    """The application of which a case is a part, None where it stands alone. Whoever is not the applicant learns of the
    other parts their name, agency, state and due time, and no way into them: so much the applicant agreed to by
    applying for them together. NotFound where the case may not be seen."""
    case = policy.get(actor, case_id)
    part = ApplicationPart.objects.filter(case=case_id).select_related("application").first()
    return _view(part.application, linked=policy.is_applicant(actor, case), here=case_id) if part else None


def _view(row: Application, *, linked: bool, here: UUID | None = None) -> ApplicationView:
    parts = list(ApplicationPart.objects.filter(application=row).order_by("place"))
    cases = {case.pk: case for case in Case.objects.filter(pk__in=[part.case for part in parts if part.case])}
    found = [(part, cases.get(part.case) if part.case else None) for part in parts]
    names = {
        ref.id: ref.words for ref in agencies(ids={case.holder_id if case else part.agency for part, case in found})
    }
    titles = {part.key: str(workflow.procedure(part.procedure, part.version).model.name) for part in parts}
    try:
        name = str(bundles.definition(row.bundle).name)
    except NotFound:  # no longer offered
        name = ", ".join(titles.values())
    return ApplicationView(
        row.pk,
        row.code,
        name,
        row.submitted_at,
        tuple(
            ApplicationPartView(
                title=titles[part.key],
                agency=names[case.holder_id if case else part.agency],
                status=str(Status(case.status).label) if case else _status(part),
                status_code=case.status if case else 0,
                due_at=case.due_at if case else None,
                ended=part.state == "ended" if case is None else case.ended_at is not None,
                why=_why(part, titles),
                case=case.pk if case and linked else None,
                code=case.code if case and linked else "",
                here=case is not None and case.pk == here,
            )
            for part, case in found
        ),
        row.demo,
    )


def _status(part: ApplicationPart) -> str:
    return _("Không thực hiện") if part.state == "ended" else _("Chờ kết quả trước")


def _why(part: ApplicationPart, titles: dict[str, str]) -> str:
    if part.case is not None:
        return ""
    if part.state == "ended":
        return _("“%(part)s” không có kết quả, nên thủ tục này không thực hiện được.") % {"part": titles[part.because]}
    return _("Bắt đầu ngay khi có kết quả “%(part)s”.") % {"part": "”, “".join(titles[key] for key in part.after)}
