"""`tinhso cases catalogue FILE`: compare the packs with a national catalogue, and keep what no pack has."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from tinhso.cases import catalogue, services
from tinhso.kernel.actor import system

PARTS = (
    ("new", "new in the catalogue"),
    ("changed", "changed"),
    ("ended", "no longer in it"),
    ("differs", "a pack says otherwise"),
    ("unknown", "in a pack, not in the catalogue"),
)


class Command(BaseCommand):
    help = "Take in a national catalogue of procedures (CSV, XLSX or JSON)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        taking = verbs.add_parser("catalogue", help="take in a catalogue; the same again changes nothing")
        taking.add_argument("file", type=Path)
        taking.add_argument("--plan", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            listed = catalogue.read(file)
        except catalogue.Unreadable as error:
            raise CommandError(str(error)) from None
        with override("vi"):
            found = services.take_catalogue(system("cases.catalogue"), listed, file.name, dry=options["plan"])
        for name, words in PARTS:
            lines = getattr(found, name)
            if lines:
                self.stdout.write(f"{words}: {len(lines)}")
                for line in lines:
                    self.stdout.write(f"  {line}")
        if not (found.new or found.changed or found.ended):
            self.stdout.write("nothing new")
        self.stdout.write(f"{len(listed)} procedures, {found.information} for information only")
