"""Every address of the stand-in."""

from django.urls import include, path
from django.views.i18n import set_language

from tinhso.identity.provider import patterns
from tinhso.kernel.policy import anyone, route
from tinhso.kernel.web import live, ready

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("dang-nhap", views.sign_in, name="account_login"),
    path("dang-xuat", views.sign_out, name="account_logout"),
    path("ngon-ngu", set_language, name="set-language"),
    path("", include((patterns(route(anyone)(views.Consent.as_view())), "oauth2_provider"))),
]
