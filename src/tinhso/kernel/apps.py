from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "tinhso.kernel"
    label = "kernel"
    verbose_name = "Nhân"

    def ready(self) -> None:
        from . import seal
        from .calendar import services  # noqa: F401  subscribes
        from .fields.lists import CodeList, published
        from .packs import Kind, definition_kind

        definition_kind(Kind("list", "lists", "list", CodeList, order=5, qualified=False, apply=published))
        seal.register("audit", "kernel_audit", ("id", "at", "action", "subject", "actor", "data"))
        seal.register("event", "kernel_event", ("id", "at", "name", "subject", "actor", "data"))
