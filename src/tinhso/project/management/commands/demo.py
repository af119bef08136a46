"""`tinhso demo load | sign-ins`: the demonstration province."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tinhso.project.demo import province


class Command(BaseCommand):
    help = "The demonstration province: load it once, or print who may sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["load", "sign-ins"])
        parser.add_argument("--people", type=int, default=20_000)
        parser.add_argument("--cases", type=int, default=30_000)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "sign-ins":
            self.stdout.write("Demonstration sign-ins (invented people):")
            for found in province.sign_ins():
                code = found.code
                self.stdout.write(f"  {found.role:13} {found.username:22} {found.password:14} {code}")
            return
        if province.is_loaded():
            self.stdout.write(f"the demonstration is loaded already; {province.load_samples()} samples came new")
            return
        begun = time.monotonic()
        province.load(
            options["people"],
            options["cases"],
            lambda text: self.stdout.write(f"{time.monotonic() - begun:6.1f} s  {text}"),
        )
