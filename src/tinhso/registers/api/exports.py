"""The list as a file."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from tinhso.kernel.policy import route

from .. import services
from ..exports import FORMATS, Format
from . import asked
from .door import READS, actor_of, reader, router
from .schemas import ProblemOut


def _export(form: Format) -> Callable[..., Any]:
    def export(
        request: HttpRequest, name: str, *, q: str = "", order: str = "id", fields: str = "", purpose: str = ""
    ) -> Any:
        """The filters of the list; `fields` chooses columns. Personal ones need a `purpose`, which is kept, and stay
        behind without it. The header `Left-Out` names those."""
        found = services.export(
            actor_of(request),
            name,
            form.ends,
            where=asked.where(request.GET),
            search=q,
            order=order,
            fields=asked.names(fields),
            purpose=purpose,
        )
        headers = {"Content-Disposition": f'attachment; filename="{found.name}"'}
        if found.left_out:
            headers["Left-Out"] = ", ".join(found.left_out)
        return StreamingHttpResponse(found.parts, content_type=found.media_type, headers=headers)

    export.__name__ = export.__qualname__ = f"records_{form.ends}"
    return export


def _described(form: Format) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "format": "binary"}
    if form.media_type.endswith("json"):
        features = {"type": "array", "items": {"type": "object", "required": ["type", "geometry", "properties"]}}
        schema = {"type": "object", "required": ["type", "features"], "properties": {"features": features}}
    return {"responses": {200: {"content": {form.media_type.partition(";")[0]: {"schema": schema}}}}}


for _form in FORMATS.values():
    router.get(
        f"/{{name}}/records.{_form.ends}",
        response={200: None} | READS | {422: ProblemOut},
        summary=f"The list as {_form.ends.upper()}, streamed",
        openapi_extra=_described(_form),
    )(route(reader)(_export(_form)))
