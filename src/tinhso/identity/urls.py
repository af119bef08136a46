"""Addresses of signing in and of the platform's own OpenID Connect provider."""

from allauth.account.views import account_inactive, password_change, reauthenticate
from allauth.mfa.base.views import authenticate as mfa_authenticate
from allauth.mfa.base.views import reauthenticate as mfa_reauthenticate
from allauth.mfa.recovery_codes.views import download_recovery_codes, generate_recovery_codes, view_recovery_codes
from allauth.socialaccount.providers.openid_connect.views import callback, login
from django.urls import include, path

from tinhso.kernel.policy import anyone, route

from . import views
from .provider import Authorize, patterns

urlpatterns = [
    path("dang-nhap", views.sign_in, name="account_login"),
    path("dang-xuat", views.sign_out, name="account_logout"),
    path("dang-nhap/cong-dan", views.citizen, name="citizen-sign-in"),
    path("dang-nhap/vi-tri", views.choose_post, name="choose-post"),
    path("dang-nhap/ngung-hoat-dong", account_inactive, name="account_inactive"),
    path("dang-nhap/mat-khau-lai", reauthenticate, name="account_reauthenticate"),
    path("dang-nhap/doi-mat-khau", password_change, name="account_change_password"),
    path("dang-nhap/ma", mfa_authenticate, name="mfa_authenticate"),
    path("dang-nhap/ma-lai", mfa_reauthenticate, name="mfa_reauthenticate"),
    path("dang-nhap/hai-lop", views.set_up_second_factor, name="mfa_activate_totp"),
    path("dang-nhap/hai-lop/xong", views.second_factor_done, name="mfa_index"),
    path("dang-nhap/ma-du-phong", view_recovery_codes, name="mfa_view_recovery_codes"),
    path("dang-nhap/ma-du-phong/tao", generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("dang-nhap/ma-du-phong/tai", download_recovery_codes, name="mfa_download_recovery_codes"),
    path("dang-nhap/<str:provider_id>/di", login, name="openid_connect_login"),
    path("dang-nhap/<str:provider_id>/ve", callback, name="openid_connect_callback"),
    path("", include((patterns(route(anyone)(Authorize.as_view())), "oauth2_provider"))),
]
