"""Money beyond what an invoice needs: it becomes credit of the customer, and comes back from it.

Three rules hold after every change:

- Money that arrives for what was written off takes the write-off back.
- What is still there beyond the total becomes an issued credit note.
- As long as something is missing, no credit from the invoice's own surpluses is left: it makes up
  for payments that were refunded, disputed or taken back, and for other credit taken off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from i18n.translations import translations_for
from models import (
    CreditApplication,
    CreditNote,
    CreditNoteLine,
    CreditNoteStatus,
    Customer,
    Invoice,
    Surplus,
    WriteOff,
)
from models.documents import summary_of
from services.ledger.balances import load_sums
from services.ledger.issuing import issue_document
from services.ledger.locking import LockedLedger
from values.money import to_decimal
from values.taxes import TaxCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledSurplus:
    """What settling an invoice's surplus has added, in minor units."""

    write_off_reversed: int = 0
    credit_applied: int = 0


async def settle_surplus(ledger: LockedLedger, invoice: Invoice) -> SettledSurplus:
    """Add the rows that the three rules above ask for."""
    sums = await load_sums(invoice.id)
    excess = sums.excess_for(invoice)
    if excess > 0:
        reversed_ = min(excess, sums.written_off)
        if reversed_:
            await WriteOff.create(
                company_id=invoice.company_id, invoice_id=invoice.id, amount=-reversed_
            )
        if excess > reversed_:
            await _credit(ledger.customer, invoice, excess - reversed_)
        return SettledSurplus(write_off_reversed=reversed_)
    return SettledSurplus(credit_applied=await _fill_gap(ledger, invoice, -excess))


async def _fill_gap(ledger: LockedLedger, invoice: Invoice, missing: int) -> int:
    """Apply credit from the invoice's own surpluses, as far as it goes; return how much."""
    applied = 0
    for note in ledger.surplus_notes(invoice):
        amount = min(note.remaining, missing - applied)
        if amount > 0:
            await apply_credit(note, invoice, amount)
            applied += amount
    return applied


async def apply_credit(
    note: CreditNote,
    invoice: Invoice,
    amount: int,
    columns: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Apply `amount` minor units of a locked credit note to a locked invoice.

    `columns` are further ones of the row that is added.
    """
    await CreditApplication.create(
        company_id=invoice.company_id,
        credit_note_id=note.id,
        invoice_id=invoice.id,
        amount=amount,
        **columns,
    )
    await change_applied(note, amount)


async def change_applied(note: CreditNote, amount: int) -> None:
    """Update a locked credit note of which `amount` was applied or, if negative, taken back."""
    note.applied += amount
    note.status = CreditNoteStatus.APPLIED if note.applied else CreditNoteStatus.ISSUED
    await note.save(update_fields=["applied", "status", "updated_at"])


async def _credit(customer: Customer, invoice: Invoice, amount: int) -> None:
    """Issue a credit note for `amount` minor units that the invoice doesn't need."""
    company = customer.company
    gettext = translations_for(customer.language_with(company)).gettext
    reason = gettext("Overpaid on invoice %(number)s") % {"number": invoice.number}
    note = CreditNote(
        company_id=company.id,
        customer_id=customer.id,
        currency=invoice.currency,
        subtotal=amount,
        total=amount,
        reason=reason,
        summary=summary_of(reason),
        status=CreditNoteStatus.ISSUED,
        issued_at=datetime.now(UTC),
    )
    await issue_document(note, company, customer)
    await note.save(force_create=True)
    await CreditNoteLine.create(
        credit_note_id=note.id,
        position=1,
        description=reason,
        quantity=Decimal(1),
        unit_price=to_decimal(amount, invoice.currency),
        amount=amount,
        net=amount,
        discount=0,
        tax_category=TaxCategory.OUT_OF_SCOPE,
        tax_rate=Decimal(0),
        tax=0,
    )
    await Surplus.create(
        company_id=company.id, invoice_id=invoice.id, credit_note_id=note.id, amount=amount
    )
