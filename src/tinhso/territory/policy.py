"""Who may change the map. Reading it is open to everybody."""

from django.utils.translation import gettext_lazy as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden

EDIT = "territory.edit"


def check_edit(actor: Actor) -> None:
    """Raise Forbidden where the post does not allow `territory.edit`."""
    if not actor.may(EDIT):
        raise Forbidden(_("Chỉ quản trị viên địa giới được sửa đơn vị hành chính."))
