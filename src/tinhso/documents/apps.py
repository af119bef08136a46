from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "tinhso.documents"
    label = "documents"
    verbose_name = "Văn bản"

    def ready(self) -> None:
        from django.core import checks

        from tinhso.kernel import seal
        from tinhso.kernel.packs import Kind, definition_kind

        from . import blobs
        from .definitions import PaperDefinition, check_paper
        from .typesetting import check_face

        checks.register(check_face)
        seal.register("blob", "documents_blob", ("digest", "size", "media_type", "created", "first_name"))
        seal.register_verifier("blob bytes", blobs.damaged)
        definition_kind(Kind("paper", "papers", "paper", PaperDefinition, order=15, check=check_paper))
