"""Have the doubles of a register looked for."""

from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.exceptions import AlreadyEnqueued

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid

from .. import policy
from ..models import DuplicateSearch
from ..shape import shape


def find_duplicates(actor: Actor, register: str) -> None:
    """Look for doubles in the background; `queries.duplicates` has what was found. Asking again while it runs changes
    nothing. Raises Forbidden for who may not write to the register, Invalid where it names no fields for it."""
    of = shape(register)
    policy.need_write(actor, of, by_case=False)
    if not of.definition.duplicates:
        raise Invalid({"duplicates": [_("Sổ này chưa nêu mục nào để tìm bản ghi trùng.")]})
    from ..tasks import find_duplicates as task

    with transaction.atomic():
        DuplicateSearch.objects.update_or_create(
            register=register, defaults={"asked_at": timezone.now(), "done_at": None}
        )
        audit.record(actor, "register.find-duplicates", f"register:{register}")
        with suppress(AlreadyEnqueued), transaction.atomic():
            task.configure(queueing_lock=f"registers.duplicates:{register}").defer(register=register)
