from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "tinhso.payments"
    label = "payments"
    verbose_name = "Thu phí, lệ phí"

    def ready(self) -> None:
        from tinhso.identity import services as identity
        from tinhso.kernel import lake, seal
        from tinhso.kernel.packs import Kind, definition_kind

        from . import contracts, services  # noqa: F401  declares events
        from . import lake as own_lake
        from .definitions import PayeeDefinition, check

        definition_kind(Kind(name="payee", folder="payees", key="payee", model=PayeeDefinition, order=16, check=check))
        seal.register("ledger-entry", "payments_entry", ("id", "at", "day", "what", "payment_id", "refund_id"))
        seal.register("ledger-posting", "payments_posting", ("id", "entry_id", "account_id", "order_id", "vnd"))
        lake.provide(own_lake.tables)
        identity.rotates("payments.payment", services.rewrap_payments)
        identity.rotates("payments.message", services.rewrap_messages)
