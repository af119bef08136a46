from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "tinhso.territory"
    label = "territory"
