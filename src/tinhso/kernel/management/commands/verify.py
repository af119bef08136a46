"""`tinhso verify`: is everything that was sealed still what it was?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tinhso.kernel import seal


class Command(BaseCommand):
    help = "Seal what is not yet sealed, then compute every seal again and name each row that was changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-seal", action="store_true", help="only verify what is sealed already")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["no_seal"]:
            self.stdout.write(f"sealed now: {seal.seal_all()} rows")
        found = 0
        checks = {stream.name: (lambda stream=stream: seal.verify(stream)) for stream in seal.streams()}
        for name, check in (checks | seal.verifiers()).items():
            faults = 0
            for fault in check():
                faults += 1
                self.stdout.write(self.style.ERROR(str(fault)))
            self.stdout.write(f"{name}: {'ok' if not faults else f'{faults} faults'}")
            found += faults
        if found:
            raise CommandError(f"{found} faults; nothing was repaired")
