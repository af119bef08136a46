from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "tinhso.identity"
    label = "identity"

    def ready(self) -> None:
        from tinhso.kernel import seal
        from tinhso.kernel.fields import hooks

        from . import contracts, look_ups  # noqa: F401  contracts declares the events

        hooks.provide("person", look_ups.PERSON)
        hooks.provide("agency", look_ups.AGENCY)

        seal.register(
            "access",
            "identity_access",
            (
                *("id", "seq", "at", "person_id", "account_id", "post_id", "agency_id"),
                *("system", "purpose", "case", "fields", "request"),
            ),
        )
