"""/desk/so/<register>/trung: pairs of records that may be of the same thing, and the search for them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services


@route(may("registers.see"))
def page(request: HttpRequest, register: str) -> HttpResponse:
    """The pairs that the last search found, the likeliest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    fields = of.definition.duplicates
    found = registers.duplicates(actor, register) if fields else None
    pairs = found.pairs if found else []
    names = [name for name in dict.fromkeys((*fields, *of.definition.shown)) if name in registers.readable(actor, of)]
    both = [record for pair in pairs for record in (pair.one, pair.other)]
    words = registers.in_words(of, both, names)
    rows = [
        {
            "pair": pair,
            "score": pair.score * 100,
            "records": [
                (record, [cells[name] for name in names])
                for record, cells in zip((pair.one, pair.other), words[2 * at : 2 * at + 2], strict=True)
            ],
            "merge": _merge(register, pair.one.ref.id, pair.other.ref.id),
        }
        for at, pair in enumerate(pairs)
    ]
    context = {
        "register": register,
        "of": of.definition,
        "found": found,
        "fields": [of.fields[name].spec.words for name in fields],
        "columns": [of.fields[name].spec.words for name in names],
        "rows": rows,
        "may_search": actor.may("registers.edit"),
    }
    return render(request, "desk/duplicates.html", context)


@route(may("registers.edit"))
@require_POST
def search(request: HttpRequest, register: str) -> HttpResponse:
    """Look for doubles anew, in the background."""
    try:
        services.find_duplicates(request.actor, register)  # type: ignore[attr-defined]
    except Invalid as error:
        raise NotFound() from error
    messages.success(request, _("Đang tìm bản ghi trùng; Ông/Bà có thể rời trang và xem lại sau ít phút."))
    return redirect("desk-duplicates", register)


def _merge(register: str, one: object, other: object) -> str:
    """Where two records are made one; "" where no page does that."""
    try:
        return f"{reverse('desk-merge', args=[register])}?ids={one},{other}"
    except NoReverseMatch:
        return ""
