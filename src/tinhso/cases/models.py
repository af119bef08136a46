"""What cases stores.

`Case`, `Task` and `CaseEvent` are partitioned by year on their own primary key: a UUIDv7 begins with its time, so a
range of ids is a range of time, the key stays one column, and foreign keys work (`partitions.py`). There, each
partition of `Case` gets its unique index on `code`.
"""

from datetime import datetime
from enum import IntEnum
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


class Told(IntEnum):
    """What has been said of a due time: once each, whichever job looks how often (services/watch.py)."""

    NOTHING = 0
    AT_RISK = 1
    LATE = 2
    ESCALATED = 3


def at_risk(now: datetime) -> models.Q:
    """Of what is not late and not paused: whether it is at risk. It was told so, or its moment has come."""
    return models.Q(told=Told.AT_RISK) | models.Q(told=Told.NOTHING, alarm_at__lte=now)


class Draft(models.Model):
    """A form being filled. Kept through a rejected submission and a lost network; emptied when it became a case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.UUIDField(null=True)
    """Whose form it is; NULL at a counter for somebody whom the population register does not know."""
    counter = models.UUIDField(null=True)
    """The agency at whose counter it is being filled: it is that counter's until sent, and nobody else's."""
    intake = models.JSONField(default=dict)
    """At a counter: officer, ticket, how the result is given back, and who applies where the register is silent."""
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
            models.Index(
                fields=["counter", "-id"],
                condition=models.Q(case=None, counter__isnull=False),
                name="cases_draft_counter",
            ),
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
    """The time promised first, moved by pauses and by changes of the calendar; a new date (`redated_to`) leaves it."""
    redated_to = models.DateTimeField(null=True)
    """The new date that the letter of apology names; given once."""
    alarm_at = models.DateTimeField(null=True)
    """When something has to be told of the due time next; NULL where nothing is left to tell."""
    told = models.SmallIntegerField(default=0, db_default=0)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    on_time = models.BooleanField(null=True)
    margin = models.IntegerField(null=True)
    """Working minutes that were left when the result was ready; negative by how much it was late."""
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
            models.Index(
                fields=["alarm_at"],
                condition=models.Q(ended_at=None, paused_at=None, alarm_at__isnull=False),
                name="cases_case_alarm",
            ),
            models.Index(
                fields=["holder", "procedure"],
                include=["due_at", "alarm_at", "told", "paused_at"],
                condition=models.Q(ended_at=None, internal=False),
                name="cases_case_running",
            ),
            models.Index(
                fields=["holder", "ended_at"],
                include=["procedure", "outcome", "on_time", "margin"],
                condition=models.Q(ended_at__isnull=False, internal=False),
                name="cases_case_ended",
            ),
        ]


class Task(models.Model):
    """One piece of work on a case. Open while `completed_at` is NULL; those are what inboxes show."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    case_id: UUID
    step = models.CharField(max_length=80)
    """The id of the BPMN element that waits for it."""
    role = models.CharField(max_length=40)
    """Who does it: a role of the agency's posts, "applicant", or "platform" (a signature being made)."""
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency_id: UUID
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    alarm_at = models.DateTimeField(null=True)
    told = models.SmallIntegerField(default=0, db_default=0)
    escalated_to = models.UUIDField(null=True)
    """The agency whose head sees it too, since it is late; whose turn it is does not change by that."""
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
                fields=["agency", "role", "due_at", "id"],
                condition=models.Q(completed_at=None, due_at__isnull=False),
                name="cases_task_unit",
            ),
            models.Index(
                fields=["claimed_by", "due_at", "id"],
                condition=models.Q(completed_at=None, claimed_by__isnull=False),
                name="cases_task_mine",
            ),
            models.Index(
                fields=["alarm_at"],
                condition=models.Q(completed_at=None, alarm_at__isnull=False),
                name="cases_task_alarm",
            ),
            models.Index(
                fields=["escalated_to", "due_at", "id"],
                condition=models.Q(completed_at=None, escalated_to__isnull=False),
                name="cases_task_escalated",
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
    """A time in which the clock stood, and why: a supplement, or a fee that was due."""

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


class Opinion(models.Model):
    """What somebody in another post was asked about a case, and answered. Open while it is neither answered nor taken
    back and the case runs; so long, and until the case ends, the post asked sees this case, whosever it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    case_id: UUID
    step = models.CharField(max_length=80)
    post = models.UUIDField()
    post_words = models.CharField(max_length=300)
    """Post and agency as they were asked."""
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency_id: UUID
    question = models.TextField()
    waits = models.BooleanField()
    """Whether the step waits for the answer."""
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    asked_by = models.UUIDField()
    asked_name = models.CharField(max_length=120)
    answered_at = models.DateTimeField(null=True)
    answered_name = models.CharField(max_length=120, blank=True)
    answer = models.TextField(blank=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["case"], name="cases_opinion_case"),
            models.Index(fields=["post", "due_at"], condition=models.Q(dropped_at=None), name="cases_opinion_post"),
        ]


class Batch(models.Model):
    """The same deed for many tasks: chosen, reviewed, confirmed once, then done one by one by the worker."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default="ready")
    """ready (to be reviewed), queued, done, dropped."""
    account = models.UUIDField()
    post = models.UUIDField()
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=5)
    told = models.JSONField(default=dict)
    """What the deed says of all: a note, from whom to whom."""
    made_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="cases_batch_account")]


class BatchItem(models.Model):
    """One task of a batch, as it was seen when it was chosen."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+", db_index=False)
    place = models.IntegerField()
    task = models.UUIDField()
    case = models.UUIDField()
    code = models.CharField(max_length=60)
    revision = models.IntegerField()
    """Of the case: what changed since is not done unseen."""
    to = models.UUIDField(null=True)
    """The post that it goes to, where each item has its own."""
    state = models.CharField(max_length=10, default="waiting")
    """waiting, done, failed, left (taken out before the confirmation)."""
    why = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "place"], name="cases_batch_place"),
            models.UniqueConstraint(fields=["batch", "task"], name="cases_batch_task"),
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


class Application(models.Model):
    """Linked procedures that were applied for as one (services/bundles.py). `papers` as of its draft, for the parts
    that start later."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=70, blank=True)
    person = models.UUIDField()
    applicant = models.CharField(max_length=120)
    bundle = models.CharField(max_length=120)
    version = models.IntegerField()
    submitted_at = models.DateTimeField()
    papers = models.JSONField(default=dict)
    demo = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="cases_application_person")]


class ApplicationPart(models.Model):
    """One procedure of an application: waiting, running, done, or ended without a result. `case` once it started;
    `because` is the part that ended where this one could not start."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    application_id: UUID
    key = models.CharField(max_length=80)
    place = models.SmallIntegerField()
    procedure = models.CharField(max_length=120)
    version = models.IntegerField()
    after = ArrayField(models.CharField(max_length=80), default=list)
    agency = models.UUIDField()
    form = models.JSONField()
    prefilled = ArrayField(models.CharField(max_length=50), default=list)
    case = models.UUIDField(null=True, unique=True)
    state = models.CharField(max_length=10)
    because = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "key"], name="cases_application_part_once")]


class Rating(models.Model):
    """How an applicant was served, once a case; it names nobody and is in no timeline. `marks` by question, 1–5;
    `sealed` the comment, empty where there is none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency_id: UUID
    level = models.CharField(max_length=10)
    unit = models.CharField(max_length=20)
    procedure = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())
    survey = models.CharField(max_length=120)
    version = models.IntegerField()
    marks = models.JSONField()
    mean = models.DecimalField(max_digits=3, decimal_places=2)
    satisfied = models.BooleanField()
    low = models.BooleanField()
    sealed = models.BinaryField(default=b"")
    how = models.CharField(max_length=10)
    """Where it was given: online, or at the counter."""
    followed_at = models.DateTimeField(null=True)
    followed_name = models.CharField(max_length=120, blank=True)
    follow_note = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["agency", "-id"], name="cases_rating_agency"),
            models.Index(fields=["-id"], condition=models.Q(low=True, followed_at=None), name="cases_rating_open"),
        ]


class ProcessDraft(models.Model):
    """A procedure as somebody is drawing it, beside the version in force: one at a time. It goes when it is published;
    what is published never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    procedure = models.CharField(max_length=120, unique=True)
    agency = models.UUIDField()
    """The agency whose draft it is; another's does not see it."""
    author = models.CharField(max_length=120)
    account = models.UUIDField()
    """Who changed it last."""
    base = models.IntegerField(default=0)
    """The version that it began from; 0 of a procedure that is not offered yet."""
    body = models.JSONField()
    revision = models.IntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["agency", "-changed_at"], name="cases_processdraft_of")]


def id_at(moment: datetime, order: int = 0) -> UUID:
    """A UUIDv7 of a past moment, for rows that are loaded and not lived. Among ids of one millisecond `order`
    (below 4,096) decides; of two with the same order, chance."""
    return uuid7_at(moment, order << 62 | uuid7().int & (1 << 62) - 1)


from .counter.models import Device, Handout, Intake, Rank, Ticket, TicketNumber, TicketState, Window  # noqa: E402

__all__ = [
    "Case", "CaseEvent", "CodeCounter", "Device", "Draft", "Handout", "Intake", "Paper", "Pause", "Rank", "Status",
    "Task", "Ticket", "TicketNumber", "TicketState", "Window", "id_at",
]  # fmt: skip
