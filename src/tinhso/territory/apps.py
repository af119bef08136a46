from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "tinhso.territory"
    label = "territory"
    verbose_name = "Địa giới"

    def ready(self) -> None:
        from tinhso.kernel import events

        from . import atlas, contracts

        @events.subscribe(contracts.TERRITORY_CHANGED, key="territory.forget")
        def forget(event: events.Event) -> None:
            atlas.forget()
