"""/desk/so/<register>/tai-ve: a list of records taken away as a file."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services

from . import listing

FORMATS = {
    "xlsx": ("Excel (XLSX)", gettext_lazy("để mở và sửa bằng phần mềm bảng tính")),
    "csv": ("CSV", gettext_lazy("để đưa vào phần mềm khác; chữ theo bảng mã UTF-8")),
    "geojson": ("GeoJSON", gettext_lazy("để vẽ bằng phần mềm bản đồ")),
    "parquet": ("Parquet", gettext_lazy("để phân tích bằng phần mềm thống kê")),
}


@route(may("registers.see"))
def page(request: HttpRequest, register: str) -> HttpResponse | StreamingHttpResponse:
    """Choose a format, say what personal data are taken for; then the file. The address is that of the list."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    registers.need_export(actor)
    of = registers.definition(register)
    errors: dict[str, Any] = {}
    chosen = request.POST.get("tep", "xlsx")
    if request.method == "POST":
        try:
            return _file(request, actor, of, chosen)
        except Invalid as error:
            errors = dict(error.errors)
    readable = registers.readable(actor, of)
    found = listing.read(actor, of, request.GET)
    context = {
        "register": register,
        "of": of.definition,
        "conditions": found.words(),
        "list_query": request.GET.urlencode(),
        "formats": [(ends, *words) for ends, words in FORMATS.items() if ends != "geojson" or found.has_map],
        "chosen": chosen,
        "personal": [of.fields[n].spec.words for n in of.fields if n in readable and _is_personal(of, n)],
        "purpose": request.POST.get("purpose", ""),
        "errors": errors,
    }
    return render(request, "desk/download.html", context, status=422 if errors else 200)


def _file(request: HttpRequest, actor: Actor, of: Any, ends: str) -> StreamingHttpResponse:
    if ends not in FORMATS:
        raise Invalid({"tep": [_("Xin chọn loại tệp")]})
    asked = listing.read_whole(actor, of, request.GET)
    found = services.export(
        actor,
        of.register,
        ends,
        where=asked.where,
        search=asked.search,
        order=asked.order,
        purpose=request.POST.get("purpose", "").strip(),
    )
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return StreamingHttpResponse(found.parts, content_type=found.media_type, headers=headers)


def _is_personal(of: Any, name: str) -> bool:
    return of.fields[name].spec.class_ == "personal"
