"""tinhso openapi: what the API is, as docs/openapi.json keeps it."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from tinhso.project.api import document


class Command(BaseCommand):
    help = "Print the description of the API (OpenAPI 3.1)"

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            self.stdout.write(document())
