"""What payments stores: orders, money that came, refunds, the bank's messages, and the ledger.

The ledger is double entry: an `Entry` has at least two `Posting`s whose sum is zero. Triggers of the database enforce
it at commit, whoever writes, and refuse every change of what stands (migrations/0001). Both are sealed.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tinhso.kernel.ids import uuid7
from tinhso.kernel.seal import Sealed

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class State(models.TextChoices):
    """Where an order stands. `services.standing` derives it from the money and from what closed the order."""

    ASKED = "asked", _("Chờ nộp")
    PARTLY = "partly", _("Nộp thiếu")
    PAID = "paid", _("Đã nộp")
    OVERPAID = "overpaid", _("Nộp thừa")
    CANCELLED = "cancelled", _("Đã hủy")
    EXPIRED = "expired", _("Hết hạn")
    REFUNDED = "refunded", _("Đã hoàn trả")


class Outcome(models.TextChoices):
    """What became of money that came. All but the first two wait for the accountant."""

    WHOLE = "whole", _("Nộp đủ")
    PARTIAL = "partial", _("Nộp một phần")
    OVER = "over", _("Nộp thừa")
    DOUBLE = "double", _("Nộp lần thứ hai")
    UNKNOWN = "unknown", _("Không rõ khoản nào")
    CLOSED = "closed", _("Khoản thu đã hủy")
    LATE = "late", _("Nộp sau khi hết hạn")


TO_SETTLE = (Outcome.OVER, Outcome.DOUBLE, Outcome.UNKNOWN, Outcome.CLOSED, Outcome.LATE)


class Order(models.Model):
    """A sum that somebody is asked to pay to an agency. `subject` ("case:0190…") and `purpose` say what asks; the pair
    has one standing order. `code` is what the payer's bank carries back to us."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=120)
    purpose = models.CharField(max_length=60)
    code = models.CharField(max_length=10, unique=True)
    agency = models.UUIDField()
    payer = models.UUIDField(null=True)
    payer_name = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=300, blank=True)
    """What is paid for, in words for receipts and lists."""
    amount = models.BigIntegerField()
    """VND, the sum of the lines."""
    paid = models.BigIntegerField(default=0)
    """VND that are with us for this order: what came less what was given back."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    """When it was wholly paid: from then on its lines are revenue."""
    closed_at = models.DateTimeField(null=True)
    """When it was cancelled or expired."""
    receipt = models.UUIDField(null=True)
    lines: "RelatedManager[OrderLine]"
    demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "purpose"], condition=models.Q(closed_at=None), name="payments_order_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payments_order_amount"),
            models.CheckConstraint(condition=models.Q(paid__gte=0), name="payments_order_paid"),
        ]
        indexes = [
            models.Index(fields=["agency", "-id"], name="payments_order_agency"),
            models.Index(fields=["due_at"], condition=models.Q(state="asked"), name="payments_order_due"),
        ]


class OrderLine(models.Model):
    """One fee (phí) or charge (lệ phí) of an order. `account` is the budget item that it is revenue of."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    number = models.SmallIntegerField()
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    account = models.CharField(max_length=40)
    vnd = models.BigIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="payments_line_once"),
            models.CheckConstraint(condition=models.Q(vnd__gt=0), name="payments_line_amount"),
        ]


class Payment(models.Model):
    """Money that came once: a transfer, a telecom account's debit, or what a counter took. `provider` and `transaction`
    are the bank's own; the pair is there once, however often it is told."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    method = models.CharField(max_length=20)
    provider = models.CharField(max_length=60)
    transaction = models.CharField(max_length=120)
    account = models.CharField(max_length=60, blank=True)
    """The number of our account that got it."""
    agency = models.UUIDField()
    """Whose it is: of the order, or of the account where the order is not known."""
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="payments")
    order_id: UUID | None
    amount = models.BigIntegerField()
    excess = models.BigIntegerField(default=0)
    """VND of it that its order does not need."""
    returned = models.BigIntegerField(default=0)
    """VND of it that were given back, or are on the way."""
    paid_at = models.DateTimeField()
    """When the payer paid, by the bank's clock."""
    came_at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    settled_at = models.DateTimeField(null=True)
    """When the accountant had nothing more to do with it; NULL while it waits, if its outcome asks for somebody."""
    note = models.CharField(max_length=500, blank=True)
    sealed = models.BinaryField(null=True)
    """The words of the transfer, which may name people (sealed as personal fields are)."""
    taken_by = models.JSONField(default=dict)
    demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "transaction"], name="payments_payment_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payments_payment_amount"),
            models.CheckConstraint(
                condition=models.Q(returned__gte=0) & models.Q(returned__lte=models.F("amount")),
                name="payments_payment_returned",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "-id"], name="payments_payment_agency"),
            models.Index(
                fields=["agency", "-id"],
                condition=models.Q(settled_at=None, outcome__in=["over", "double", "unknown", "closed", "late"]),
                name="payments_payment_waits",
            ),
        ]


class Refund(models.Model):
    """Money to be given back, asked by one officer and approved by another."""

    class State(models.TextChoices):
        ASKED = "asked", _("Chờ duyệt")
        REFUSED = "refused", _("Không duyệt")
        APPROVED = "approved", _("Đã duyệt, đang gửi ngân hàng")
        SENT = "sent", _("Ngân hàng đang thực hiện")
        CONFIRMED = "confirmed", _("Đã hoàn trả")
        FAILED = "failed", _("Ngân hàng không hoàn được")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    payment_id: UUID
    agency = models.UUIDField()
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(db_default=Now())
    asked_by = models.UUIDField()
    asked_name = models.CharField(max_length=120)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=120, blank=True)
    decision = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=120, blank=True)
    """The bank's own number of it."""
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payments_refund_amount"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="payments_refund_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["agency", "-id"], name="payments_refund_agency")]


class Message(models.Model):
    """One message from a bank as it came, with what became of it and, where it was rejected, why."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("Đã ghi nhận")
        REPEATED = "repeated", _("Gửi lặp, đã có")
        REJECTED = "rejected", _("Từ chối")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.CharField(max_length=60)
    key = models.CharField(max_length=120, blank=True)
    """The `webhook-id` that it carried."""
    came_at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=30, blank=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="+")
    size = models.IntegerField()
    sealed = models.BinaryField()
    """Head and body of it, sealed: what is told of a transfer may name people."""

    class Meta:
        indexes = [
            models.Index(fields=["provider", "-id"], name="payments_message_provider"),
            models.Index(fields=["-id"], condition=models.Q(outcome="rejected"), name="payments_message_rejected"),
        ]


class Account(models.Model):
    """An account of the ledger: what it is for (`kind`), whose it is, and which one in detail."""

    class Kind(models.TextChoices):
        MONEY = "money", _("Tiền đã thu")
        SUSPENSE = "suspense", _("Tiền chưa rõ khoản")
        HELD = "held", _("Tiền giữ cho khoản thu")
        REVENUE = "revenue", _("Phí, lệ phí đã thu")
        RETURNING = "returning", _("Tiền đang hoàn trả")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    agency = models.UUIDField()
    method = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=120, blank=True)
    """Of money the number of the bank account, of revenue the budget item."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "agency", "method", "detail"], name="payments_account_once")
        ]


class Entry(Sealed):
    """One deed in the ledger. `day` is the day on which it counts, in Vietnam."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    day = models.DateField()
    what = models.CharField(max_length=20)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="+")
    payment_id: UUID | None
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="+")
    refund_id: UUID | None

    class Meta(Sealed.Meta):
        indexes = [models.Index(fields=["day"], name="payments_entry_day")]


class Posting(Sealed):
    """One line of an entry: VND on an account, debit positive, credit negative."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    entry_id: UUID
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    account_id: int
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")
    order_id: UUID | None
    vnd = models.BigIntegerField()

    class Meta(Sealed.Meta):
        constraints = [models.CheckConstraint(condition=~models.Q(vnd=0), name="payments_posting_vnd")]


class Statement(models.Model):
    """What a bank says of one of our accounts on a day, to be held against the ledger."""

    provider = models.CharField(max_length=60)
    account = models.CharField(max_length=60)
    day = models.DateField()
    came_in = models.BigIntegerField()
    went_out = models.BigIntegerField()
    count = models.IntegerField()
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "account", "day"], name="payments_statement_once")]
