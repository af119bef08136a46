"""Files on their way out: named in any language, never sniffed, never run, kept by no shared cache."""

from pathlib import PurePath

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from tinhso.documents import queries as documents

SHOWN = {"application/pdf", "image/jpeg", "image/png"}
"""What a browser may show by itself; everything else is downloaded."""


def send(request: HttpRequest, content: bytes, media_type: str, name: str, *, framed: bool = False) -> HttpResponse:
    """The bytes under their name (RFC 5987 where it is not ASCII): shown, or downloaded with ?tai=1. `framed`: a page
    of ours may show them in itself."""
    response = HttpResponse(content, content_type=media_type)
    download = "tai" in request.GET or media_type not in SHOWN
    name = name.replace("/", "-").replace("\\", "-")
    response["Content-Disposition"] = content_disposition_header(download, name) or "attachment"
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    frames = "'self'" if framed else "'none'"
    response["Content-Security-Policy"] = f"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors {frames}"
    if framed:
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def send_view(request: HttpRequest, digest: str, name: str, *, framed: bool = False) -> HttpResponse:
    """A paper that somebody handed in, as people look at it: a photograph upright and without the place where it was
    taken. Whoever calls has asked who may."""
    content, media_type = documents.view_of(digest)
    if media_type == "image/jpeg":
        name = f"{PurePath(name).stem}.jpg"
    return send(request, content, media_type, name, framed=framed)
