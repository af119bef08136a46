"""Addresses of /ioc."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import measure, wall

NAV = [
    NavItem("/ioc", _("Toàn tỉnh")),
]

urlpatterns = [
    path("ioc", wall.home, name="ioc"),
    path("ioc/muc-tieu", wall.targets, name="ioc-targets"),
    path("ioc/dang-dien-ra", wall.now, name="ioc-now"),
    path("ioc/trong-ngay", wall.hours, name="ioc-hours"),
    path("ioc/chi-tieu/<str:name>", measure.measure, name="ioc-indicator"),
]
