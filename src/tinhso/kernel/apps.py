from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "tinhso.kernel"
    label = "kernel"
    verbose_name = "Nhân"

    def ready(self) -> None:
        from . import seal

        seal.register("audit", "kernel_audit", ("id", "at", "action", "subject", "actor", "data"))
        seal.register("event", "kernel_event", ("id", "at", "name", "subject", "actor", "data"))
