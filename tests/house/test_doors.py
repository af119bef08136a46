"""Every door has its rule, every event its listener, every setting and pack key its line in the docs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from pydantic import BaseModel

from tinhso.kernel import events
from tinhso.kernel.packs.definitions import PackManifest
from tinhso.kernel.packs.registry import kinds

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "tinhso"
# Views that libraries bring, with the reason why the library's own check is the rule.
FOREIGN = {
    "django.views.i18n": "sets the language cookie only",
    "oauth2_provider": "OpenID Connect decides by client and token",
    "allauth": "sign-in itself",
    "django.views.static": "static files",
}


def doors(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        at = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from doors(pattern.url_patterns, at)
        else:
            yield at, pattern


def test_every_route_declares_its_policy() -> None:
    missing = []
    for at, pattern in doors(get_resolver().url_patterns):
        view = pattern.callback
        module = getattr(view, "__module__", "")
        owner = getattr(getattr(view, "view_class", None), "__module__", module)
        if hasattr(view, "policy") or any(owner.startswith(name) for name in FOREIGN):
            continue
        missing.append(f"{at} ({owner})")
    assert missing == []


def test_every_event_has_its_listener() -> None:
    """Live pages hear every event by NOTIFY; beyond them each event of a case or record serves a subscriber."""
    heard = {name for name in events.declared() if events.subscribers(name)}
    unheard = {name for name in events.declared() if not name.startswith("test.")} - heard
    documented = (ROOT / "docs" / "events.md").read_text()
    assert [name for name in sorted(unheard) if f"`{name}`" not in documented] == []


def test_every_event_is_documented() -> None:
    documented = (ROOT / "docs" / "events.md").read_text()
    assert [n for n in sorted(events.declared()) if not n.startswith("test.") and f"`{n}`" not in documented] == []


def test_every_setting_is_documented() -> None:
    documented = (ROOT / "docs" / "operations.md").read_text()
    read = re.compile(r"os\.environ(?:\.get\(|\[)\s*[\"']([A-Z_]+)[\"']")
    names = {name for file in SRC.rglob("*.py") for name in read.findall(file.read_text())}
    names -= {"DJANGO_SETTINGS_MODULE", "PATH", "HOME"}
    assert [name for name in sorted(names) if f"`{name}`" not in documented] == []


def keys(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield field.alias or name
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            for inner in (part, *getattr(part, "__args__", ())):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    yield from keys(inner, seen)


@pytest.mark.parametrize(
    "model", [PackManifest, *[kind.model for kind in kinds() if ".tests" not in kind.model.__module__]]
)
def test_every_pack_key_is_documented(model: type[BaseModel]) -> None:
    documented = (ROOT / "docs" / "packs.md").read_text()
    assert [key for key in sorted(set(keys(model, set()))) if f"`{key}`" not in documented] == []
