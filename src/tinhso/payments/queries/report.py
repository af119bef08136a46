"""The end of a day: what came, what went, what was earned, and every difference by its name. Read from the ledger."""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from tinhso.identity.queries import agencies as agencies_of
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden

from .. import methods, policy
from ..contracts import DayReport, DayRow, RevenueRow, StatedRow, Trouble
from ..models import TO_SETTLE, Account, Message, Order, Outcome, Payment, Posting, Refund, Statement

Kind = Account.Kind


def day_report(actor: Actor, day: date) -> DayReport:
    """The report of a day, for the agencies whose money the actor may see. Raises Forbidden for whoever sees none."""
    mine = policy.agencies(actor)
    if mine is not None and not mine:
        raise Forbidden()
    accounts = Account.objects.all() if mine is None else Account.objects.filter(agency__in=mine)
    names = {ref.id: ref.words for ref in agencies_of(ids=set(accounts.values_list("agency", flat=True)))}
    rows = tuple(_rows(accounts.filter(kind=Kind.MONEY), day, names))
    stated = tuple(_stated(day)) if mine is None else ()
    return DayReport(
        day=day,
        rows=rows,
        revenue=tuple(_revenue(accounts.filter(kind=Kind.REVENUE), day, names)),
        stated=stated,
        troubles=tuple(_troubles(actor, day, stated)),
        balances=(Posting.objects.filter(entry__day__lte=day).aggregate(sum=Sum("vnd"))["sum"] or 0) == 0,
    )


def _rows(accounts, day: date, names: dict[UUID, str]) -> Iterator[DayRow]:  # type: ignore[no-untyped-def]
    today, earlier = Q(entry__day=day), Q(entry__day__lt=day)
    sums = {
        row["account"]: row
        for row in Posting.objects.filter(account__in=accounts, entry__day__lte=day)
        .values("account")
        .annotate(
            opening=Sum("vnd", filter=earlier),
            came_in=Sum("vnd", filter=today & Q(vnd__gt=0)),
            went_out=Sum("vnd", filter=today & Q(vnd__lt=0)),
            count=Count("id", filter=today),
        )
    }
    for one in accounts.order_by("agency", "method", "detail"):
        found = sums.get(one.pk)
        if found is None:
            continue
        opening, came_in, went_out = (found[key] or 0 for key in ("opening", "came_in", "went_out"))
        yield DayRow(
            method=one.method,
            method_words=methods.words(one.method),
            account=one.detail,
            agency=one.agency,
            agency_name=names.get(one.agency, ""),
            opening=opening,
            came_in=came_in,
            went_out=-went_out,
            closing=opening + came_in + went_out,
            count=found["count"],
        )


def _stated(day: date) -> Iterator[StatedRow]:
    """The accounts of which the bank's statement of the day is here, all agencies together. What was told on the day is
    held against what the bank has booked on it."""
    ours = {
        row["account__detail"]: row
        for row in Posting.objects.filter(
            account__kind=Kind.MONEY, entry__day=day, entry__what__in=("came", "returned")
        )
        .values("account__detail")
        .annotate(came_in=Sum("vnd", filter=Q(vnd__gt=0)), went_out=Sum("vnd", filter=Q(vnd__lt=0)))
    }
    for one in Statement.objects.filter(day=day).order_by("provider", "account"):
        found = ours.get(one.account, {})
        yield StatedRow(
            one.provider,
            one.account,
            found.get("came_in") or 0,
            -(found.get("went_out") or 0),
            one.came_in,
            one.went_out,
        )


def _revenue(accounts, day: date, names: dict[UUID, str]) -> Iterator[RevenueRow]:  # type: ignore[no-untyped-def]
    sums = (
        Posting.objects.filter(account__in=accounts, entry__day=day)
        .values("account__agency", "account__detail")
        .annotate(sum=Sum("vnd"))
        .order_by("account__agency", "account__detail")
    )
    for row in sums:
        yield RevenueRow(
            row["account__detail"], row["account__agency"], names.get(row["account__agency"], ""), -row["sum"]
        )


def _troubles(actor: Actor, day: date, stated: tuple[StatedRow, ...]) -> Iterator[Trouble]:
    waits = (
        Payment.objects.filter(policy.visible(actor), settled_at=None, outcome__in=TO_SETTLE)
        .values("outcome")
        .annotate(count=Count("id"), vnd=Sum("amount"))
        .order_by("outcome")
    )
    for row in waits:
        yield Trouble(row["outcome"], str(Outcome(row["outcome"]).label), row["count"], row["vnd"])
    partly = Order.objects.filter(policy.visible(actor), state="partly").aggregate(n=Count("id"), vnd=Sum("paid"))
    if partly["n"]:
        yield Trouble("partly", _("Khoản thu mới nộp một phần"), partly["n"], partly["vnd"])
    for state in (Refund.State.ASKED, Refund.State.APPROVED, Refund.State.SENT, Refund.State.FAILED):
        found = Refund.objects.filter(policy.visible(actor), state=state)
        if state == Refund.State.FAILED:
            found = found.filter(payment__settled_at=None)
        sums = found.aggregate(n=Count("id"), vnd=Sum("amount"))
        if sums["n"]:
            yield Trouble(f"refund-{state}", _("Hoàn trả: %(state)s") % {"state": state.label}, sums["n"], sums["vnd"])
    for row in stated:
        if row.difference:
            words = _("Sao kê ngân hàng khác sổ: tài khoản %(account)s") % {"account": row.account}
            yield Trouble("statement", words, 1, row.difference)
    rejected = Message.objects.filter(outcome=Message.Outcome.REJECTED, came_at__date=day).count()
    if rejected:
        yield Trouble("rejected", _("Tin báo của ngân hàng bị từ chối trong ngày"), rejected, 0)


def days_csv(report: DayReport) -> str:
    """The report as CSV (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read Vietnamese)."""
    out = StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    head = [
        _("Ngày"),
        _("Cơ quan"),
        _("Hình thức"),
        _("Tài khoản"),
        _("Đầu ngày"),
        _("Thu vào"),
        _("Chi ra"),
        _("Cuối ngày"),
    ]
    sheet.writerow([*head, _("Số giao dịch")])
    for row in report.rows:
        sheet.writerow(
            [
                report.day.isoformat(), _cell(row.agency_name), row.method_words, row.account, row.opening, row.came_in,
                row.went_out, row.closing, row.count,
            ]
        )  # fmt: skip
    for line in report.stated:
        words = _("Theo sao kê ngân hàng")
        sheet.writerow([report.day.isoformat(), "", words, line.account, "", line.stated_in, line.stated_out])
    for one in report.revenue:
        sheet.writerow([report.day.isoformat(), _cell(one.agency_name), _("Đã ghi thu"), one.account, "", one.vnd])
    for trouble in report.troubles:
        sheet.writerow([report.day.isoformat(), "", _("Cần xử lý"), trouble.words, trouble.count, trouble.vnd])
    return "\ufeff" + out.getvalue()


def _cell(text: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text
