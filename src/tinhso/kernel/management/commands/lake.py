"""`tinhso lake sync [TABLE…] [--personal]`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tinhso.kernel import lake
from tinhso.kernel.actor import system
from tinhso.kernel.errors import Forbidden, NotFound


class Command(BaseCommand):
    help = "Ghi các sổ ra kho tệp Parquet (var/lake), chỉ những phần đã thay đổi."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        sync = verbs.add_parser("sync", help="ghi lại những phần đã thay đổi")
        sync.add_argument("tables", nargs="*", metavar="TABLE", help="tên sổ (mặc định: mọi sổ)")
        sync.add_argument(
            "--personal",
            action="store_true",
            help="các sổ nêu ở TINHSO_LAKE_PERSONAL, cả dữ liệu cá nhân, ra thư mục riêng var/lake-personal",
        )

    def handle(self, *args: Any, tables: list[str], personal: bool, **options: Any) -> None:
        for name in lake.withdraw():
            self.stdout.write(_("%(table)s: đã bỏ khỏi kho dữ liệu cá nhân, vì không còn được phép.") % {"table": name})
        try:
            found = [lake.table(name, personal=personal) for name in tables] or lake.tables(personal=personal)
        except NotFound as problem:
            raise CommandError(_("Không có sổ nào tên %(table)s.") % {"table": problem.detail}) from problem
        except Forbidden as problem:
            raise CommandError(
                _("Sổ ấy không được phép ra kho dữ liệu cá nhân; xin xem %(setting)s.") % {"setting": problem.detail}
            ) from problem
        if not found:
            self.stdout.write(_("Không có sổ nào để ghi ra kho."))
        for one in found:
            done = lake.sync(system("lake sync"), one)
            self.stdout.write(
                _("%(table)s: ghi lại %(written)d phần, %(rows)d bản ghi trong kho.")
                % {"table": done.table, "written": len(done.written), "rows": done.rows}
            )
