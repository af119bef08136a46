"""Addresses of the citizens' portal."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tinhso.portals import notices
from tinhso.portals.design import NavItem

from . import (
    applications,
    checks,
    draft_check,
    draft_papers,
    drafts,
    invitations,
    me,
    my_cases,
    paying,
    ranking,
    rating,
    sharing,
    views,
)

NAV = [
    NavItem("/", _("Trang đầu")),
    NavItem("/thu-tuc", _("Thủ tục")),
    NavItem("/ho-so", pgettext_lazy("citizen", "Hồ sơ")),
    NavItem("/toi", _("Của tôi")),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("tim", views.search, name="search"),
    path("thu-tuc", views.procedures, name="procedures"),
    path("thu-tuc/thong-tin/<str:code>", views.information, name="information"),
    path("thu-tuc/<str:name>", views.procedure, name="procedure"),
    path("thu-tuc/<str:name>/mau/<slug:paper>", views.blank, name="procedure_blank"),
    path("thu-tuc/<str:name>/nop", drafts.start, name="start"),
    path("ho-so/nhap/<uuid:draft_id>", drafts.resume, name="draft"),
    path("ho-so/nhap/<uuid:draft_id>/<int:number>", drafts.page, name="draft_page"),
    path("ho-so/nhap/<uuid:draft_id>/noi-nop", drafts.place, name="draft_place"),
    path("ho-so/nhap/<uuid:draft_id>/giay-to/<slug:name>", draft_papers.paper, name="draft_paper"),
    path("ho-so/nhap/<uuid:draft_id>/giay-to/<slug:name>/tep", draft_papers.paper_file, name="draft_paper_file"),
    path("ho-so/nhap/<uuid:draft_id>/giay-to/<slug:name>/bo", draft_papers.drop_paper, name="draft_paper_drop"),
    path("ho-so/nhap/<uuid:draft_id>/to-khai", draft_papers.form_paper, name="draft_form"),
    path("ho-so/nhap/<uuid:draft_id>/kiem-tra", draft_check.check, name="draft_check"),
    path("ho-so/nhap/<uuid:draft_id>/da-nop", draft_check.submitted, name="submitted"),
    path("ho-so/nhap/<uuid:draft_id>/bo", drafts.drop, name="draft_drop"),
    path("ho-so/moi/<uuid:invitation_id>", invitations.invitation, name="invitation"),
    path("ho-so/moi/<uuid:invitation_id>/giay-to/<slug:name>", invitations.paper, name="invitation_paper"),
    path("ho-so/<uuid:case_id>/kho/<slug:name>", my_cases.from_store, name="case_store"),
    path("ho-so", my_cases.my_cases, name="my_cases"),
    path("ho-so/lien-thong/<uuid:application_id>", applications.application, name="application"),
    path("ho-so/<uuid:case_id>", my_cases.case, name="case"),
    path("ho-so/<uuid:case_id>/tinh-hinh", my_cases.state, name="case_state"),
    path("ho-so/<uuid:case_id>/giay-tiep-nhan", my_cases.receipt, name="case_receipt"),
    path("ho-so/<uuid:case_id>/bo-sung", my_cases.supplement, name="supplement"),
    path("ho-so/<uuid:case_id>/cho-xem", sharing.share, name="case_share"),
    path("ho-so/<uuid:case_id>/rut", my_cases.withdraw, name="withdraw"),
    path("ho-so/<uuid:case_id>/giay-to/<slug:name>", my_cases.paper, name="case_paper"),
    path("nop-phi/<uuid:order_id>", paying.page, name="pay"),
    path("nop-phi/<uuid:order_id>/tinh-hinh", paying.state, name="pay_state"),
    path("nop-phi/<uuid:order_id>/bien-lai", paying.receipt, name="pay_receipt"),
    path("nop-phi/<uuid:order_id>/ma/<slug:way>.png", paying.code, name="pay_code"),
    path("van-ban/<uuid:document_id>", me.document, name="document"),
    path("toi", me.me, name="me"),
    path("toi/giay-to", me.papers, name="my_papers"),
    path("toi/kho", me.store, name="my_store"),
    path("toi/ai-da-xem", me.looks, name="looks"),
    path("toi/dong-y/<uuid:consent_id>/rut", me.withdraw_consent, name="withdraw_consent"),
    path("ho-so/<uuid:case_id>/danh-gia", rating.rate, name="rate"),
    path("xep-hang", ranking.page, name="ranking"),
    path("xep-hang/<uuid:agency_id>", ranking.agency, name="ranked"),
    path("danh-gia", rating.at_counter, name="rate-at-counter"),
    path("danh-gia/cam-on", rating.thanks, name="rate-thanks"),
    path("danh-gia/<str:code>", rating.by_code, name="rate-by-code"),
    *notices.addresses("toi", ""),
    path("thong-bao/moi", notices.bell, name="notices-bell"),
    path("thong-bao/xac-nhan/<str:token>", notices.confirm, name="notices-confirm"),
    path("thong-bao/thoi-nhan/<str:token>", notices.unsubscribe, name="notices-unsubscribe"),
    path("tra-cuu", checks.track, name="track"),
    path("theo-doi/<str:code>", checks.follow, name="follow"),
    path("verify", checks.verify, name="verify"),
    path("verify/<str:code>", checks.verify_code, name="verify_code"),
]
