"""Addresses of /ioc."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import measure, scores, wall

NAV = [
    NavItem("/ioc", _("Toàn tỉnh")),
    NavItem("/ioc/cham-diem", _("Chấm điểm phục vụ"), "indicators.see"),
]

urlpatterns = [
    path("ioc", wall.home, name="ioc"),
    path("ioc/muc-tieu", wall.targets, name="ioc-targets"),
    path("ioc/dang-dien-ra", wall.now, name="ioc-now"),
    path("ioc/trong-ngay", wall.hours, name="ioc-hours"),
    path("ioc/cham-diem", scores.page, name="ioc-scores"),
    path("ioc/cham-diem/<uuid:agency_id>", scores.agency, name="ioc-score"),
    path("ioc/cham-diem/<uuid:agency_id>/<slug:criterion>", scores.rows, name="ioc-score-rows"),
    path("ioc/chi-tieu/<str:name>", measure.measure, name="ioc-indicator"),
]
