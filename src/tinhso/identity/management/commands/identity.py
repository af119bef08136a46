"""`tinhso identity load | rotate-keys | totp USERNAME`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tinhso.identity import services
from tinhso.identity.models import Account
from tinhso.kernel.actor import system
from tinhso.kernel.errors import Forbidden


class Command(BaseCommand):
    help = "Nạp cơ quan và ứng dụng đăng nhập (load), đổi khóa mã hóa (rotate-keys), mã xác thực trình diễn (totp)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("load", help="nạp các cơ quan của tỉnh và đăng ký ứng dụng với trang định danh trình diễn")
        verbs.add_parser("rotate-keys", help="mã hóa lại khóa dữ liệu bằng khóa mới nhất trong FIELD_KEYS")
        totp = verbs.add_parser("totp", help="in mã xác thực hiện tại của một tài khoản trình diễn")
        totp.add_argument("username")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        actor = system(f"identity {verb}")
        if verb == "load":
            changed = services.load_agencies(actor)
            services.register_client(actor)
            services.register_client(actor)
            self.stdout.write(_("Cơ quan và vị trí: %(n)d dòng mới hoặc được sửa.") % {"n": changed})
        elif verb == "rotate-keys":
            changed = services.rotate_keys(actor)
            self.stdout.write(_("Đã chuyển %(n)d dòng sang khóa mới nhất.") % {"n": changed})
        else:
            try:
                self.stdout.write(services.demo_totp_code(options["username"]))
            except (Account.DoesNotExist, Forbidden) as error:
                raise CommandError(_("Chỉ tài khoản trình diễn mới có mã này.")) from error
