"""`tinhso cases migrate PROCEDURE --to N`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tinhso.cases.queries import running_case
from tinhso.cases.services import migrate_cases
from tinhso.kernel.actor import system
from tinhso.kernel.errors import Invalid, NotFound


class Command(BaseCommand):
    help = "Running cases: migrate PROCEDURE --to VERSION says what moving them would do; with --run it is done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["migrate"])
        parser.add_argument("procedure", help="<pack>.<procedure>")
        parser.add_argument("--to", type=int, required=True, help="the version to move to")
        parser.add_argument(
            "--map", action="append", default=[], metavar="OLD=NEW", help="an element that has a new id"
        )
        parser.add_argument("--case", action="append", default=[], metavar="CODE", help="only this case")
        parser.add_argument("--run", action="store_true", help="move them; without it nothing is written")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = system("cli.cases-migrate")
        pairs = [pair.partition("=") for pair in options["map"]]
        if wrong := [old for old, sign, new in pairs if not (old and sign and new)]:
            raise CommandError(f"--map is written OLD=NEW, not {wrong[0]}")
        try:
            done = migrate_cases(
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
