"""What the province holds about whoever is signed in, and who looked at it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.documents import queries as documents
from tinhso.documents.contracts import DocumentRef
from tinhso.identity import queries as identity
from tinhso.identity import services
from tinhso.identity.contracts import AccessRow, PersonDetails
from tinhso.kernel.fields import field_types
from tinhso.kernel.fields.lists import code_list
from tinhso.kernel.packs import compiled
from tinhso.kernel.policy import citizen, route, signed_in
from tinhso.portals.design import Words
from tinhso.territory import queries as territory

from .files import send

SEXES: dict[str, Words] = {"male": gettext_lazy("Nam"), "female": gettext_lazy("Nữ")}
SEEN: dict[str, Words] = {
    "name": gettext_lazy("Họ tên"),
    "personal": gettext_lazy("Thông tin cá nhân trong dữ liệu dân cư"),
    "papers": gettext_lazy("Giấy tờ nộp trong hồ sơ"),
}
"""What a look showed (identity.Access.fields) in words."""


@route(citizen)
def me(request: Any) -> HttpResponse:
    """My details as the population register has them, and what I agreed to."""
    person = identity.own_details(request.actor)
    consents = identity.consents(request.actor)
    context = {"rows": _details(person), "consents": consents, "demo": person.demo}
    return render(request, "citizen/me.html", context)


def _details(person: PersonDetails) -> list[dict[str, Any]]:
    born = f"{person.born_on:%d/%m/%Y}" if person.born_on else ""
    return [
        {"key": _("Họ, chữ đệm, tên"), "value": person.name},
        {"key": _("Số định danh cá nhân"), "value": person.national_id},
        {"key": _("Ngày sinh"), "value": born},
        {"key": _("Giới tính"), "value": str(SEXES.get(person.sex, ""))},
        {"key": _("Dân tộc"), "value": _label("ethnicity", person.ethnicity)},
        {"key": _("Quốc tịch"), "value": _label("nationality", person.nationality)},
        {"key": _("Nơi thường trú"), "value": _home(person)},
        {"key": _("Số điện thoại"), "value": field_types()["phone"].to_raw(person.phone)},
        {"key": _("Thư điện tử"), "value": person.email},
    ]


def _label(name: str, code: str) -> str:
    return next((str(one.label) for one in code_list(name).codes if one.value == code), code)


def _home(person: PersonDetails) -> str:
    here = territory.unit(person.address_unit) if person.address_unit else None
    above = territory.ancestors(person.address_unit) if here else ()
    return ", ".join(
        part for part in (person.address_line, here.name if here else "", *(u.name for u in above)) if part
    )


@route(citizen)
@require_POST
def withdraw_consent(request: Any, consent_id: UUID) -> HttpResponse:
    """Take a consent back; from now on the data go there no more."""
    services.withdraw_consent(request.actor, consent_id)
    messages.success(request, _("Đã rút đồng ý."))
    return redirect(reverse("me") + "#consents")


@route(citizen)
def papers(request: Any) -> HttpResponse:
    """The papers that were issued to me, newest first. What still waits for its signature is no paper yet."""
    found = [one for one in documents.documents_of_person(request.actor.person) if _valid(one)]
    of = {one.id: UUID(one.subject.partition(":")[2]) for one in found if one.subject.startswith("case:")}
    refs = cases.visible_refs(request.actor, of.values())
    mine = {paper: refs[case] for paper, case in of.items() if case in refs}
    shown = [(one, str(compiled("paper", one.kind).model.name), mine.get(one.id)) for one in found]
    return render(request, "citizen/my_papers.html", {"papers": shown})


@route(citizen)
def store(request: Any) -> HttpResponse:
    """My electronic store: signed results that stand for papers in later cases."""
    found = cases.my_results(request.actor)
    return render(
        request, "citizen/my_store.html", {"results": found, "demo": identity.own_details(request.actor).demo}
    )


def _valid(paper: DocumentRef) -> bool:
    return paper.signed_at is not None or not compiled("paper", paper.kind).model.signed


@route(signed_in)
def document(request: Any, document_id: UUID) -> HttpResponse:
    """An issued paper, for whom documents' policy lets read it: its owner, and officers who see its subject."""
    found = documents.document(request.actor, document_id)
    name = f"{found.title} {found.number}".strip()
    with documents.open_blob(found.blob.digest) as file:
        return send(request, file.read(), found.blob.media_type, f"{name}.pdf")


@route(citizen)
def looks(request: Any) -> HttpResponse:
    """Who looked at my data: post, agency, what for, for which case, when."""
    after = request.GET.get("after", "")
    page = identity.accesses_to(request.actor, after)
    mine = cases.visible_refs(request.actor, {row.case for row in page.rows if row.case})
    entries = [
        {
            "when": row.at,
            "title": _who(row),
            "text": " · ".join(part for part in (row.purpose, str(SEEN.get(row.fields, row.fields))) if part),
            "href": reverse("case", args=[row.case]) if row.case in mine else "",
        }
        for row in page.rows
    ]
    return render(request, "citizen/looks.html", {"entries": entries, "next": page.next, "first": not after})


def _who(row: AccessRow) -> str:
    if row.post or row.agency:
        return ", ".join(part for part in (row.post, row.agency) if part)
    return _("Nền tảng, tự động") if row.system else _("Người dùng dịch vụ công")
