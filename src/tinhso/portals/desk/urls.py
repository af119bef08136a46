"""Addresses of /desk."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import case, duplicates, inbox, papers, quality, registers, search

NAV = [
    NavItem("/desk", _("Hàng đợi")),
    NavItem("/desk/ho-so", _("Mọi hồ sơ")),
    NavItem("/desk/so", _("Sổ"), "registers.see"),
    NavItem("/desk/tim", _("Tìm")),
]

urlpatterns = [
    path("desk", inbox.inbox, name="desk"),
    path("desk/hang-doi", inbox.queue, name="desk-queue"),
    path("desk/tiep", inbox.following, name="desk-next"),
    path("desk/viec/<uuid:task_id>/nhan", inbox.claim, name="desk-claim"),
    path("desk/viec/<uuid:task_id>/tra", inbox.release, name="desk-release"),
    path("desk/ho-so", inbox.all_cases, name="desk-cases"),
    path("desk/ho-so/<uuid:case_id>", case.case, name="desk-case"),
    path("desk/ho-so/<uuid:case_id>/tinh-hinh", case.state, name="desk-case-state"),
    path("desk/ho-so/<uuid:case_id>/vua-xong", case.done, name="desk-done"),
    path("desk/ho-so/<uuid:case_id>/quy-trinh", case.diagram, name="desk-diagram"),
    path("desk/ho-so/<uuid:case_id>/viec/<uuid:task_id>", case.complete, name="desk-complete"),
    path("desk/ho-so/<uuid:case_id>/giay-to/<slug:name>", papers.paper, name="desk-paper"),
    path("desk/ho-so/<uuid:case_id>/giay-to/<slug:name>/tep", papers.paper_file, name="desk-paper-file"),
    path("desk/ho-so/<uuid:case_id>/van-ban/<uuid:document_id>", papers.document, name="desk-document"),
    path("desk/ho-so/<uuid:case_id>/van-ban/<uuid:document_id>/tep", papers.document_file, name="desk-document-file"),
    path("desk/tim", search.page, name="desk-search"),
    path("desk/so", registers.home, name="desk-registers"),
    path("desk/so/<str:register>", registers.register, name="desk-register"),
    path("desk/so/<str:register>/chat-luong", quality.page, name="desk_quality"),
    path("desk/so/<str:register>/chat-luong/<slug:rule>", quality.rule, name="desk_quality_rule"),
    path("desk/so/<str:register>/trung", duplicates.page, name="desk_duplicates"),
    path("desk/so/<str:register>/trung/tim", duplicates.search, name="desk_duplicates_search"),
    path("desk/so/<str:register>/<uuid:record_id>", registers.record, name="desk-record"),
]
