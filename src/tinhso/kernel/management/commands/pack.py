"""`tinhso pack new|check|plan|apply|list`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tinhso.kernel.actor import system
from tinhso.kernel.errors import Invalid
from tinhso.kernel.models import Pack
from tinhso.kernel.packs import LoadedPack, apply, check, plan, read
from tinhso.kernel.packs.scaffold import scaffold


class Command(BaseCommand):
    help = "Packs: new NAME, check, plan, apply, list. Without names: every folder of packs/."
    requires_system_checks = []  # `check` is a verb of ours

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["new", "check", "plan", "apply", "list"])
        parser.add_argument("names", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['verb']}")(options["names"])

    def _packs(self, names: list[str]) -> list[LoadedPack]:
        root = Path(settings.PACKS)
        folders = [root / name for name in names] or sorted(file.parent for file in root.glob("*/pack.yaml"))
        if missing := [folder.name for folder in folders if not folder.is_dir()]:
            raise CommandError(f"there is no pack {', '.join(missing)} in {root.name}/")
        return read(folders)

    def _new(self, names: list[str]) -> None:
        for name in names:
            try:
                folder = scaffold(Path(settings.PACKS), name)
            except (FileExistsError, ValueError) as error:
                raise CommandError(str(error)) from None
            self.stdout.write(f"{folder.parent.name}/{name} is there; edit it, then: tinhso pack check {name}")

    def _check(self, names: list[str]) -> None:
        packs = self._packs(names)
        faults = check(packs)
        for fault in faults:
            self.stdout.write(self.style.ERROR(str(fault)))
        if faults:
            raise CommandError(f"{len(faults)} faults")
        self.stdout.write(f"{len(packs)} packs, {sum(len(p.definitions) for p in packs)} definitions: no fault")

    def _plan(self, names: list[str]) -> None:
        nothing = True
        packs = self._packs(names)
        if faults := check(packs):
            raise CommandError("\n".join(map(str, faults)))
        for kind, name, what, changes in plan(packs):
            nothing = False
            self.stdout.write(f"{kind} {name}: {what}")
            for change in changes:
                loses = self.style.ERROR(f"  LOSES {change.loses}") if change.loses else ""
                self.stdout.write(f"    {change.what}  [{change.cost}]{loses}")
        if nothing:
            self.stdout.write("nothing would change")

    def _apply(self, names: list[str]) -> None:
        try:
            done = apply(system("pack apply"), self._packs(names))
        except Invalid as error:
            raise CommandError(
                "nothing was applied:\n" + "\n".join(str(m) for messages in error.errors.values() for m in messages)
            ) from None
        self.stdout.write("\n".join(done) if done else "nothing changed")

    def _list(self, names: list[str]) -> None:
        for pack in Pack.objects.order_by("name"):
            self.stdout.write(f"{pack.name:30} {pack.version:10} {pack.applied_at:%Y-%m-%d %H:%M} {pack.digest[:12]}")
