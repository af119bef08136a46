"""Files of the front-end build, by Vite's manifest."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

BUILD = Path(__file__).parent / "static" / "build"
FONTS = "node_modules/@fontsource/be-vietnam-pro/files/be-vietnam-pro-{}-{}-normal.woff2"
SOURCES = {
    "main": "src/main.ts",
    "office": "src/office.ts",
    "map": "src/islands/map.ts",
    "chart": "src/islands/chart.ts",
    "diagram": "src/islands/diagram.ts",
    "modeler": "src/islands/modeler.ts",
    "playback": "src/islands/playback.ts",
    "sw": "src/sw.ts",
}


@lru_cache(maxsize=2)
def _read(modified: int) -> dict[str, Any]:
    return json.loads((BUILD / "manifest.json").read_text())


def manifest() -> dict[str, Any]:
    """Vite's manifest, read again when a build replaced it; {} before the first build."""
    try:
        return _read((BUILD / "manifest.json").stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


def built(source: str) -> str:
    """The address of a built file; "" where it was not built."""
    found = manifest().get(source)
    return static(f"build/{found['file']}") if found else ""


def entry_tags(name: str) -> SafeString:
    """<link> and <script> of a bundle. Raises KeyError for a bundle that does not exist."""
    found = manifest().get(SOURCES[name])
    if found is None:
        return mark_safe("<!-- front end not built: make build -->")
    styles = format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(f"build/{file}"),) for file in found.get("css", ()))
    )
    script = format_html('<script type="module" src="{}"></script>', static(f"build/{found['file']}"))
    return styles + mark_safe("\n") + script


def shell() -> list[str]:
    """What a page needs with no network: the common bundles and the fonts that they use first."""
    names = [SOURCES["main"], SOURCES["office"]]
    held = manifest()
    files = [file for name in names if name in held for file in (held[name]["file"], *held[name].get("css", ()))]
    files += [held[key]["file"] for key in _fonts() if key in held]
    return [static(f"build/{file}") for file in files]


def preloaded_fonts() -> list[str]:
    """The faces that every page draws with, so that text does not jump."""
    return [address for key in _fonts(("400",)) if (address := built(key))]


def _fonts(weights: tuple[str, ...] = ("400", "600")) -> list[str]:
    return [FONTS.format(subset, weight) for weight in weights for subset in ("latin", "vietnamese")]


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise for ASGI: the whole file at once. Its own file response is an iterator without `await`, which Django
    would read through a thread, chunk by chunk, and warn of."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:  # pyright: ignore[reportIncompatibleMethodOverride]
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with found.file as file:
                body = file.read()
        answer = HttpResponse(body, status=int(found.status))
        del answer["Content-Type"]
        for name, value in found.headers:
            answer[name] = value
        return answer
