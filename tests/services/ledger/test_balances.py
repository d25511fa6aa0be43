"""The database keeps the ledger, and `reconcile` reports each difference."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from subprocess import CalledProcessError
from typing import TypeAlias
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from db.statements import execute, fetch
from models import AccountEntry, CreditApplication, CreditNote, Invoice, Payment
from services.ledger import balances, integrity
from services.ledger.integrity import Difference, compare_credit_notes, compare_invoices
from tests.conftest import Backend
from tests.support import servers
from tests.support.clients import Business

Differences: TypeAlias = Callable[[], Awaitable[list[Difference]]]


async def _all_differences() -> list[Difference]:
    return [
        difference
        for compared in (compare_invoices(), compare_credit_notes())
        async for found in compared
        for difference in found
    ]


@pytest.fixture
async def differences(backend: object) -> Differences:
    """Return what finds the differences that `reconcile` reports, but for those of other tests."""
    del backend
    earlier = Counter(await _all_differences())

    async def find() -> list[Difference]:
        return list((Counter(await _all_differences()) - earlier).elements())

    return find


# --- the database itself --------------------------------------------------------------------------


async def settled(business: Business) -> tuple[UUID, UUID]:
    """Return an invoice with a payment and credit applied to it, and the credit note."""
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, "60")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.pay(invoice_id, "30")
    await business.credit_note(
        "applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id, amount="50"
    )
    return UUID(invoice_id), UUID(note_id)


@pytest.mark.parametrize("table", ["payment", "credit_application"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET amount = 1", "DELETE FROM {}"])
async def test_ledger_rows_cannot_be_edited_or_deleted(
    business: Business, table: str, statement: str
) -> None:
    invoice_id, _ = await settled(business)
    with pytest.raises(IntegrityError, match="append-only"):
        await execute(f"{statement.format(table)} WHERE invoice_id = $1", invoice_id)
    [payment] = await Payment.filter(invoice_id=invoice_id)
    [application] = await CreditApplication.filter(invoice_id=invoice_id)
    assert (payment.amount, application.amount) == (30_00, 50_00)


# --- reconcile ------------------------------------------------------------------------------------


async def test_each_kind_of_difference_is_reported(
    business: Business, differences: Differences
) -> None:
    invoice_id, note_id = await settled(business)
    changes = {
        "UPDATE invoice SET amount_paid = 7900 WHERE id = $1": (
            "invoice INV-00001: amount paid is 79.00 EUR, expected 80.00 EUR"
        ),
        "UPDATE invoice SET amount_paid = 0, status = 'ISSUED' WHERE id = $1": (
            "invoice INV-00001: amount paid is 0.00 EUR, expected 80.00 EUR"
        ),
        "UPDATE invoice SET tax = 1, total = total + 1 WHERE id = $1": (
            "invoice INV-00001: tax is 0.01 EUR, expected 0.00 EUR"
        ),
        "UPDATE invoice SET subtotal = 20000, discount = 10000 WHERE id = $1": (
            "invoice INV-00001: subtotal is 200.00 EUR, expected 100.00 EUR"
        ),
        "UPDATE credit_note SET applied = 4900 WHERE id = $2": (
            "credit note CN-00001: applied amount is 49.00 EUR, expected 50.00 EUR"
        ),
        "UPDATE credit_note SET applied = 0, status = 'ISSUED' WHERE id = $2": (
            "credit note CN-00001: status is ISSUED, expected APPLIED"
        ),
    }
    assert await differences() == []
    for change, sentence in changes.items():
        table, _, _ = change.removeprefix("UPDATE ").partition(" ")
        id_ = invoice_id if table == "invoice" else note_id
        [before] = await fetch(f"SELECT * FROM {table} WHERE id = $1", id_)
        await execute(change.replace("$2", "$1"), id_)
        assert f"Acme Ltd: {sentence}" in {str(found) for found in await differences()}
        columns = [name for name in before if name in change]
        assignments = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, start=2))
        await execute(
            f"UPDATE {table} SET {assignments} WHERE id = $1", id_, *(before[c] for c in columns)
        )
    assert await differences() == []


async def test_what_differs_in_the_customers_account_is_reported(
    business: Business, differences: Differences
) -> None:
    invoice_id, note_id = await settled(business)
    figure = "amount in the customer's account"
    for source_id, sentence in (
        (invoice_id, f"invoice INV-00001: {figure} is 70.01 EUR, expected 70.00 EUR"),
        (note_id, f"credit note CN-00001: {figure} is -59.99 EUR, expected -60.00 EUR"),
    ):
        assert await differences() == []
        entry = await AccountEntry.get(source_id=source_id)
        await AccountEntry.filter(id=entry.id).update(amount=entry.amount + 1)
        assert [str(found) for found in await differences()] == [f"Acme Ltd: {sentence}"]
        await entry.save()


async def test_no_document_is_missed_between_batches(
    business: Business, differences: Differences, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {await business.make_draft() for _ in range(5)}
    await Invoice.filter(id__in=ids).update(tax=1, total=100_01)
    for size in (1, 2, 5):
        monkeypatch.setattr(integrity, "_BATCH_SIZE", size)
        found = {d.document for d in await differences() if d.figure == "tax"}
        assert found == {f"invoice {draft_id}" for draft_id in ids}  # drafts have no number
    await Invoice.filter(id__in=ids).update(tax=0, total=100_00)


async def test_an_invoice_that_was_credited_with_too_much_is_reported(
    business: Business, differences: Differences
) -> None:
    invoice_id = await business.make_invoice()
    for _ in range(2):
        note_id = await business.credit_invoice(invoice_id)
        await business.credit_note("issueCreditNote", creditNoteId=note_id)
        await business.credit_note("voidCreditNote", creditNoteId=note_id)
    assert await differences() == []
    await CreditNote.filter(invoice_id=invoice_id).update(status="ISSUED", voided_at=None)
    found = [str(each) for each in await differences() if each.document == "invoice INV-00001"]
    assert found == [
        "Acme Ltd: invoice INV-00001: credited amount is 200.00 EUR, expected at most 100.00 EUR"
    ]
    await CreditNote.filter(invoice_id=invoice_id).update(
        status="VOID", voided_at=datetime.now(UTC)
    )


async def test_reconcile_reports_a_payment_that_was_not_booked(
    backend: Backend, business: Business, differences: Differences
) -> None:
    invoice_id, _ = await settled(business)
    wrong = "Acme Ltd: invoice INV-00001: amount paid is 80.00 EUR, expected 85.00 EUR"
    assert wrong not in map(str, await differences())
    await Payment.create(
        company_id=business.company_id,
        invoice_id=invoice_id,
        amount=5_00,
        currency="EUR",
        method="cash",
        received_at=datetime.now(UTC),
    )
    try:
        with pytest.raises(CalledProcessError) as failed:
            servers.invotify(backend.environment, "reconcile", "--full")
    finally:
        await balances.refresh(await Invoice.get(id=invoice_id))
    assert failed.value.returncode == 1
    assert wrong in failed.value.stdout
