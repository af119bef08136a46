"""Addresses of /ioc."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import views

NAV = [
    NavItem("/ioc", _("Toàn tỉnh")),
]

urlpatterns = [
    path("ioc", views.home, name="ioc"),
    path("ioc/muc-tieu", views.targets, name="ioc-targets"),
    path("ioc/ban-do", views.province, name="ioc-map"),
    path("ioc/dang-dien-ra", views.now, name="ioc-now"),
    path("ioc/trong-ngay", views.hours, name="ioc-hours"),
    path("ioc/chi-tieu/<str:name>", views.indicator, name="ioc-indicator"),
]
