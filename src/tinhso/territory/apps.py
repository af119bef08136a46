from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "tinhso.territory"
    label = "territory"
    verbose_name = "Địa giới"

    def ready(self) -> None:
        from tinhso.kernel import events
        from tinhso.kernel.fields import hooks

        from . import atlas, contracts, look_ups

        hooks.provide("unit", look_ups.UNIT)
        hooks.provide("address", look_ups.ADDRESS)

        @events.subscribe(contracts.TERRITORY_CHANGED, key="territory.forget")
        def forget(event: events.Event) -> None:
            atlas.forget()
