from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "tinhso.indicators"
    label = "indicators"
    verbose_name = "Chỉ tiêu"

    def ready(self) -> None:
        from tinhso.kernel import lake
        from tinhso.kernel.packs import Kind, definition_kind

        from . import lake as own_lake
        from . import tasks  # noqa: F401  subscribes
        from .definitions import IndicatorDefinition
        from .scoring import ScoreDefinition

        definition_kind(Kind("indicator", "indicators", "indicator", IndicatorDefinition, order=60))
        definition_kind(Kind("score", "scores", "score", ScoreDefinition, order=61))
        lake.provide(own_lake.tables)
