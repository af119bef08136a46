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
]
