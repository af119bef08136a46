"""/desk/danh-gia: how applicants rated the agency; what was said, for who answers for it; low ones to be followed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.kernel.errors import Conflict, Invalid, Words
from tinhso.kernel.policy import may, officer, route

MOST_LETTERS = 4_000


@route(officer)
def page(request: Any) -> HttpResponse:
    """Figures of the last twelve months; comments for the superior alone."""
    figures = cases.rating_figures(request.actor, *cases.last_year())
    leads = request.actor.may("rating.follow")
    after = request.GET.get("after", "")
    context = {
        "figures": figures,
        "by_agency": request.actor.may("case.see-province"),
        "leads": leads,
        "waiting": cases.ratings(request.actor, open_only=True, limit=50).ratings if leads else (),
        "said": cases.ratings(request.actor, after=after) if leads else None,
    }
    return render(request, "desk/ratings.html", context)


@route(may("rating.follow"))
def one(request: Any, rating_id: UUID) -> HttpResponse:
    """One rating; where it is low, what was done about it."""
    found = cases.rating(request.actor, rating_id)
    note = request.POST.get("note", "")[:MOST_LETTERS]
    errors: dict[str, list[Words]] = {}
    if request.method == "POST":
        try:
            services.follow(request.actor, rating_id, note)
        except Invalid as error:
            errors = error.errors
        except Conflict as error:
            messages.warning(request, str(error.detail))
            return redirect("desk-rating", rating_id)
        else:
            messages.success(request, _("Đã ghi kết quả xử lý."))
            return redirect("desk-ratings")
    context = {"rating": found, "note": note, "errors": errors}
    return render(request, "desk/rating.html", context, status=422 if errors else 200)
