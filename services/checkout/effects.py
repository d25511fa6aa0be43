"""What an action does to an invoice, in figures: before it is done, and when it was.

The figures of an action that isn't done yet come from doing it and rolling it back, so they follow
from the same rules.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.staff import Staff
from db.statements import fetch
from db.transactions import rehearsal, transactional
from models import Invoice
from services.common import idempotency
from services.common.lookups import get_owned
from values.money import Money

_CREDIT: Final = """
    SELECT COALESCE(SUM(total - applied - paid_out), 0) AS credit FROM credit_note
    WHERE customer_id = $1 AND currency = $2 AND status IN ('ISSUED', 'APPLIED')
"""
Action = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An invoice, and its customer's credit in the same currency, at one moment."""

    invoice: Invoice
    credit: Money

    @property
    def due(self) -> Money:
        """What is due on the invoice."""
        return self.invoice.money(self.invoice.amount_due)

    @property
    def paid(self) -> Money:
        """What is paid on the invoice, with applied credit."""
        return self.invoice.money(self.invoice.amount_paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The figures before and after an action."""

    before: Figures
    after: Figures


@rehearsal
async def preview(staff: Staff, invoice_id: UUID, action: Action) -> Effect:
    """Return what `action` would do to the invoice and to its customer's credit.

    `action` is a verb with its arguments, and runs in a transaction that is rolled back. Raises
    what it raises.
    """
    return await _effect_of(staff, invoice_id, action)


@transactional
async def carry_out(staff: Staff, invoice_id: UUID, action: Action) -> Effect:
    """Do `action` in one transaction, and return what it has done. Raises what it raises."""
    return await _effect_of(staff, invoice_id, action)


async def load_figures(staff: Staff, invoice_id: UUID) -> Figures:
    """Return the invoice's figures as they are. Raises NotFound."""
    invoice = await get_owned(Invoice, staff, str(invoice_id))
    [row] = await fetch(_CREDIT, invoice.customer_id, invoice.currency)
    return Figures(invoice=invoice, credit=invoice.money(int(row["credit"])))


async def _effect_of(staff: Staff, invoice_id: UUID, action: Action) -> Effect:
    await idempotency.lock_company(staff)  # so that no other verb steps in between
    before = await load_figures(staff, invoice_id)
    await action()
    return Effect(before=before, after=await load_figures(staff, invoice_id))
