"""The receipt (biên lai thu phí, lệ phí): a paper of documents, numbered by agency and year without a gap, and
signed in the name of the agency. Made by a job that is safe to repeat: what is made is noted in its transaction."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.documents import services as documents
from tinhso.documents.queries import issuer, written
from tinhso.identity.queries import agency_by_id
from tinhso.kernel import audit
from tinhso.kernel.actor import system

from .. import methods
from ..models import Order, Payment
from ..words import in_words

KIND = "payments.receipt"
SIGNER = "Hệ thống thu phí, lệ phí"
"""Whose name the agency's digital seal carries on a paper that no officer signs by hand."""


def issue_receipt(order_id: UUID) -> UUID:
    """Make and seal the receipt of an order that is wholly paid, once; returns the document's id."""
    actor = system("payments.issue-receipt")
    with transaction.atomic(), override("vi"):
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.receipt is None:
            made = documents.issue(
                actor,
                KIND,
                _data(order),
                title=_("Biên lai thu phí, lệ phí: %(title)s") % {"title": order.title or order.code},
                subject=order.subject,
                person=order.payer,
                agency=order.agency,
            )
            order.receipt = made.id
            order.save(update_fields=["receipt"])
            audit.record(actor, "payment.receipt", f"order:{order.pk}", document=str(made.id))
    name = agency_by_id(order.agency).name
    document = order.receipt
    assert document is not None
    documents.sign(actor, document, signer_name=name, signer_title=SIGNER, agency_name=name)
    return document


def _data(order: Order) -> dict[str, object]:
    came = Payment.objects.filter(order=order).order_by("-id")
    return {
        "issuer": issuer(order.agency),
        "code": order.code,
        "payer": order.payer_name,
        "title": order.title,
        "lines": [{"name": line.name, "vnd": line.vnd} for line in order.lines.all()],
        "amount": order.amount,
        "words": in_words(order.amount),
        "method": ", ".join(dict.fromkeys(methods.words(one.method) for one in came)),
        "paid_at": written(order.paid_at),
    }  # fmt: skip
