"""The content of credit notes' drafts: over a plain amount, or over lines of an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from auth.staff import Staff
from errors import BadInput, Text, gather_refusals
from i18n.translations import translations_for
from models import Company, CreditNote, Customer, Invoice
from models.money import to_decimal, to_minor
from models.pricing import Totals
from models.taxes import TaxCategory, TaxRounding
from services.billing.copies import copied_content, discount_of
from services.billing.creditable import (
    Creditable,
    discounted_line,
    load_creditable,
    rest_lines,
)
from services.billing.drafts import DocumentDraft
from services.billing.pricing import Discount, LineDraft, choose_currency
from services.common.lookups import get_owned
from services.common.validation import clean, clean_optional
from services.ledger.balances import check_positive

_MAX_REASON: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteDraft(DocumentDraft):
    """The content of a credit note's draft."""

    reason: str | None = None

    def own_columns(self, currency: str, company: Company) -> dict[str, Any]:  # noqa: ARG002
        """Return the columns that only credit notes have; BadInput names what is wrong."""
        return {"reason": _clean_reason(self.reason)}


def _clean_reason(reason: str | None) -> str | None:
    return clean_optional(reason, "reason", most=_MAX_REASON, multiline=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionDraft(CreditNoteDraft):
    """The content of a draft that corrects an invoice, and says why."""

    creditable: Creditable

    def own_columns(self, currency: str, company: Company) -> dict[str, Any]:  # noqa: ARG002
        """Return the columns that only credit notes have; BadInput names what is wrong."""
        return {
            "invoice_id": self.creditable.invoice.id,
            "reason": clean(self.reason or "", "reason", most=_MAX_REASON, multiline=True),
        }

    def totals(self, currency: str, rounding: TaxRounding) -> Totals:
        """Return what the lines come to, with no more than is left of the invoice and its taxes.

        Raises BadInput, AmountTooSmall and AmountTooLarge.
        """
        entered = DocumentDraft.totals(self, currency, rounding)
        return self.creditable.price(self.lines, self.discount, entered)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditAmount:
    """Credit over a plain amount, without taxes: for goodwill, and for money paid twice."""

    customer_id: str
    amount: Decimal
    currency: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteChanges:
    """New values for a draft. None is what stays as it is, and an empty text clears the reason.

    Customer, amount and currency are those of a plain amount; lines and discount those of a credit
    note that corrects an invoice.
    """

    customer_id: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    lines: Sequence[LineDraft] | None = None
    discount: Discount | None = None
    reason: str | None = None


async def draft_of_amount(staff: Staff, content: CreditAmount) -> CreditNoteDraft:
    """Return the draft of a plain amount, which has one line without tax.

    Raises NotFound for the customer, BadInput, and AmountTooSmall for zero or less.
    """
    customer = await get_owned(Customer, staff, content.customer_id)
    company = await Company.get(id=staff.company_id)
    with gather_refusals() as refusals:
        currency = refusals.of(choose_currency, company, content.currency)
        refusals.of(_clean_reason, content.reason)
        if currency is not None:
            check_positive(to_minor(content.amount, currency, field="amount"))
    gettext = translations_for(customer.language_with(company)).gettext
    line = LineDraft(
        description=gettext("Credit"),
        quantity=Decimal(1),
        unit_price=content.amount,
        tax_category=TaxCategory.OUT_OF_SCOPE,
    )
    return CreditNoteDraft(
        customer_id=content.customer_id,
        lines=[line],
        currency=currency,
        payment_terms="",
        notes="",
        reason=content.reason,
    )


async def draft_of_invoice(
    creditable: Creditable,
    lines: Sequence[LineDraft] | None,
    discount: Discount | None,
    reason: str,
) -> CorrectionDraft:
    """Return the draft of `lines` less `discount`, or for None of all that isn't credited yet."""
    invoice = creditable.invoice
    content = await copied_content(invoice)
    if lines is not None or creditable.credited:
        content["discount"] = discount or Discount()
    if lines is None:
        lines = await rest_of(creditable)
    content |= {"lines": lines, "payment_terms": "", "notes": ""}
    return CorrectionDraft(**content, creditable=creditable, reason=reason)


async def changed_draft(
    staff: Staff, note: CreditNote, changes: CreditNoteChanges
) -> DocumentDraft:
    """Return the content of a draft with `changes`. Raises what the other functions raise."""
    reason = note.reason if changes.reason is None else changes.reason
    if note.invoice_id is None:
        return await _changed_amount(staff, note, changes, reason)
    if changes.customer_id or changes.currency or changes.amount is not None:
        raise BadInput(
            Text(
                "A credit note that corrects an invoice has lines instead of an amount, and the"
                " customer and the currency of the invoice."
            ),
            field="amount",
        )
    invoice = await Invoice.get(id=note.invoice_id)
    content = await copied_content(note)
    if changes.lines is not None:
        content["lines"] = changes.lines
    if changes.discount is not None:
        content["discount"] = changes.discount
    return CorrectionDraft(**content, creditable=await load_creditable(invoice), reason=reason)


async def _changed_amount(
    staff: Staff, note: CreditNote, changes: CreditNoteChanges, reason: str | None
) -> CreditNoteDraft:
    if changes.lines is not None or changes.discount is not None:
        raise BadInput(
            Text("This credit note corrects no invoice, so it has an amount instead of lines."),
            field="lines",
        )
    amount = to_decimal(note.total, note.currency) if changes.amount is None else changes.amount
    content = CreditAmount(
        customer_id=changes.customer_id or str(note.customer_id),
        amount=amount,
        currency=changes.currency or note.currency,
        reason=reason,
    )
    return await draft_of_amount(staff, content)


async def rest_of(creditable: Creditable) -> list[LineDraft]:
    """Return lines over all that isn't credited yet, in the customer's language."""
    invoice = creditable.invoice
    await invoice.fetch_related("company", "customer")
    gettext = translations_for(invoice.customer.language_with(invoice.company)).gettext
    return rest_lines(creditable, gettext("Rest of invoice %(number)s") % {"number": invoice.label})


async def lines_to_choose_from(creditable: Creditable) -> tuple[list[LineDraft], Discount]:
    """Return lines and a discount of which a part can be credited, without what is credited yet.

    A discount in percent stays the document's. Each line has its share of an amount, so that it can
    be credited alone.
    """
    invoice = creditable.invoice
    if creditable.credited:
        return await rest_of(creditable), Discount()
    if invoice.discount_percent is not None:
        return await rest_of(creditable), discount_of(invoice)
    return [discounted_line(line, invoice) for line in creditable.lines], Discount()
