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
from models.money import Minor, to_decimal
from models.pricing import Totals, spread
from services.billing.copies import discount_of
from services.billing.credit_note_drafts import CorrectionDraft
from services.billing.credit_pricing import credit_rest_of_taxes
from services.billing.creditable import (
    Creditable,
    can_credit,
    line_with_taxes,
    load_creditable,
    rest_lines,
)
from services.billing.drafting.lines import line_columns, line_texts
from services.billing.drafts import figures
from services.billing.pricing import Discount, LineDraft, price
from services.ledger.balances import load_sums
from services.ledger.booking import Change
from services.ledger.issuing import issue_document
from services.ledger.locking import LockedLedger
from services.ledger.surplus import apply_credit

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
    amount = min(refund.amount, creditable.total)
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
    ledger: LockedLedger, creditable: Creditable, amount: int, reason: str | None
) -> CreditNote:
    invoice, customer = creditable.invoice, ledger.customer
    gettext = translations_for(customer.language_with(customer.company)).gettext
    title = gettext("Refund of invoice %(number)s") % {"number": invoice.label}
    draft, totals = price_correction(creditable, amount, title)
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


def price_correction(
    creditable: Creditable, amount: int, title: str
) -> tuple[CorrectionDraft, Totals]:
    """Return a credit note over `amount` minor units, with tax, of what isn't credited yet.

    Over all of that it has the lines of the invoice. Over less it has a line called `title` for
    each combination of taxes, which has its share in proportion.
    """
    invoice = creditable.invoice
    if amount == creditable.total:
        discount = Discount() if creditable.credited else discount_of(invoice)
        draft = CorrectionDraft(
            customer_id=str(invoice.customer_id),
            lines=rest_lines(creditable, title),
            discount=discount,
            prices_include_tax=invoice.prices_include_tax,
            creditable=creditable,
        )
        return draft, draft.totals(invoice.currency, invoice.tax_rounding)
    draft = CorrectionDraft(
        customer_id=str(invoice.customer_id),
        lines=_shares(creditable, amount, title),
        prices_include_tax=True,
        creditable=creditable,
    )
    entered = price(
        draft.lines,
        draft.discount,
        invoice.currency,
        prices_include_tax=True,
        rounding=invoice.tax_rounding,
    )
    taxes = [line.taxes for line in draft.lines]
    totals = credit_rest_of_taxes(entered, taxes, creditable.amounts, prices_include_tax=True)
    return draft, totals


def _shares(creditable: Creditable, amount: int, title: str) -> list[LineDraft]:
    left = {taxes: part.total for taxes, part in creditable.amounts.items() if part}
    numerators = [amount * total for total in left.values()]
    [shares] = spread(Minor(amount), [numerators], sum(left.values()))
    currency = creditable.invoice.currency
    return [
        line_with_taxes(taxes, to_decimal(share, currency), title)
        for taxes, share in zip(left, shares, strict=True)
        if share
    ]
