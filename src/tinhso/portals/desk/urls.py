"""Addresses of /desk."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import registers, views

NAV = [
    NavItem("/desk", _("Việc của tôi")),
    NavItem("/desk/so", _("Sổ"), "registers.see"),
]

urlpatterns = [
    path("desk", views.home, name="desk"),
    path("desk/so", registers.home, name="desk-registers"),
    path("desk/so/<str:register>", registers.register, name="desk-register"),
    path("desk/so/<str:register>/<uuid:record_id>", registers.record, name="desk-record"),
]
