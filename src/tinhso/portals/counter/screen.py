"""The call screen: dark, large, live. Numbers and windows, never a name."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tinhso.cases.queries import counter as queries
from tinhso.kernel.policy import anyone, route

from .kiosk import spoken


@route(anyone)
def screen(request: HttpRequest, centre: str) -> HttpResponse:
    """For a wall: it keeps itself up to date and says each call aloud where the browser can."""
    return render(request, "counter/screen.html", _board(centre))


@route(anyone)
def called(request: HttpRequest, centre: str) -> HttpResponse:
    """What it shows now."""
    return render(request, "counter/screen_state.html", _board(centre))


def _board(centre: str) -> dict[str, Any]:
    board = queries.board(centre)
    latest = board.latest
    return {
        "board": board,
        "centre": board.centre,
        "topic": f"counter:{board.centre.id}",
        "latest": latest,
        "spoken": spoken(latest.code, latest.window) if latest else "",
        "said": f"{latest.id}.{latest.calls}" if latest else "",
        "rest": [one for one in board.called if latest is None or one.id != latest.id],
    }
