"""The fixed addresses of the portals (DESIGN §5). Each portal keeps its own list in its folder."""

from django.urls import include, path

from . import live, pages, pwa

urlpatterns = [
    path("", include("tinhso.portals.citizen.urls")),
    path("", include("tinhso.portals.counter.urls")),
    path("", include("tinhso.portals.desk.urls")),
    path("", include("tinhso.portals.ioc.urls")),
    path("", include("tinhso.portals.data.urls")),
    path("", include("tinhso.portals.admin.urls")),
    path("live", live.live, name="live"),
    path("ngon-ngu", pages.set_language, name="set_language"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.service_worker, name="service_worker"),
    path("offline", pwa.offline, name="offline"),
]
