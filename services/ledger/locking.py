"""Locking what one transaction adds ledger rows to, in the one order of locks.

Company → customer → credit notes → invoices. A checkout is locked after its invoice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from errors import NotFound
from models import Company, CreditNote, Customer, Invoice, Surplus


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedLedger:
    """A customer's invoices and credit notes by id, locked until the transaction ends.

    With each invoice come the credit notes that its surpluses became, and with such a credit note
    comes that invoice.
    """

    customer: Customer
    """Comes with its company."""
    invoices: Mapping[UUID, Invoice]
    credit_notes: Mapping[UUID, CreditNote]
    """Sorted by id."""
    surpluses: Mapping[UUID, UUID]
    """The invoices whose surpluses became credit notes, by credit note."""

    def surplus_notes(self, invoice: Invoice) -> list[CreditNote]:
        """Return the credit notes that the invoice's surpluses became, in a fixed order."""
        notes = self.credit_notes.values()
        return [note for note in notes if self.surpluses.get(note.id) == invoice.id]


async def lock_ledger(
    company_id: UUID, *, invoices: Iterable[UUID] = (), credit_notes: Iterable[UUID] = ()
) -> LockedLedger:
    """Lock invoices and credit notes of one customer of the company.

    Surpluses are only added under the company's lock, so that none can be missed. Raises NotFound
    for a draft that was deleted in the meantime.
    """
    invoice_ids, note_ids = set(invoices), set(credit_notes)
    company = await Company.filter(id=company_id).select_for_update(no_key=True).get()
    if note_ids:
        origins = await Surplus.filter(credit_note_id__in=list(note_ids))
        invoice_ids |= {surplus.invoice_id for surplus in origins}
    surpluses = await Surplus.filter(invoice_id__in=list(invoice_ids)) if invoice_ids else []
    note_ids |= {surplus.credit_note_id for surplus in surpluses}
    customer = await _lock_customer(company, invoice_ids, note_ids)
    locked_notes = CreditNote.filter(id__in=list(note_ids)).order_by("id")
    notes = await locked_notes.select_for_update(no_key=True) if note_ids else []
    locked_invoices = Invoice.filter(id__in=list(invoice_ids)).order_by("id")
    rows = await locked_invoices.select_for_update(no_key=True) if invoice_ids else []
    if len(notes) < len(note_ids) or len(rows) < len(invoice_ids):
        raise NotFound
    return LockedLedger(
        customer=customer,
        invoices={row.id: row for row in rows},
        credit_notes={note.id: note for note in notes},
        surpluses={surplus.credit_note_id: surplus.invoice_id for surplus in surpluses},
    )


async def _lock_customer(
    company: Company, invoice_ids: Iterable[UUID], note_ids: Iterable[UUID]
) -> Customer:
    document: Invoice | CreditNote | None = None
    if ids := list(invoice_ids):
        document = await Invoice.get_or_none(id=ids[0])
    else:
        document = await CreditNote.get_or_none(id=next(iter(note_ids)))
    if document is None:
        raise NotFound
    customers = Customer.filter(id=document.customer_id)
    customer = await customers.select_for_update(no_key=True).get()
    customer.company = company
    return customer
