"""Every address of the platform. The portals and engines bring their own; the list here is the whole house."""

from django.urls import include, path

from tinhso.kernel.web import live, ready
from tinhso.project import api

urlpatterns = [
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("api/openapi.json", api.openapi, name="openapi"),
    path("api/v1/registers/<str:name>/openapi.json", api.openapi_of_register, name="openapi-of-register"),
    path("api/v1/", include((api.patterns(), "ninja"), namespace="api")),
    path("", include("tinhso.identity.urls")),
    path("", include("tinhso.documents.uploads")),
    path("", include("tinhso.payments.webhooks")),
    path("", include("tinhso.portals.urls")),
]

handler404 = "tinhso.portals.pages.not_found"
handler500 = "tinhso.portals.pages.broken"
