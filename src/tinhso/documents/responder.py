"""The trust services as a WSGI application: OCSP, CRLs and time stamps by certomancer. `tinhso trust serve` runs it."""

from collections.abc import Callable, Iterable
from typing import Any

from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import CertomancerConfig

from . import trust


class Responder:
    """Answers for every certificate in the folder, those issued after it started included."""

    def __init__(self) -> None:
        self._known: frozenset[str] = frozenset()
        self._animator: Animator | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/health":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"ok\n"]
        return self._current()(environ, start_response)

    def _current(self) -> Animator:
        place = trust.folder()
        files = (place / "url.txt", *(place / "signers").glob("*.pem"), *(place / "signers").glob("*.revoked"))
        known = frozenset(f"{file.name} {file.stat().st_mtime_ns}" for file in files)
        if self._animator is None or known != self._known:
            config = CertomancerConfig(
                trust.certomancer_config(place), key_search_dir=str(place), config_search_dir=str(place)
            )
            self._animator = Animator(AnimatorArchStore(config.pki_archs), with_web_ui=False, allow_time_override=False)
            self._known = known
        return self._animator


def application() -> Responder:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.project.settings.embedded")
    django.setup()
    trust.ensure()
    return Responder()
