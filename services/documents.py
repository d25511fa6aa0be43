"""The parts of invoices that are loaded beside them: lines, payments, customers."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from models import Customer, Invoice, InvoiceLine, Payment
from models.lookup import Lookup

_lines = Lookup(InvoiceLine, where="invoice_line.invoice_id = $1 ORDER BY invoice_line.position")


async def lines_of(invoice: Invoice) -> Sequence[InvoiceLine]:
    """Return the invoice's lines in their order."""
    return await _lines.all(invoice.id)


async def load_lines(invoice_ids: list[UUID]) -> list[list[InvoiceLine]]:
    """Return the lines of each of the invoices, in one statement."""
    rows = await InvoiceLine.filter(invoice_id__in=invoice_ids).order_by("invoice_id", "position")
    grouped: defaultdict[UUID, list[InvoiceLine]] = defaultdict(list)
    for row in rows:
        grouped[row.invoice_id].append(row)
    return [grouped[invoice_id] for invoice_id in invoice_ids]


async def load_payments(invoice_ids: list[UUID]) -> list[list[Payment]]:
    """Return the payments of each of the invoices, the oldest first, in one statement."""
    rows = await Payment.filter(invoice_id__in=invoice_ids).order_by("received_at", "created_at")
    grouped: defaultdict[UUID, list[Payment]] = defaultdict(list)
    for row in rows:
        grouped[row.invoice_id].append(row)
    return [grouped[invoice_id] for invoice_id in invoice_ids]


async def load_customers(customer_ids: list[UUID]) -> list[Customer]:
    """Return each of the customers, in one statement."""
    rows = {row.id: row for row in await Customer.filter(id__in=customer_ids)}
    return [rows[customer_id] for customer_id in customer_ids]
