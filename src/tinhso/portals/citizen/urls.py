"""Addresses of the citizens' portal."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import views

NAV = [
    NavItem("/", _("Trang đầu")),
    NavItem("/tim", _("Thủ tục")),
    NavItem("/ho-so", _("Hồ sơ của tôi")),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("tim", views.search, name="search"),
    path("viec/<slug:slug>", views.life_event, name="life_event"),
    path("thu-tuc/<str:name>", views.procedure, name="procedure"),
    path("ho-so", views.my_cases, name="my_cases"),
    path("verify", views.verify, name="verify"),
]
