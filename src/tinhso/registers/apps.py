from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RegistersConfig(AppConfig):
    name = "tinhso.registers"
    label = "registers"
    verbose_name = _("Sổ và cơ sở dữ liệu")

    def ready(self) -> None:
        from tinhso.identity import services as identity
        from tinhso.kernel import lake, seal
        from tinhso.kernel.fields import hooks, lists
        from tinhso.kernel.packs import Kind, definition_kind

        from . import ddl, look_ups, policy, samples
        from . import lake as own_lake
        from .check import check, needs
        from .ddl import codes
        from .definitions import RegisterDefinition, SamplesDefinition
        from .services.rotation import rewrap_proposals, rewrap_secrets
        from .tasks import ensure_partitions

        definition_kind(
            Kind(
                name="register",
                folder="registers",
                key="register",
                model=RegisterDefinition,
                order=20,
                check=check,
                plan=ddl.changes,
                apply=ddl.apply,
                builds=policy.may_build,
                needs=needs,
            )
        )
        definition_kind(Kind(samples.SAMPLES, "samples", "samples", SamplesDefinition, order=25, check=samples.check))
        seal.register(
            "record",
            "record_version",
            (
                "record",
                "revision",
                "recorded_at",
                "register",
                "definition",
                "change",
                "values",
                "valid",
                "actor",
                "why",
                "case_id",
            ),
        )
        lake.provide(own_lake.tables)
        hooks.provide("record", look_ups.LOOK_UP)
        identity.rotates("registers.secret", rewrap_secrets)
        identity.rotates("registers.proposal", rewrap_proposals)
        post_migrate.connect(ensure_partitions, sender=self)
        lists.whenever_published(codes.take)
        post_migrate.connect(codes.refresh, sender=self)
