from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "tinhso.identity"
    label = "identity"

    def ready(self) -> None:
        from tinhso.kernel import seal

        from . import contracts  # noqa: F401  declares the events

        seal.register(
            "access",
            "identity_access",
            (
                *("id", "seq", "at", "person_id", "account_id", "post_id", "agency_id"),
                *("system", "purpose", "case", "fields", "request"),
            ),
        )
