"""`tinhso territory load | boundaries FILE --at DATE`"""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.actor import system
from tinhso.kernel.errors import Problem
from tinhso.territory import services


class Command(BaseCommand):
    help = "Nạp đơn vị hành chính (load) và ranh giới của chúng (boundaries)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("load", help="nạp hai bản đồ đơn vị hành chính trước và từ 01/07/2025")
        boundaries = verbs.add_parser("boundaries", help="nạp ranh giới từ tệp GeoJSON hoặc GeoPackage")
        boundaries.add_argument("file", type=Path)
        boundaries.add_argument(
            "--at", type=date.fromisoformat, help="bản đồ của ngày nào (YYYY-MM-DD; mặc định hôm nay)"
        )

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            if verb == "load":
                self._load()
            else:
                self._boundaries(options["file"], options["at"] or timezone.localdate())
        except Problem as problem:
            raise CommandError(f"{problem.title}: {problem}") from problem

    def _load(self) -> None:
        changed = services.load_facts(system("territory load"))
        self.stdout.write(_("Đơn vị hành chính: %(n)d dòng mới hoặc được sửa.") % {"n": changed})

    def _boundaries(self, file: Path, at: date) -> None:
        report = services.import_boundaries(system("territory boundaries"), file, at)
        self.stdout.write(_("Ranh giới đã nạp: %(n)d đơn vị.") % {"n": len(report.matched)})
        for words, names in (
            (_("Hình được chỉnh lại cho hợp lệ"), report.repaired),
            (_("Không khớp đơn vị nào"), report.unmatched),
            (_("Lặp lại trong tệp, đã bỏ qua"), report.repeated),
            (_("Còn thiếu ranh giới"), report.missing),
        ):
            if names:
                self.stdout.write(f"{words} ({len(names)}): {', '.join(names)}")
