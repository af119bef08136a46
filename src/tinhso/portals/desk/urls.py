"""Addresses of /desk."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import views

NAV = [
    NavItem("/desk", _("Việc của tôi")),
]

urlpatterns = [
    path("desk", views.home, name="desk"),
]
