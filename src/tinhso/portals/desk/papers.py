"""The papers of a case: those that were handed in, those that were issued. Each look at one leaves its row."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tinhso.cases import queries as cases
from tinhso.cases.contracts import CaseDocument
from tinhso.documents import queries as documents
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import officer, route

from ..citizen.files import send, send_view


@route(officer)
def paper(request: HttpRequest, case_id: UUID, name: str) -> HttpResponse:
    """A paper that was handed in, large, with its file's particulars."""
    found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    shown = cases.paper(request.actor, case_id, name)  # type: ignore[attr-defined]
    return render(request, "desk/paper.html", {"case": found, "paper": shown, "demo": found.demo})


@route(officer)
def paper_file(request: HttpRequest, case_id: UUID, name: str) -> HttpResponse:
    """Its bytes, as people look at them."""
    found = cases.paper(request.actor, case_id, name)  # type: ignore[attr-defined]
    return send_view(request, found.digest, found.file_name, framed=True)


@route(officer)
def document(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """A paper that the platform issued in the case, with the state of its signature."""
    found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    shown = _document(request, case_id, document_id)
    checks = documents.check_signatures(shown.digest) if shown.signed_at else []
    context = {"case": found, "document": shown, "checks": checks, "demo": found.demo}
    return render(request, "desk/document.html", context)


@route(officer)
def document_file(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Its bytes."""
    shown = _document(request, case_id, document_id)
    found = documents.document(request.actor, document_id)  # type: ignore[attr-defined]
    with documents.open_blob(shown.digest) as file:
        name = f"{found.title} {found.number}".strip()
        return send(request, file.read(), found.blob.media_type, f"{name}.pdf", framed=True)


def _document(request: HttpRequest, case_id: UUID, document_id: UUID) -> CaseDocument:
    found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    shown = next((one for one in found.documents if one.id == document_id), None)
    if shown is None:
        raise NotFound()
    return shown
