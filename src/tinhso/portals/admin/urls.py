"""Addresses of /admin."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import (
    agencies,
    asked_once,
    audit,
    calendar,
    design,
    drawing,
    drawing_trial,
    jobs,
    notices,
    packs,
    processes,
    units,
    views,
)

NAV = [
    NavItem("/admin", _("Tình trạng"), "jobs.see"),
    NavItem("/admin/goi", _("Các gói"), "packs.apply"),
    NavItem("/admin/quy-trinh", _("Quy trình đang chạy"), "packs.apply"),
    NavItem("/admin/hoi-mot-lan", _("Hỏi một lần"), "packs.apply"),
    NavItem("/admin/don-vi", _("Đơn vị hành chính"), "territory.edit"),
    NavItem("/admin/co-quan", _("Các cơ quan"), "agencies.edit"),
    NavItem("/admin/lich", _("Lịch làm việc"), "calendar.edit"),
    NavItem("/admin/viec", _("Việc chạy nền"), "jobs.see"),
    NavItem("/admin/thong-bao", _("Thư không gửi được"), "jobs.see"),
    NavItem("/admin/nhat-ky", _("Nhật ký"), "audit.see"),
    NavItem("/admin/design", _("Giao diện")),
]

urlpatterns = [
    path("admin", views.home, name="admin"),
    path("admin/goi", packs.page, name="admin-packs"),
    path("admin/goi/ke-hoach", packs.plan, name="admin-plan"),
    path("admin/goi/ap-dung", packs.apply, name="admin-apply"),
    path("admin/quy-trinh", processes.page, name="admin-processes"),
    path("admin/quy-trinh/tao", drawing.make, name="admin-draw-make"),
    path("admin/quy-trinh/phan-tu.json", drawing.elements, name="admin-draw-elements"),
    path("admin/quy-trinh/<str:name>/ve", drawing.draw, name="admin-draw"),
    path("admin/quy-trinh/<str:name>/ve/bat-dau", drawing.begin, name="admin-draw-begin"),
    path("admin/quy-trinh/<str:name>/ve/bo", drawing.drop, name="admin-draw-drop"),
    path("admin/quy-trinh/<str:name>/ve/kiem-tra", drawing.check, name="admin-draw-check"),
    path("admin/quy-trinh/<str:name>/ve/ban-ve.bpmn", drawing.file, name="admin-draw-file"),
    path("admin/quy-trinh/<str:name>/ve/ke-hoach", drawing.plan, name="admin-draw-plan"),
    path("admin/quy-trinh/<str:name>/ve/chay-thu", drawing_trial.page, name="admin-draw-trial"),
    path("admin/quy-trinh/<str:name>/ve/goi.zip", drawing.zipped, name="admin-draw-zip"),
    path("admin/quy-trinh/<str:name>", processes.procedure, name="admin-process"),
    path("admin/hoi-mot-lan", asked_once.page, name="admin-asked-once"),
    path("admin/don-vi", units.page, name="admin-units"),
    path("admin/don-vi/sap-xep/<str:on>", units.reform, name="admin-reform"),
    path("admin/don-vi/<str:code>", units.unit, name="admin-unit"),
    path("admin/co-quan", agencies.page, name="admin-agencies"),
    path("admin/co-quan/<uuid:agency>", agencies.agency, name="admin-agency"),
    path("admin/co-quan/<uuid:agency>/giao", agencies.assign, name="admin-assign"),
    path("admin/co-quan/thoi/<uuid:seat>", agencies.end, name="admin-seat-end"),
    path("admin/lich", calendar.page, name="admin-calendar"),
    path("admin/lich/dat", calendar.put, name="admin-calendar-put"),
    path("admin/lich/bo/<str:day>", calendar.clear, name="admin-calendar-clear"),
    path("admin/viec", jobs.page, name="admin-jobs"),
    path("admin/viec/<int:job>/chay-lai", jobs.retry, name="admin-job-retry"),
    path("admin/thong-bao", notices.page, name="admin-notices"),
    path("admin/thong-bao/<uuid:sending>/gui-lai", notices.again, name="admin-notice-again"),
    path("admin/nhat-ky", audit.page, name="admin-audit"),
    path("admin/nhat-ky/niem-phong", audit.ask, name="admin-seals-ask"),
    path("admin/nhat-ky/niem-phong/<uuid:check>", audit.check, name="admin-seals"),
    path("admin/nhat-ky/niem-phong/<uuid:check>/tien-do", audit.progress, name="admin-seals-progress"),
    path("admin/design", design.page, name="design"),
]
