from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tinhso.cases"
    label = "cases"
    verbose_name = "Hồ sơ"

    def ready(self) -> None:
        from tinhso.documents.policy import register_subject
        from tinhso.kernel import lake, seal
        from tinhso.kernel.packs import Kind, definition_kind

        from . import definitions, policy, subscribers  # noqa: F401  registers
        from . import lake as own_lake

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
        seal.register("case-event", "cases_caseevent", ("id", "at", "case_id", "kind", "step", "actor", "data"))
        lake.provide(own_lake.tables)
        register_subject("case", policy.may_read_subject)
