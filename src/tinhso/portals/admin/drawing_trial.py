"""/admin/quy-trinh/<procedure>/ve/chay-thu: a draft is played without a case. What was chosen stands in the address, so
that a trial can be sent to a colleague, and the way back is the browser's."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.cases import queries as cases
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.kernel.policy import may, route

ANSWERS = {
    "done": gettext_lazy("Xong"),
    "approve": gettext_lazy("Duyệt"),
    "ask-supplement": gettext_lazy("Yêu cầu bổ sung"),
    "refuse": gettext_lazy("Từ chối"),
}


@route(may("packs.apply"))
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Where the process stands after what was chosen (`di`), with a button for each way on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.drawing(actor, name)
    chosen = [one.replace("\0", "") for one in map(str, request.GET.getlist("di"))]
    values = {key[2:]: str(text).replace("\0", "") for key, text in request.GET.items() if key.startswith("f.")}
    begun = _moment(request.GET.get("tu", ""))
    kept = [("tu", begun.isoformat()), *((f"f.{key}", text) for key, text in values.items())]
    so_far = [*kept, *(("di", one) for one in chosen)]
    trial, errors = None, []
    try:
        deeds = [(what, answer) for what, _sign, answer in (one.partition(":") for one in chosen)]
        trial = cases.try_drawing(actor, name, deeds, values, begun)
    except Invalid as error:
        errors = [words for group in error.errors.values() for words in group]
        errors = errors or [_("Bản vẽ còn lỗi. Xin sửa trước khi chạy thử.")]

    def way(what: str, answer: str = "") -> str:
        return "?" + urlencode([*so_far, ("di", f"{what}:{answer}")])

    context = {"drawing": found, "name": name, "trial": trial, "errors": errors, "chosen": chosen, "begun": begun}
    if trial:
        context |= {
            "steps": [
                {"step": step, "ways": [(words or ANSWERS.get(value, value), way(step.name, value))
                                        for value, words in step.answers]}
                for step in trial.steps
            ],
            "log": [(words, ANSWERS.get(answer, answer)) for words, answer in trial.log],
            "wake": way("@"),
            "messages": [(message, way("!", message)) for message in trial.messages],
            "back": "?" + urlencode([*kept, *(("di", one) for one in chosen[:-1])]),
            "fields": [(key, words, values.get(key, "")) for key, words in trial.asks],
            "at": " ".join(trial.at),
            "done": " ".join(trial.done),
        }  # fmt: skip
    return render(request, "admin/process_trial.html", context, status=422 if errors else 200)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return timezone.now().replace(microsecond=0)
    return found if found.tzinfo and 2000 <= found.year < 2100 else timezone.now().replace(microsecond=0)
