"""An invoice's life: draft, edited, issued, cancelled. What is paid is in `payments`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from auth.staff import Staff
from errors import BadInput, Conflict
from models import Company, Customer, Invoice, InvoiceLine, InvoiceStatus
from models.database import transactional
from models.money import MAX_AMOUNT, to_minor
from models.totals import LinePrice, Totals, calculate
from services import idempotency
from services.ids import find
from services.numbering import INVOICES, next_number, require_free
from services.text import clean, clean_currency, clean_optional

MAX_LINES: Final = 1000
_MAX_QUANTITY: Final = Decimal(10**9)
_QUANTITY_DECIMALS: Final = 6
_TAX_RATE_DECIMALS: Final = 4
_FULL: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as staff type it: unit price in the invoice's currency, tax rate in percent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """What staff can set of an invoice while it is a draft."""

    customer_id: str
    lines: Sequence[LineDraft]
    number: str | None = None
    currency: str | None = None
    issue_date: date | None = None
    due_date: date | None = None
    discount: Decimal = field(default=Decimal(0))
    notes: str | None = None
    allow_partial_payment: bool = False
    minimum_payment: Decimal | None = None


@transactional
async def create_invoice(
    staff: Staff, draft: InvoiceDraft, *, idempotency_key: str | None = None
) -> Invoice:
    """Return a new draft, or the one that the same key has made before.

    Raises NotFound for the customer, BadInput, and Conflict for a number that is taken or a key
    that was used with another draft.
    """
    attempt = idempotency.attempt(idempotency_key, draft)
    if earlier := await idempotency.earlier(Invoice, staff, attempt):
        return earlier
    columns, totals = await _check(staff, draft)
    if columns["number"] is None:
        columns["number"] = await next_number(staff, INVOICES)
    else:
        await idempotency.lock_company(staff)
        await require_free(staff, INVOICES, columns["number"])
    columns |= attempt.columns
    invoice = await Invoice.create(company_id=staff.company_id, **columns)
    await _write_lines(invoice, draft.lines, totals)
    return invoice


@transactional
async def update_invoice(staff: Staff, invoice_id: str, draft: InvoiceDraft) -> Invoice:
    """Return the draft with everything in it replaced; without a number it keeps its own.

    Raises NotFound, BadInput, and Conflict once it is issued or if the number is taken.
    """
    if draft.number is not None:
        await idempotency.lock_company(staff)
    invoice = await find(Invoice, staff, invoice_id, lock=True)
    _require_draft(invoice, "edited")
    columns, totals = await _check(staff, draft)
    columns["number"] = columns["number"] or invoice.number
    if columns["number"] != invoice.number:
        await require_free(staff, INVOICES, columns["number"])
    invoice.update_from_dict(columns)
    await invoice.save(update_fields=[*columns, "updated_at"])
    await InvoiceLine.filter(invoice_id=invoice.id).delete()
    await _write_lines(invoice, draft.lines, totals)
    return invoice


@transactional
async def delete_invoice(staff: Staff, invoice_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict once it is issued."""
    invoice = await find(Invoice, staff, invoice_id, lock=True)
    _require_draft(invoice, "deleted")
    await invoice.delete()


@transactional
async def issue_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Return the invoice, issued; the issue date is today unless the draft has one.

    Issuing again changes nothing. Raises NotFound, BadInput for a due date before the issue date,
    and Conflict for a cancelled invoice.
    """
    invoice = await find(Invoice, staff, invoice_id, lock=True)
    if invoice.status is InvoiceStatus.CANCELLED:
        message = "A cancelled invoice can't be issued."
        raise Conflict(message)
    if invoice.status is InvoiceStatus.DRAFT:
        now = datetime.now(UTC)
        invoice.issue_date = invoice.issue_date or now.date()
        _check_dates(invoice.issue_date, invoice.due_date)
        invoice.issued_at = now
        invoice.status = invoice.status_when_paid(invoice.amount_paid)
        await invoice.save(update_fields=["issue_date", "issued_at", "status", "updated_at"])
    return invoice


@transactional
async def cancel_invoice(staff: Staff, invoice_id: str) -> Invoice:
    """Return the invoice, cancelled; its link goes on working and says so.

    Cancelling again changes nothing. Raises NotFound, and Conflict for a draft (delete it instead)
    and for an invoice on which money was received.
    """
    invoice = await find(Invoice, staff, invoice_id, lock=True)
    if invoice.status is InvoiceStatus.CANCELLED:
        return invoice
    if invoice.status is InvoiceStatus.DRAFT:
        message = "A draft can't be cancelled. Delete it instead."
        raise Conflict(message)
    if invoice.amount_paid:
        message = "Money was received for this invoice, so it can't be cancelled."
        raise Conflict(message)
    invoice.status, invoice.cancelled_at = InvoiceStatus.CANCELLED, datetime.now(UTC)
    await invoice.save(update_fields=["status", "cancelled_at", "updated_at"])
    return invoice


def _require_draft(invoice: Invoice, done: str) -> None:
    if invoice.status is not InvoiceStatus.DRAFT:
        message = f"Only a draft can be {done}. This invoice is {invoice.status}."
        raise Conflict(message)


async def _check(staff: Staff, draft: InvoiceDraft) -> tuple[dict[str, Any], Totals]:
    """Return the columns and the totals that follow from `draft`."""
    customer = await find(Customer, staff, draft.customer_id)
    currency = await _currency(staff, draft.currency)
    _check_dates(draft.issue_date, draft.due_date)
    totals = _totals(draft, currency)
    minimum = None
    if draft.minimum_payment is not None:
        minimum = to_minor(draft.minimum_payment, currency, field="minimumPayment")
        if minimum <= 0:
            message = "The minimum payment must be more than nothing."
            raise BadInput(message, field="minimumPayment")
    columns = {
        "customer_id": customer.id,
        "number": clean_optional(draft.number, "number", most=64),
        "currency": currency,
        "issue_date": draft.issue_date,
        "due_date": draft.due_date,
        "subtotal": totals.subtotal,
        "discount": totals.discount,
        "tax": totals.tax,
        "total": totals.total,
        "notes": clean_optional(draft.notes, "notes", most=10_000, multiline=True),
        "allow_partial_payment": draft.allow_partial_payment,
        "minimum_payment": minimum,
    }
    return columns, totals


async def _currency(staff: Staff, currency: str | None) -> str:
    if currency is None:
        return (await Company.get(id=staff.company_id)).currency
    return clean_currency(currency)


def _check_dates(issue_date: date | None, due_date: date | None) -> None:
    if issue_date and due_date and due_date < issue_date:
        message = "The due date is before the issue date."
        raise BadInput(message, field="dueDate")


def _totals(draft: InvoiceDraft, currency: str) -> Totals:
    if not 1 <= len(draft.lines) <= MAX_LINES:
        message = f"An invoice has 1 to {MAX_LINES} lines."
        raise BadInput(message, field="lines")
    prices = [_price(line, currency) for line in draft.lines]
    discount = to_minor(draft.discount, currency, field="discount")
    totals = calculate(prices, discount) if discount >= 0 else None
    if totals is None or discount > totals.subtotal:
        message = "The discount must be between nothing and the subtotal."
        raise BadInput(message, field="discount")
    if totals.total > MAX_AMOUNT or totals.subtotal > MAX_AMOUNT:
        message = "The total is out of range."
        raise BadInput(message, field="lines")
    return totals


def _price(line: LineDraft, currency: str) -> LinePrice:
    _check_range(line.quantity, "quantity", most=_MAX_QUANTITY, decimals=_QUANTITY_DECIMALS)
    _check_range(line.tax_rate, "taxRate", most=_FULL, decimals=_TAX_RATE_DECIMALS)
    if not line.quantity:
        message = "The quantity must be more than nothing."
        raise BadInput(message, field="quantity")
    unit_price = to_minor(line.unit_price, currency, field="unitPrice")
    if unit_price < 0:
        message = "The unit price must not be negative. Use the invoice's discount."
        raise BadInput(message, field="unitPrice")
    return LinePrice(line.quantity, unit_price, line.tax_rate)


def _check_range(value: Decimal, name: str, *, most: Decimal, decimals: int) -> None:
    if not 0 <= value <= most or value != round(value, decimals):
        message = f"This must be between 0 and {most}, with at most {decimals} decimals."
        raise BadInput(message, field=name)


async def _write_lines(invoice: Invoice, drafts: Sequence[LineDraft], totals: Totals) -> None:
    await InvoiceLine.bulk_create(
        InvoiceLine(
            invoice_id=invoice.id,
            position=position,
            description=clean(draft.description, "description", most=2000, multiline=True),
            quantity=draft.quantity,
            unit_price=to_minor(draft.unit_price, invoice.currency, field="unitPrice"),
            tax_rate=abs(draft.tax_rate),  # a minus before nothing is no rate
            amount=line.amount,
            discount=line.discount,
            tax=line.tax,
        )
        for position, (draft, line) in enumerate(zip(drafts, totals.lines, strict=True), start=1)
    )
