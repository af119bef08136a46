"""Addresses of /desk."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import (
    builder,
    case,
    download,
    duplicates,
    imports,
    inbox,
    papers,
    quality,
    register_map,
    registers,
    search,
    views,
)
from .counter import day as counter_day
from .counter import fees as counter_fees
from .counter import intake as counter_intake
from .counter import setup as counter_setup
from .counter import shelf as counter_shelf
from .counter import window as counter_window
from .money import acts as money
from .money import day as money_day
from .money import lists as money_lists
from .records import bulk, edit, merge, proposals

NAV = [
    NavItem("/desk", _("Hàng đợi")),
    NavItem("/desk/ho-so", _("Mọi hồ sơ")),
    NavItem("/desk/quay", _("Quầy"), "case.intake"),
    NavItem("/desk/so", _("Sổ"), "registers.see"),
    NavItem("/desk/thu-phi", _("Thu phí"), "payment.see"),
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
    path("desk/quay", counter_window.home, name="desk-counter"),
    path("desk/quay/tinh-hinh", counter_window.state, name="desk-counter-state"),
    path("desk/quay/so/<slug:verb>", counter_window.act, name="desk-counter-act"),
    path("desk/quay/tiep-nhan", counter_intake.begin, name="desk-counter-intake"),
    path("desk/quay/ban-nhap/<uuid:draft_id>", counter_intake.draft, name="desk-counter-draft"),
    path("desk/quay/ban-nhap/<uuid:draft_id>/bo", counter_intake.drop, name="desk-counter-drop"),
    path(
        "desk/quay/ban-nhap/<uuid:draft_id>/giay-to/<slug:name>", counter_intake.paper_file, name="desk-counter-paper"
    ),
    path("desk/quay/da-nhan/<uuid:case_id>", counter_intake.taken, name="desk-counter-taken"),
    path("desk/quay/tra", counter_shelf.shelf, name="desk-counter-shelf"),
    path("desk/quay/tra/giao", counter_shelf.hand, name="desk-counter-hand"),
    path("desk/quay/buu-chinh", counter_shelf.parcels, name="desk-counter-parcels"),
    path("desk/quay/buu-chinh/<uuid:handout_id>", counter_shelf.parcel, name="desk-counter-parcel"),
    path("desk/quay/thu/<uuid:order_id>", counter_fees.take, name="desk-counter-fee"),
    path("desk/quay/ngay", counter_day.day, name="desk-counter-day"),
    path("desk/quay/thong-ke", counter_day.figures, name="desk-counter-figures"),
    path("desk/quay/cai-dat", counter_setup.setup, name="desk-counter-setup"),
    path("desk/thu-phi", money_lists.waiting, name="desk-money"),
    path("desk/thu-phi/tien-den", money_lists.came, name="desk-money-came"),
    path("desk/thu-phi/tien-den/<uuid:payment_id>", money.payment, name="desk-money-payment"),
    path("desk/thu-phi/khoan-thu", money_lists.orders, name="desk-money-orders"),
    path("desk/thu-phi/khoan-thu/<uuid:order_id>", money.order, name="desk-money-order"),
    path("desk/thu-phi/khoan-thu/<uuid:order_id>/bien-lai", money.receipt, name="desk-money-receipt"),
    path("desk/thu-phi/hoan-tra", money_lists.refunds, name="desk-money-refunds"),
    path("desk/thu-phi/hoan-tra/<uuid:refund_id>", money.refund, name="desk-money-refund"),
    path("desk/thu-phi/tin-bao", money_lists.messages, name="desk-money-messages"),
    path("desk/thu-phi/tin-bao/<uuid:message_id>", money_lists.message, name="desk-money-message"),
    path("desk/thu-phi/cuoi-ngay", money_day.day, name="desk-money-day"),
    path("desk/thu-phi/cuoi-ngay.csv", money_day.table, name="desk-money-day-csv"),
    path("desk/tim", search.page, name="desk-search"),
    path("desk/so", registers.home, name="desk-registers"),
    path("desk/so/tao", builder.begin, name="desk-builder"),
    path("desk/so/tao/<uuid:blueprint_id>", builder.plan, name="desk-builder-plan"),
    path("desk/so/tao/<uuid:blueprint_id>/xem-truoc", builder.preview, name="desk-builder-preview"),
    path("desk/so/tao/<uuid:blueprint_id>/ket-qua", builder.done, name="desk-builder-done"),
    path("desk/so/tao/<uuid:blueprint_id>/bo", builder.drop, name="desk-builder-drop"),
    path("desk/so/goi/<slug:pack>.zip", builder.export, name="desk-builder-export"),
    path("desk/so/<str:register>", registers.register, name="desk-register"),
    path("desk/so/<str:register>/nhap", imports.page, name="desk-import"),
    path("desk/so/<str:register>/nhap/tep/<uuid:file_id>", imports.columns, name="desk-import-columns"),
    path("desk/so/<str:register>/nhap/<uuid:import_id>", imports.result, name="desk-import-result"),
    path("desk/so/<str:register>/nhap/<uuid:import_id>/tien-do", imports.progress, name="desk-import-progress"),
    path("desk/so/<str:register>/nhap/<uuid:import_id>/ghi", imports.run, name="desk-import-run"),
    path("desk/so/<str:register>/nhap/<uuid:import_id>/dung", imports.stop, name="desk-import-stop"),
    path("desk/so/<str:register>/nhap/<uuid:import_id>/loi", imports.errors, name="desk-import-errors"),
    path("desk/so/<str:register>/tai-ve", download.page, name="desk-download"),
    path("desk/so/<str:register>/nhap/<uuid:import_id>/sua", imports.corrected, name="desk-import-corrected"),
    path("desk/so/<str:register>/ban-do", register_map.features, name="desk-register-map"),
    path("desk/so/<str:register>/cach-xem", views.save, name="desk-view-new"),
    path("desk/so/<str:register>/cach-xem/<uuid:view_id>", views.view, name="desk-view"),
    path("desk/so/<str:register>/chat-luong", quality.page, name="desk-quality"),
    path("desk/so/<str:register>/chat-luong/<slug:rule>", quality.rule, name="desk-quality-rule"),
    path("desk/so/<str:register>/trung", duplicates.page, name="desk-duplicates"),
    path("desk/so/<str:register>/trung/tim", duplicates.search, name="desk-duplicates-search"),
    path("desk/so/<str:register>/<uuid:record_id>", registers.record, name="desk-record"),
    path("desk/so/<str:register>/moi", edit.new, name="desk-record-new"),
    path("desk/so/<str:register>/<uuid:record_id>/sua", edit.edit, name="desk-record-edit"),
    path("desk/so/<str:register>/<uuid:record_id>/ket-thuc", edit.end, name="desk-record-end"),
    path("desk/so/<str:register>/<uuid:record_id>/khoi-phuc/<int:revision>", edit.restore, name="desk-record-restore"),
    path("desk/so/<str:register>/sua-nhieu", bulk.bulk_edit, name="desk-bulk-edit"),
    path("desk/so/<str:register>/sua-nhieu/<uuid:bulk_id>", bulk.bulk, name="desk-bulk"),
    path("desk/so/<str:register>/sua-nhieu/<uuid:bulk_id>/tinh-hinh", bulk.bulk_state, name="desk-bulk-state"),
    path("desk/so/<str:register>/gop", merge.merge, name="desk-merge"),
    path("desk/so/<str:register>/gop/<uuid:merge_id>/hoan-tac", merge.unmerge, name="desk-unmerge"),
    path("desk/so/<str:register>/de-nghi", proposals.proposals, name="desk-proposals"),
    path("desk/so/<str:register>/de-nghi/<uuid:proposal_id>", proposals.proposal, name="desk-proposal"),
    path("desk/so/<str:register>/de-nghi/<uuid:proposal_id>/rut", proposals.withdraw, name="desk-proposal-withdraw"),
]
