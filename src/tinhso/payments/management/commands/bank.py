"""`tinhso bank serve`: the bank and the telecom operator of the demonstration."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from granian import Granian  # type: ignore[attr-defined]
from granian.constants import Interfaces


class Command(BaseCommand):
    help = "A stand-in bank: takes QR codes, tells the platform of transfers, gives money back. For demonstration."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["serve"])
        parser.add_argument("--port", type=int, help="default: TINHSO_BANK_PORT")
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"] or settings.BANK_PORT
        self.stdout.write(f"bank of the demonstration: http://localhost:{port}")
        self.stdout.flush()
        Granian(
            "tinhso.payments.bank.server:application",
            address=options["host"],
            port=port,
            interface=Interfaces.WSGI,
            factory=True,
            workers=1,
            blocking_threads=2,
            websockets=False,
            log_access=False,
        ).serve()
