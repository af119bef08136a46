"""Every address of the platform. The portals and engines bring their own; the list here is the whole house."""

from django.urls import include, path

from tinhso.kernel.web import live, ready

urlpatterns = [
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("", include("tinhso.identity.urls")),
    path("", include("tinhso.portals.urls")),
]
