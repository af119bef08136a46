"""A request that names itself is done once, however often it is sent."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict

from .. import models
from . import rows


def once(actor: Actor, key: str, said: Any, write: Callable[[], Any]) -> Any:
    """What `write` answers (JSON); where the actor has sent the same `said` under this `key` before, what was answered
    then, with nothing written. Without a key it is just done.

    A request that is refused leaves no trace of its key. Two at once: the second waits for the first. Raises Conflict
    where the key was used for something else.
    """
    if not key:
        return write()
    digest = hashlib.sha256(rows.dumps(said).encode("utf-8", "surrogatepass")).hexdigest()
    with transaction.atomic():
        noted, is_new = models.RequestKey.objects.get_or_create(
            who=str(actor.account or actor.system), key=key, defaults={"digest": digest}
        )
        if not is_new:
            if noted.digest != digest or noted.answer is None:
                raise Conflict(_("Mã yêu cầu này đã dùng cho một nội dung khác; chưa có gì được ghi."))
            return noted.answer
        answer = write()
        models.RequestKey.objects.filter(who=noted.who, key=key).update(answer=answer)
        return answer
