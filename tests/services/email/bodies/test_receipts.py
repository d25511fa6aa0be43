"""The e-mail with the receipts of what was paid at once."""

from datetime import UTC, datetime
from uuid import uuid4

from services.billing.receipts import Receipt
from services.email.bodies.parts import MAX_ATTACHMENTS
from services.email.bodies.payments import SentReceipt, receipt_body
from tests.support.sample_emails import LINK, sample_business, sample_facts
from values.payments import HistoryEntry, PaymentKind


def test_it_says_where_the_receipts_are_that_are_not_attached() -> None:
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    payment = HistoryEntry(PaymentKind.PAYMENT, 11_900, at, payment_id=uuid4())
    sent = SentReceipt(Receipt(sample_facts().invoice, payment, ()), LINK)
    all_attached = receipt_body([sent] * MAX_ATTACHMENTS, sample_business()).message
    assert all_attached.endswith("Your receipts are attached.")
    more = receipt_body([sent] * (MAX_ATTACHMENTS + 1), sample_business())
    assert more.message.endswith(
        "The first 10 receipts are attached. The others are on the pages of their invoices."
    )
    assert len(more.sections) == MAX_ATTACHMENTS + 1
