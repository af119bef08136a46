"""/admin/hoi-mot-lan: what forms still ask although a register knows it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tinhso.cases import queries as cases
from tinhso.kernel.policy import may, route


@route(may("packs.apply"))
def page(request: HttpRequest) -> HttpResponse:
    """The forms in force, those that ask most of what is known first."""
    forms = cases.asked_again(request.actor)  # type: ignore[attr-defined]
    context = {"forms": forms, "asked": sum(len(form.asked) for form in forms)}
    return render(request, "admin/asked_once.html", context)
