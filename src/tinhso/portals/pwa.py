"""What makes the citizens' portal installable and lets it open without a network."""

import hashlib
import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from tinhso.kernel.policy import anyone, route
from tinhso.portals import assets


@route(anyone)
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest (W3C)."""
    icons = [
        {"src": static(f"portals/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    body = {
        "id": "/",
        "name": _("Tỉnh Số – Dịch vụ công"),
        "short_name": "Tỉnh Số",
        "description": _("Làm thủ tục, theo dõi hồ sơ, xem ai đã xem dữ liệu của mình."),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#faf8f4",
        "theme_color": "#0f4c81",
        "icons": icons,
        "shortcuts": [{"name": _("Hồ sơ của tôi"), "url": reverse("my_cases")}],
    }
    return JsonResponse(body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@route(anyone)
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker of frontend/src/sw.ts, told the files of this build. Its text changes with each build, and so
    browsers take the new one."""
    source = assets.manifest().get(assets.SOURCES["sw"])
    code = (assets.BUILD / source["file"]).read_text() if source else ""
    files = assets.shell()
    version = hashlib.sha256("\n".join([code, *files]).encode()).hexdigest()[:16]
    build = json.dumps({"version": version, "files": files, "offline": reverse("offline")})
    response = HttpResponse(f"self.BUILD = {build};\n{code}", content_type="text/javascript")
    response["Service-Worker-Allowed"] = "/"
    return response


@route(anyone)
def offline(request: HttpRequest) -> HttpResponse:
    """Shown by the service worker when there is no network; says what is kept."""
    return render(request, "offline.html")
