"""The content of credit notes' drafts: over a plain amount, or over lines of an invoice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from auth.staff import Staff
from errors import BadInput, Text, gather_refusals
from i18n.translations import translations_for
from models import Company, CreditNote, Customer, Invoice
from services.billing.copies import copied_content, discount_of
from services.billing.creditable import (
    Creditable,
    discounted_line,
    line_with_taxes,
    load_creditable,
    rest_lines,
)
from services.billing.drafts import DocumentDraft
from services.billing.pricing import Discount, LineDraft, choose_currency
from services.common.lookups import get_owned
from services.common.validation import clean, clean_optional
from services.ledger.balances import check_positive
from values.money import Minor, to_decimal, to_minor
from values.pricing import Totals, spread
from values.taxes import TaxCategory, TaxRounding

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
        return self.creditable.price(
            self.lines, self.discount, entered, prices_include_tax=self.prices_include_tax
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedPart:
    """What is credited of an invoice. Without lines and amount, it is all that is left."""

    lines: Sequence[LineDraft] | None = None
    """With prices like the invoice's."""
    discount: Discount | None = None
    """On the lines."""
    amount: Decimal | None = None
    """With tax, in the currency's main unit, instead of lines."""


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
    creditable: Creditable, part: CreditedPart, reason: str
) -> CorrectionDraft:
    """Return the draft of a credit note over a part of an invoice.

    Raises BadInput, AmountTooSmall for zero or less, and AmountTooLarge for an amount that is more
    than isn't credited yet.
    """
    content = await copied_content(creditable.invoice)
    content |= {"payment_terms": "", "notes": "", **await _priced_content(creditable, part)}
    return CorrectionDraft(**content, creditable=creditable, reason=reason)


async def _priced_content(creditable: Creditable, part: CreditedPart) -> dict[str, Any]:
    if part.amount is None:
        if part.lines is None:
            return _content_of_rest(creditable, await rest_of(creditable))
        return {"lines": part.lines, "discount": part.discount or Discount()}
    if part.lines is not None:
        raise BadInput(Text("Enter an amount or lines, not both."), field="amount")
    invoice = creditable.invoice
    amount = to_minor(part.amount, invoice.currency, field="amount")
    check_positive(amount)
    if refusal := creditable.refusal_of_total(amount, "amount"):
        raise refusal
    gettext = await _gettext_for(invoice)
    title = gettext("Part of invoice %(number)s") % {"number": invoice.label}
    return content_over(creditable, amount, title)


def content_over(creditable: Creditable, amount: Minor, title: str) -> dict[str, Any]:
    """Return the priced fields of a draft over `amount` minor units, with tax.

    Over all that isn't credited yet, it has the lines of the invoice. Over less, it has a line
    called `title` for each combination of taxes, which has its share in proportion.
    """
    if amount == creditable.total:
        return _content_of_rest(creditable, rest_lines(creditable, title))
    return {
        "lines": _shares(creditable, amount, title),
        "discount": Discount(),
        "prices_include_tax": True,
    }


def _content_of_rest(creditable: Creditable, lines: Sequence[LineDraft]) -> dict[str, Any]:
    invoice = creditable.invoice
    return {
        "lines": lines,
        "discount": Discount() if creditable.credited else discount_of(invoice),
        "prices_include_tax": invoice.prices_include_tax,
    }


def _shares(creditable: Creditable, amount: Minor, title: str) -> list[LineDraft]:
    left = {taxes: part.total for taxes, part in creditable.amounts.items() if part}
    numerators = [amount * total for total in left.values()]
    [shares] = spread(amount, [numerators], sum(left.values()))
    currency = creditable.invoice.currency
    return [
        line_with_taxes(taxes, to_decimal(share, currency), title)
        for taxes, share in zip(left, shares, strict=True)
        if share
    ]


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
    gettext = await _gettext_for(creditable.invoice)
    title = gettext("Rest of invoice %(number)s") % {"number": creditable.invoice.label}
    return rest_lines(creditable, title)


async def _gettext_for(invoice: Invoice) -> Callable[[str], str]:
    await invoice.fetch_related("company", "customer")
    return translations_for(invoice.customer.language_with(invoice.company)).gettext


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
