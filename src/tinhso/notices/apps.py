from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "tinhso.notices"
    label = "notices"
    verbose_name = "Thông báo"

    def ready(self) -> None:
        from tinhso.identity.services import rotates
        from tinhso.kernel.packs import Kind, definition_kind

        from . import definitions, sealed, subscribers  # noqa: F401  subscribes

        definition_kind(
            Kind("notice", "notices", "notice", definitions.NoticeDefinition, order=16, check=definitions.check)
        )
        rotates("notices", sealed.rotate)
