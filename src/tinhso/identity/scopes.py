"""What each scope lets an application know, as the page of leave says it. Read by the settings: imports no model."""

from django.utils.translation import gettext_lazy as _

PLATFORM = {
    "openid": _("Biết Ông/Bà là ai trong các lần đăng nhập sau"),
    "profile": _("Họ và tên"),
    "agency": _("Cơ quan và vị trí công tác"),
    "role": _("Vai trò trên nền tảng"),
}

NATIONAL_ID = {
    "openid": _("Xác nhận Ông/Bà là ai"),
    "profile": _("Họ và tên, ngày sinh, giới tính"),
    "national_id": _("Số định danh cá nhân"),
}
