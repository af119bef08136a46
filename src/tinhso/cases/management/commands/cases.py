"""`tinhso cases migrate|catalogue`: running cases on another version, and the national catalogue of procedures."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from tinhso.cases import catalogue, services
from tinhso.cases.queries import running_case
from tinhso.kernel.actor import system
from tinhso.kernel.errors import Invalid, NotFound

PARTS = (
    ("new", "new in the catalogue"),
    ("changed", "changed"),
    ("ended", "no longer in it"),
    ("differs", "a pack says otherwise"),
    ("unknown", "in a pack, not in the catalogue"),
)


class Command(BaseCommand):
    help = "Move running cases to another version of their procedure, or take in a national catalogue of procedures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        moving = verbs.add_parser("migrate", help="say what moving running cases would do; with --run it is done")
        moving.add_argument("procedure", help="<pack>.<procedure>")
        moving.add_argument("--to", type=int, required=True, help="the version to move to")
        moving.add_argument(
            "--map", action="append", default=[], metavar="OLD=NEW", help="an element that has a new id"
        )
        moving.add_argument("--case", action="append", default=[], metavar="CODE", help="only this case")
        moving.add_argument("--run", action="store_true", help="move them; without it nothing is written")
        taking = verbs.add_parser(
            "catalogue", help="take in a catalogue (CSV, XLSX or JSON); the same again changes nothing"
        )
        taking.add_argument("file", type=Path)
        taking.add_argument("--plan", action="store_true", help="only say what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "migrate":
            self._migrate(options)
        else:
            self._catalogue(options)

    def _migrate(self, options: dict[str, Any]) -> None:
        actor = system("cli.cases-migrate")
        pairs = [pair.partition("=") for pair in options["map"]]
        if wrong := [old for old, sign, new in pairs if not (old and sign and new)]:
            raise CommandError(f"--map is written OLD=NEW, not {wrong[0]}")
        try:
            done = services.migrate_cases(
                actor,
                options["procedure"],
                options["to"],
                mapping={old: new for old, _sign, new in pairs},
                dry_run=not options["run"],
                cases=[running_case(actor, code).id for code in options["case"]] or None,
            )
        except NotFound as error:
            raise CommandError(f"there is no such procedure, version or case: {error}") from None
        except Invalid as error:
            raise CommandError("; ".join(str(told) for found in error.errors.values() for told in found)) from None
        for line in done.unplaced:
            self.stdout.write(self.style.WARNING(f"{line.code} (version {line.version}): {line.why}"))
        verb = "would move" if done.dry_run else "moved"
        self.stdout.write(f"{done.moved} {verb} to version {done.to_version}, {len(done.unplaced)} stay")
        if done.more:
            self.stdout.write("more cases were not looked at")

    def _catalogue(self, options: dict[str, Any]) -> None:
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
