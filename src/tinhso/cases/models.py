"""What cases stores.

`Case`, `Task` and `CaseEvent` are partitioned by year on their own primary key: a UUIDv7 begins with its time, so a
range of ids is a range of time, the key stays one column, and foreign keys work (`partitions.py`). There, each
partition of `Case` gets its unique index on `code`.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tinhso.kernel.ids import uuid7, uuid7_at
from tinhso.kernel.seal import Sealed


class Status(models.IntegerChoices):
    """The codes that the National Public Service Portal synchronises. The clock stands in 5 and 6."""

    NEW = 1, _("Mới đăng ký")
    RECEIVED = 2, _("Được tiếp nhận")
    NOT_RECEIVED = 3, _("Không được tiếp nhận")
    PROCESSING = 4, _("Đang xử lý")
    SUPPLEMENT = 5, _("Yêu cầu bổ sung giấy tờ")
    PAYMENT = 6, _("Yêu cầu thực hiện nghĩa vụ tài chính")
    WITHDRAWN = 7, _("Công dân yêu cầu rút hồ sơ")
    STOPPED = 8, _("Dừng xử lý")
    PROCESSED = 9, _("Đã xử lý xong")
    RETURNED = 10, _("Đã trả kết quả")


class Draft(models.Model):
    """A form being filled. Kept through a rejected submission and a lost network; emptied when it became a case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.UUIDField()
    procedure = models.CharField(max_length=120)
    version = models.IntegerField()
    unit = models.CharField(max_length=20, blank=True)
    raw = models.JSONField(default=dict)
    prefilled = ArrayField(models.CharField(max_length=50), default=list)
    papers = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)
    case = models.UUIDField(null=True)
    case_code = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], condition=models.Q(case=None), name="cases_draft_open"),
        ]


class Invitation(models.Model):
    """Somebody whom a draft names as co-signer was asked to agree. `digest` is of what was agreed to (services/cosign);
    it is asked again (`voided_at`) when that changed."""

    class State(models.TextChoices):
        ASKED = "asked", _("Chờ đồng ý")
        AGREED = "agreed", _("Đã đồng ý")
        DECLINED = "declined", _("Đã từ chối")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="+")
    draft_id: UUID
    field = models.CharField(max_length=50)
    person = models.UUIDField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    stamp = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="cases_invitation_person")]
        constraints = [models.UniqueConstraint(fields=["draft", "field"], name="cases_invitation_once")]


class Case(models.Model):
    """A dossier. `agency` received it, `holder` has it now: the two differ after a reform or a hand-over."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=60)
    procedure = models.CharField(max_length=120)
    version = models.IntegerField()
    subject = models.CharField(max_length=200, blank=True)
    person = models.UUIDField(null=True)
    applicant = models.CharField(max_length=120)
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency_id: UUID
    holder_id: UUID
    holder = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.CharField(max_length=20)
    level = models.CharField(max_length=10)
    status = models.SmallIntegerField(choices=Status.choices, default=Status.NEW)
    online = models.BooleanField(default=True)
    submitted_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    on_time = models.BooleanField(null=True)
    form = models.JSONField()
    prefilled = ArrayField(models.CharField(max_length=50), default=list)
    typed = ArrayField(models.CharField(max_length=50), default=list)
    results = models.JSONField(default=dict)
    """Documents by role ({"receipt": id…}) and the record that the case made."""
    workflow = models.JSONField(null=True)
    """The running process, compact (workflow/state.py); NULL once the case has ended."""
    wakes_at = models.DateTimeField(null=True)
    """When the first timer of the process goes off."""
    search = models.TextField()
    """Code, applicant and subject, folded, for the search box."""
    revision = models.IntegerField(default=1)
    demo = models.BooleanField(default=False)
    internal = models.BooleanField(default=False, db_default=False)
    """Opened by the platform for a decision within an agency: nobody applied, and no statistic counts it."""

    class Meta:
        indexes = [
            models.Index(fields=["holder", "-id"], name="cases_case_holder"),
            models.Index(fields=["person", "-id"], name="cases_case_person"),
            models.Index(fields=["unit", "-id"], name="cases_case_unit"),
            models.Index(fields=["wakes_at"], condition=models.Q(wakes_at__isnull=False), name="cases_case_wakes"),
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="cases_case_search"),
        ]


class Task(models.Model):
    """One piece of work on a case. Open while `completed_at` is NULL; those are what inboxes show."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=80)
    """The id of the BPMN element that waits for it."""
    role = models.CharField(max_length=40)
    """Who does it: a role of the agency's posts, "applicant", or "platform" (a signature being made)."""
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency_id: UUID
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    claimed_by = models.UUIDField(null=True)
    claimed_name = models.CharField(max_length=120, blank=True)
    completed_at = models.DateTimeField(null=True)
    completed_by = models.UUIDField(null=True)
    completed_name = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    """What the platform needs to do it, and why it failed last time ("trouble")."""

    class Meta:
        indexes = [
            models.Index(fields=["case"], name="cases_task_case"),
            models.Index(
                fields=["agency", "due_at", "id"],
                condition=models.Q(completed_at=None, due_at__isnull=False),
                name="cases_task_inbox",
            ),
            models.Index(
                fields=["claimed_by", "due_at", "id"],
                condition=models.Q(completed_at=None, claimed_by__isnull=False),
                name="cases_task_mine",
            ),
        ]


class CaseEvent(Sealed):
    """The timeline. Only grows, and is sealed; `timeline.replay` makes the case's state of it again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=30)
    step = models.CharField(max_length=80, blank=True)
    actor = models.JSONField()
    data = models.JSONField(default=dict)

    class Meta(Sealed.Meta):
        indexes = [
            models.Index(fields=["case", "id"], name="cases_event_case"),
            BrinIndex(fields=["txid"], autosummarize=True, name="cases_event_txid"),
        ]


class Pause(models.Model):
    """A time in which the clock stood, and why."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    step = models.CharField(max_length=80)
    note = models.TextField(blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(until=None), name="cases_pause_one_open"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(kind="supplement"), name="cases_supplement_asked_once"
            ),
        ]


class Paper(models.Model):
    """A paper handed in with a case; the bytes are a blob of documents."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=50)
    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    file_name = models.CharField(max_length=200, blank=True)
    document = models.UUIDField(null=True)
    """The result in the applicant's store that it is (documents): a verified document, no scan of one; `code` is
    the code by which anybody verifies it."""
    code = models.CharField(max_length=16, blank=True, db_default="", default="")
    added_at = models.DateTimeField(db_default=Now())
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["digest"], name="cases_paper_digest")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "name"], condition=models.Q(replaced_at=None), name="cases_paper_current"
            )
        ]


class CatalogueEntry(models.Model):
    """A procedure of the national catalogue as it was last imported (services/catalogue). Those that no pack has are
    information only."""

    code = models.CharField(primary_key=True, max_length=20)
    name = models.CharField(max_length=400)
    sector = models.CharField(max_length=200, blank=True)
    levels = ArrayField(models.CharField(max_length=10), default=list)
    deadline = models.CharField(max_length=400, blank=True)
    fee = models.CharField(max_length=400, blank=True)
    legal_basis = ArrayField(models.TextField(), default=list)
    source = models.CharField(max_length=200)
    """The file that said so."""
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """When a later catalogue no longer had it."""
    search = models.TextField()


class CodeCounter(models.Model):
    """The last order number of an agency on a day (Circular 01/2018/TT-VPCP art. 19: it starts again daily)."""

    agency_code = models.CharField(max_length=35)
    day = models.DateField()
    last = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency_code", "day"], name="cases_code_counter_once")]


def id_at(moment: datetime, order: int = 0) -> UUID:
    """A UUIDv7 of a past moment, for rows that are loaded and not lived. Among ids of one millisecond `order`
    (below 4,096) decides; of two with the same order, chance."""
    return uuid7_at(moment, order << 62 | uuid7().int & (1 << 62) - 1)
