"""`tinhso trust init|serve|revoke|renew`: the local authority that signs, stamps the time, answers for revocation."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from granian import Granian  # type: ignore[attr-defined]
from granian.constants import Interfaces

from tinhso.documents import trust


class Command(BaseCommand):
    help = """The local public-key infrastructure: init makes it, serve answers OCSP, CRL and time-stamp requests;
    revoke ends a signer's certificate, renew gives another."""
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["init", "serve", "revoke", "renew"])
        parser.add_argument("--signer", nargs=3, metavar=("NAME", "TITLE", "AGENCY"), help="whose certificate")
        parser.add_argument("--port", type=int, help="default: that of TRUST_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["port"]:
            os.environ["TINHSO_TRUST_PORT"] = str(options["port"])  # the worker is a process of its own
            settings.TRUST_URL = f"http://127.0.0.1:{options['port']}"
        place = trust.ensure()
        self.stdout.write(f"root certificate: {place / 'root.pem'}")
        if options["verb"] in {"revoke", "renew"}:
            if not options["signer"]:
                raise CommandError("say whose certificate: --signer NAME TITLE AGENCY")
            getattr(trust, options["verb"])(*options["signer"])
        if options["verb"] == "serve":
            self.stdout.write(f"OCSP, CRL and time stamps: {settings.TRUST_URL}")
            self.stdout.flush()
            Granian(
                "tinhso.documents.responder:application",
                address="127.0.0.1",
                port=trust.port(),
                interface=Interfaces.WSGI,
                factory=True,
                workers=1,
                blocking_threads=2,
                websockets=False,
                log_access=False,
            ).serve()
