from django.apps import AppConfig


class PortalsConfig(AppConfig):
    name = "tinhso.portals"
    label = "portals"
