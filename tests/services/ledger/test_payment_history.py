"""The history of an invoice, as its recipient sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from models import (
    CreditApplication,
    CreditNote,
    Invoice,
    Payment,
    PaymentReversalKind,
    Reversal,
    Surplus,
    WriteOff,
)
from services.ledger import balances
from services.ledger.payment_history import history_of, load_payment_history, payment_history
from services.sharing.shared_documents import SHARED_INVOICE, find_with_history
from tests.support.clients import Business
from values.payments import PaymentHistory, PaymentKind, receipt_id_of

_START: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
_PUBLIC: Final = "query($token: String!) { invoice(token: $token) { payments { %s } } }"


def _day(day: int) -> datetime:
    return _START + timedelta(days=day)


async def test_a_history_has_every_kind_of_row_oldest_first(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = UUID(await business.make_invoice(customerId=customer_id))
    note_id = await business.make_credit_note(customer_id, "50")
    of: dict[str, Any] = {"company_id": business.company_id, "invoice_id": invoice_id}
    note: dict[str, Any] = {"credit_note_id": note_id}
    number = (await CreditNote.get(id=note_id)).number
    payment = await Payment.create(
        amount=9_000, currency="EUR", method="card", received_at=_day(1), **of
    )
    kinds, of_payment = PaymentReversalKind, of | {"payment": payment}
    await Reversal.create(amount=-100, kind=kinds.REFUND, at=_day(9), **of_payment)
    await Reversal.create(amount=300, kind=kinds.REFUND, at=_day(2), **of_payment)
    await Reversal.create(amount=200, kind=kinds.DISPUTE, at=_day(3), **of_payment)
    await CreditApplication.create(amount=2_000, applied_at=_day(4), **of, **note)
    await Surplus.create(amount=500, at=_day(5), **of, **note)
    await WriteOff.create(amount=10, at=_day(6), **of)
    await WriteOff.create(amount=-10, at=_day(7), **of)
    manual = of_payment | {"reversed_payment_id": payment.id}
    await Reversal.create(amount=4_000, kind=kinds.REVERSAL, at=_day(8), **manual)
    whole = await payment_history(invoice_id)
    history = whole.entries
    assert [(entry.kind.value, entry.amount) for entry in history] == [
        ("PAYMENT", 9_000),
        ("REFUND", -300),
        ("DISPUTE", -200),
        ("CREDIT", 2_000),
        ("CREDIT", -500),
        ("WRITE_OFF", 10),
        ("WRITE_OFF", -10),
        ("REVERSAL", -4_000),
        ("REFUND", 100),
    ]
    assert [entry.at for entry in history] == [_day(day) for day in range(1, 10)]
    assert [(entry.method, entry.credit_note) for entry in history[2:5]] == [
        ("card", None),
        (None, number),
        (None, number),
    ]
    sums = await balances.load_sums(invoice_id)
    assert sum(entry.amount for entry in history) == sums.paid + sums.written_off
    shared = await find_with_history(SHARED_INVOICE, await business.share(str(invoice_id)))
    assert shared is not None
    assert await history_of(shared) == whole


async def test_each_invoice_has_its_own_history(business: Business) -> None:
    first, second = await business.make_invoice(), await business.make_invoice()
    await business.pay(second, "40")
    ids = [UUID(second), UUID(first)]
    paid, unpaid = await load_payment_history(ids)
    assert [(entry.kind, entry.amount, entry.method) for entry in paid.entries] == [
        (PaymentKind.PAYMENT, 4_000, "cash")
    ]
    assert unpaid == PaymentHistory(entries=[], failed=[])


async def test_clients_see_how_it_was_paid_in_their_language(business: Business) -> None:
    customer_id = await business.make_customer(language="de")
    note_id = await business.make_credit_note(customer_id, "30")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.pay(invoice_id, "40.50")
    applied = {"creditNoteId": note_id, "invoiceId": invoice_id, "amount": "30"}
    await business.credit_note("applyCreditNote", **applied)
    query = _PUBLIC % "kind amount { amount formatted } at method receiptUrl"
    token = await business.share(invoice_id)
    data = await business.stranger.gql(query, token=token)
    number = (await CreditNote.get(id=note_id)).number
    payment = await Payment.get(invoice_id=invoice_id)
    cash, credit = data["invoice"]["payments"]
    assert datetime.fromisoformat(cash.pop("at")) <= datetime.fromisoformat(credit.pop("at"))
    assert cash == {
        "kind": "PAYMENT",
        "amount": {"amount": "40.50", "formatted": "40,50\xa0€"},
        "method": "Barzahlung",
        "receiptUrl": f"http://127.0.0.1:8000/invoice/{token}/receipt/{receipt_id_of(payment.id)}.pdf",
    }
    assert (credit["kind"], credit["method"]) == ("CREDIT", f"Gutschrift {number}")
    assert credit["receiptUrl"] is None
    assert (await Invoice.get(id=invoice_id)).amount_due == 2_950
