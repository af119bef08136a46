from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tinhso.cases"
    label = "cases"
    verbose_name = "Hồ sơ"

    def ready(self) -> None:
        from tinhso.documents.policy import register_subject
        from tinhso.identity import services as identity
        from tinhso.kernel import lake, seal
        from tinhso.kernel.packs import Kind, definition_kind
        from tinhso.notices.definitions import register_about
        from tinhso.payments.policy import register_subject as register_payer

        from . import bundles, definitions, policy, subscribers, survey, telling, telling_drafts  # noqa: F401  registers
        from . import lake as own_lake
        from .counter import contracts as _counter  # noqa: F401  declares its events
        from .counter import definitions as counters
        from .counter import rotation
        from .services.rating import rotate_ratings

        definition_kind(
            Kind(
                name="procedure",
                folder="procedures",
                key="procedure",
                model=definitions.ProcedureDefinition,
                order=40,
                check=definitions.check,
                plan=definitions.plan,
                beside=(("process", ".bpmn"), ("calls", ".bpmn"), ("decisions", ".dmn")),
            )
        )
        definition_kind(Kind("bundle", "bundles", "bundle", bundles.BundleDefinition, order=42, check=bundles.check))
        definition_kind(Kind("rating", "ratings", "rating", survey.RatingDefinition, order=41))
        identity.rotates("case-ratings", rotate_ratings)
        definition_kind(
            Kind("counter", "counters", "counter", counters.CounterDefinition, order=50, check=counters.check)
        )
        identity.rotates("cases.intake", rotation.rewrap_intakes)
        identity.rotates("cases.handout", rotation.rewrap_handouts)
        seal.register("case-event", "cases_caseevent", ("id", "at", "case_id", "kind", "step", "actor", "data"))
        lake.provide(own_lake.tables)
        register_subject("case", policy.may_read_subject)
        register_payer("case", policy.may_read_subject)
        register_about("case", *telling.PLACEHOLDERS)
