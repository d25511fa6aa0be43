"""Clients who pay an invoice with their credit, from their portal."""

from dataclasses import dataclass
from typing import Final

from auth.staff import client_actor
from db.statements import fetch, id_of
from db.transactions import transactional
from errors import NotFound
from models import AuditAction, Invoice, InvoiceChange
from models.documents import DOCUMENT_PARENTS
from services.common import audit_log, idempotency
from services.ledger.booking import Change, book
from services.ledger.locking import lock_ledger
from services.ledger.surplus import apply_credit
from services.sharing.tokens import SharedLink
from values.money import Money

_OPEN: Final = """
    FROM credit_note
    WHERE customer_id = $1 AND currency = $2 AND status IN ('ISSUED', 'APPLIED')
    AND applied + paid_out < total
"""
_LEFT: Final = "total - applied - paid_out"
_SUM: Final = f"SELECT SUM({_LEFT}) AS amount {_OPEN}"
_NEEDED: Final = f"""
    SELECT id FROM (
        SELECT id, SUM({_LEFT}) OVER (ORDER BY issued_at, id) - ({_LEFT}) AS of_older {_OPEN}
    ) AS note
    WHERE of_older < (SELECT total - amount_paid - written_off - amount_pending
        FROM invoice WHERE id = $3)
    ORDER BY of_older
"""
"""The oldest credit notes, as many as the invoice needs."""


@dataclass(frozen=True, slots=True)
class UsedCredit:
    """An invoice, and how much credit was applied to it."""

    invoice: Invoice
    amount: Money


async def usable_credit(link: SharedLink) -> Money | None:
    """Return the customer's open credit in the currency of a portal's invoice.

    None if there is none, or nothing to pay with it.
    """
    invoice = link.invoice
    if not link.is_portal or not invoice.is_open or invoice.remaining <= 0:
        return None
    [row] = await fetch(_SUM, invoice.customer_id, invoice.currency)
    return invoice.money(int(row["amount"])) if row["amount"] else None


@transactional
async def use_credit(link: SharedLink) -> UsedCredit:
    """Apply the customer's open credit in the invoice's currency, the oldest first.

    It is no more than what is due and not on its way, so a repetition has no further effect. Raises
    NotFound if the link isn't that of a portal, or has been revoked since.
    """
    shown = link.invoice
    if not link.is_portal:
        raise NotFound
    actor = client_actor(shown.company_id, shown.customer.name)
    await idempotency.lock_company(actor)  # from here on, what is needed stays the same
    rows = await fetch(_NEEDED, shown.customer_id, shown.currency, shown.id)
    ids = [id_of(row["id"]) for row in rows]
    ledger = await lock_ledger(shown.company_id, invoices=[shown.id], credit_notes=ids)
    invoice = ledger.invoices[shown.id]
    for parent in DOCUMENT_PARENTS:
        setattr(invoice, parent, getattr(shown, parent))
    if str(ledger.customer.portal_token) != link.token:
        raise NotFound
    left, changes = invoice.remaining if invoice.is_open else 0, []
    for note in (ledger.credit_notes[id_] for id_ in ids):
        amount = min(note.remaining, left)
        if amount <= 0:
            continue
        left -= amount
        await apply_credit(note, invoice, amount, {"actor": actor.name})
        detail = f"{note.money(amount)} to {invoice.label}"
        action = AuditAction.CREDIT_NOTE_APPLIED
        await audit_log.note_document(actor, action, note, detail=detail)
        change = InvoiceChange.CREDIT_APPLIED
        changes.append(Change(invoice=invoice, change=change, amount=amount, actor=actor.name))
    await book(ledger, *changes)
    applied = sum(change.amount for change in changes)
    return UsedCredit(invoice=invoice, amount=invoice.money(applied))
