"""Pages as a browser gets them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from tinhso.kernel.policy import Rule
from tinhso.portals import assets, design

OPEN = ["/", "/tim", "/tim?q=khai", "/verify", "/data", "/admin/design", "/offline"]
SIGNED = ["/ho-so", "/desk", "/ioc", "/admin"]

pytestmark = pytest.mark.django_db


def addresses(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("address", OPEN)
def test_open_pages_are_whole_in_both_languages(client: Client, address: str, language: str) -> None:
    client.cookies["lang"] = language
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in page
    assert 'href="#main"' in page
    assert page.count("<h1") >= 1


@pytest.mark.parametrize("address", SIGNED)
def test_the_other_pages_ask_who_is_there(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"/dang-nhap?next={address}"


@pytest.mark.parametrize("address", OPEN)
def test_nothing_inline_and_nothing_foreign(client: Client, address: str) -> None:
    answer = client.get(address)
    page = answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_front_end_is_built() -> None:
    assert assets.manifest(), "run `npm ci && npm run build` in frontend/"
    for name in assets.SOURCES:
        assert "<script" in assets.entry_tags(name)


def test_every_route_of_the_portals_has_a_policy() -> None:
    ours = [
        pattern
        for pattern in addresses(get_resolver().url_patterns)
        if pattern.callback.__module__.startswith("tinhso.portals")
    ]
    assert len(ours) > 15
    assert [str(p.pattern) for p in ours if not isinstance(getattr(p.callback, "policy", None), Rule)] == []


def test_the_language_switch_keeps_the_page(client: Client) -> None:
    answer = client.post("/ngon-ngu", {"language": "en", "next": "/tim?q=khai"})
    assert answer["Location"] == "/tim?q=khai"
    assert 'lang="en"' in client.get("/").content.decode()
    assert client.post("/ngon-ngu", {"language": "vi", "next": "https://elsewhere.example/"})["Location"] == "/"
    assert client.get("/ngon-ngu").status_code == 405


def test_the_manifest_can_be_installed(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.content)
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert any(icon["purpose"] == "maskable" for icon in manifest["icons"])


def test_the_service_worker_rules_the_whole_site(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/"
    build = json.loads(answer.content.decode().split(";\n", 1)[0].removeprefix("self.BUILD = "))
    assert build["offline"] == "/offline"
    assert any(file.endswith(".css") for file in build["files"])


def test_an_address_that_does_not_exist_is_explained(client: Client) -> None:
    answer = client.get("/khong-co-trang-nay")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "Địa chỉ này không có" in page
    assert answer["X-Request-Id"] in page


@pytest.mark.parametrize("status", [403, 404, 409, 412, 413, 415, 500, 503])
def test_every_problem_says_what_to_do(rf: Any, status: int) -> None:
    from tinhso.kernel import errors
    from tinhso.kernel.web import answer

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Problem)]
    kind = next(kind for kind in kinds if kind.status == status)
    page = answer(rf.get("/desk"), kind()).content.decode()
    text = re.sub(r"<[^>]+>", " ", page[page.index("<h1") : page.index('<p class="ts-actions"')])
    assert len(text.split()) > 12


def test_demonstration_data_is_marked(client: Client, settings: Any) -> None:
    assert "không phải người thật" not in client.get("/").content.decode()
    settings.DEMO = True
    assert "không phải người thật" in client.get("/").content.decode()


def test_every_template_is_sound() -> None:
    engine = engines["django"]
    names = [
        str(file.relative_to(folder))
        for folder in [assets.BUILD.parents[1] / "templates"]
        for file in folder.rglob("*.html")
    ]
    assert len(names) > 60
    for name in names:
        engine.get_template(name)


def test_every_icon_that_a_template_names_is_drawn() -> None:
    templates = (Path(design.__file__).parent / "templates").rglob("*.html")
    named = {icon for file in templates for icon in re.findall(r'{% icon "([\w-]+)"', file.read_text())}
    assert named and named - design.ICONS.keys() == set()
