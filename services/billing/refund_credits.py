"""Crediting an invoice with what was refunded of it, so that it isn't due again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from i18n.translations import translations_for
from models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteStatus,
    Invoice,
    InvoiceChange,
    StripeRefund,
)
from models.documents import summary_of
from services.billing.credit_note_drafts import CorrectionDraft, content_over
from services.billing.creditable import Creditable, can_credit, load_creditable
from services.billing.drafting.lines import line_columns, line_texts
from services.billing.drafts import figures
from services.ledger.balances import load_sums
from services.ledger.booking import Change
from services.ledger.issuing import issue_document
from services.ledger.locking import LockedLedger
from services.ledger.surplus import apply_credit
from values.money import Minor

_COPIED: Final = (
    "tax_rounding",
    "tax_exemption_reason",
    "purchase_order",
    "buyer_reference",
    "period_start",
    "period_end",
    "delivery_address",
)
"""The columns of the invoice that a correction has, too."""


async def credit_refund(
    ledger: LockedLedger, invoice: Invoice, refund: StripeRefund
) -> Sequence[Change]:
    """Credit a locked invoice with a refund that was booked: issue a credit note and apply it.

    It is for no more than isn't credited yet. What isn't due any more stays the customer's credit.
    """
    creditable = await load_creditable(invoice)
    amount = Minor(min(refund.amount, creditable.total))
    if can_credit(invoice, creditable.credited) or amount <= 0:
        return ()
    note = await _issue(ledger, creditable, amount, refund.reason)
    missing = -(await load_sums(invoice.id)).excess_for(invoice)
    applied = min(note.total, missing)
    if applied <= 0:
        return ()
    await apply_credit(note, invoice, applied, {"actor": refund.actor, "reason": refund.reason})
    return [
        Change(
            invoice=invoice,
            change=InvoiceChange.CREDIT_APPLIED,
            amount=applied,
            actor=refund.actor,
            reason=refund.reason,
        )
    ]


async def _issue(
    ledger: LockedLedger, creditable: Creditable, amount: Minor, reason: str | None
) -> CreditNote:
    invoice, customer = creditable.invoice, ledger.customer
    gettext = translations_for(customer.language_with(customer.company)).gettext
    title = gettext("Refund of invoice %(number)s") % {"number": invoice.label}
    draft = CorrectionDraft(
        customer_id=str(invoice.customer_id),
        creditable=creditable,
        **content_over(creditable, amount, title),
    )
    totals = draft.totals(invoice.currency, invoice.tax_rounding)
    texts = line_texts(draft.lines)
    note = CreditNote(
        company_id=invoice.company_id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        currency=invoice.currency,
        reason=reason or title,
        status=CreditNoteStatus.ISSUED,
        issued_at=datetime.now(UTC),
        summary=summary_of(texts[0].description or ""),
        **figures(draft, totals),
        **{column: getattr(invoice, column) for column in _COPIED},
    )
    await issue_document(note, customer.company, customer)
    await note.save(force_create=True)
    await CreditNoteLine.bulk_create(
        CreditNoteLine(credit_note_id=note.id, **columns)
        for columns in line_columns(draft.lines, texts, totals, invoice.currency)
    )
    return note
