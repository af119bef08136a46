"""Addresses of /quay, which have no navigation: each stands on a device of its own."""

from django.urls import path

from . import kiosk, screen

urlpatterns = [
    path("quay/<str:centre>", kiosk.home, name="kiosk"),
    path("quay/<str:centre>/lay-so", kiosk.take, name="kiosk-take"),
    path("quay/<str:centre>/may/<str:key>", kiosk.pair, name="kiosk-pair"),
    path("quay/<str:centre>/so/<str:key>", kiosk.ticket, name="ticket"),
    path("quay/<str:centre>/so/<str:key>/tinh-hinh", kiosk.ticket_state, name="ticket-state"),
    path("quay/<str:centre>/man-hinh", screen.screen, name="call-screen"),
    path("quay/<str:centre>/man-hinh/goi", screen.called, name="call-screen-state"),
]
