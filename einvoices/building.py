"""From an invoice's or a credit note's rows to what its e-invoice says.

Everything comes from what was frozen at issue, so the result never changes. In a draft it comes
from the company and the customer as they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson

from banking.references import payment_reference
from einvoices.document import (
    Contact,
    EInvoice,
    Identifier,
    Line,
    Payment,
    PrecedingInvoice,
    Tax,
    Trader,
)
from einvoices.electronic_addresses import electronic_address
from einvoices.unit_words import ONE, unit_code
from i18n.units import format_quantity
from models import CreditNote, Invoice
from models.documents import DocumentLine
from values.money import Minor, to_decimal
from values.parties import COUNTRIES, Buyer, Party, PostalAddress, Seller
from values.taxes import TaxCategory

_VAT_PREFIXES: Final = (COUNTRIES - {"XK"}) | {"EL", "XI"}
"""What VAT ids begin with (BR-CO-09)."""
_TOLERANCE: Final = Decimal("0.01")
"""What quantity times price may be off the amount of a line, in main units."""
_PRICE_DECIMALS: Final = 6


def build_e_invoice(
    document: Invoice | CreditNote,
    lines: Sequence[DocumentLine],
    *,
    due_date: date | None,
    preceding: PrecedingInvoice | None,
    with_lines: bool = True,
) -> EInvoice:
    """Return what the e-invoice of a document with these lines says.

    The document was loaded with its parties. `due_date` is the invoice's, in a draft the one that
    it would get. `preceding` is the invoice that a credit note corrects. Whether something is
    missing can be told without what the lines say, in less time.
    """
    is_credit_note = isinstance(document, CreditNote)
    seller, buyer = document.seller, document.buyer
    taxes = _taxes(document, lines)
    is_taxed = all(tax.category is not TaxCategory.OUT_OF_SCOPE for tax in taxes)
    return EInvoice(
        is_credit_note=is_credit_note,
        number=document.number or "",
        issue_date=document.issue_date,
        # Credit can be used at once.
        due_date=document.issue_date if is_credit_note else due_date,
        currency=document.currency,
        note=_note(document),
        buyer_reference=document.buyer_reference,
        order_reference=document.purchase_order,
        preceding=preceding,
        seller=_seller(seller, is_taxed=is_taxed),
        buyer=_buyer(buyer, document.buyer_reference, is_taxed=is_taxed),
        **_delivery(document, taxes),
        payment=_payment(document, seller, buyer),
        payment_terms=None if is_credit_note else _payment_terms(document),
        taxes=taxes,
        second_taxes=tuple(at for at, line in enumerate(lines) if line.second_tax_rate is not None),
        lines=tuple(_line(line, document) for line in lines) if with_lines else (),
        line_total=Minor(document.subtotal),
        allowance_total=Minor(document.discount),
        tax_total=Minor(document.tax),
        total=Minor(document.total),
    )


def _note(document: Invoice | CreditNote) -> str | None:
    """Return the only note (BT-22), since Peppol allows no more than one."""
    reason = document.reason if isinstance(document, CreditNote) else None
    return "\n\n".join(text for text in (reason, document.notes) if text) or None


def _payment_terms(document: Invoice | CreditNote) -> str | None:
    """Return the terms (BT-20), in which a discount for programs is a whole line (BR-DE-18)."""
    terms = document.payment_terms
    return f"{terms}\n" if terms and terms.splitlines()[-1].startswith("#") else terms


# --- the parties ----------------------------------------------------------------------------------


def _seller(seller: Seller, *, is_taxed: bool) -> Trader:
    ids, vat_id = seller.tax_ids, _vat_id(seller) if is_taxed else None
    registration = _registration(seller)
    # A business that doesn't charge tax must not name its VAT id, but can be identified by it.
    number = ids.tax_number or ids.vat_id
    has_contact = seller.contact_name or seller.phone or seller.email
    return Trader(
        name=seller.name,
        address=_address(seller),
        vat_id=vat_id,
        tax_number=number if is_taxed and vat_id is None else None,
        identifier=number if vat_id is None and registration is None else None,
        registration=registration,
        endpoint=electronic_address(ids, email=seller.email),
        contact=Contact(name=seller.contact_name, phone=seller.phone, email=seller.email)
        if has_contact
        else None,
    )


def _buyer(buyer: Buyer, reference: str | None, *, is_taxed: bool) -> Trader:
    return Trader(
        name=buyer.name,
        address=_address(buyer),
        vat_id=_vat_id(buyer) if is_taxed else None,
        tax_number=None,
        identifier=None,
        registration=_registration(buyer),
        endpoint=electronic_address(buyer.tax_ids, email=buyer.email, reference=reference),
        contact=None,
    )


def _address(party: Party) -> PostalAddress:
    return party.address or PostalAddress()


def _vat_id(party: Party) -> str | None:
    vat_id = party.tax_ids.vat_id
    return vat_id if vat_id and vat_id[:2] in _VAT_PREFIXES else None


def _registration(party: Party) -> Identifier | None:
    ids = party.tax_ids
    if not ids.registration_id:
        return None
    return Identifier(ids.registration_id, ids.registration_scheme)


# --- delivery and payment -------------------------------------------------------------------------


def _delivery(document: Invoice | CreditNote, taxes: Iterable[Tax]) -> dict[str, Any]:
    """Return when and where it was delivered, which is always named for other EU countries."""
    address = document.delivery_address
    delivered_to = PostalAddress.parse(orjson.loads(address)) if address else None
    if delivered_to is None and any(t.category is TaxCategory.INTRA_COMMUNITY for t in taxes):
        delivered_to = _address(document.buyer)
    start, end = document.period_start, document.period_end
    is_one_day = end is None or start == end
    return {
        "delivery_date": start if is_one_day else None,
        "period": None if is_one_day else (start, end),
        "delivery_address": delivered_to,
    }


def _payment(document: Invoice | CreditNote, seller: Seller, buyer: Buyer) -> Payment:
    """Return how it is paid, with codes of UNTDID 4461."""
    bank = seller.bank
    if isinstance(document, CreditNote):
        # 97: what both owe each other is cleared. 57, a standing agreement, is the only code that
        # fits where both are Dutch (NL-R-008).
        return Payment(means="57" if seller.country == buyer.country == "NL" else "97")
    reference = payment_reference(document.number, bank.iban).value if document.number else None
    if bank.iban is None:
        account = ", ".join((bank.account_lines or "").splitlines())
        return Payment(means="1", means_text=account or None, reference=reference)
    # 58: a SEPA credit transfer. 30: any other, which Danish sellers can't use (DK-R-005).
    is_sepa = document.currency == "EUR" or seller.country == "DK"
    return Payment(
        means="58" if is_sepa else "30",
        reference=reference,
        iban=bank.iban,
        bic=bank.bic,
        account_holder=bank.account_holder or seller.name,
    )


# --- taxes and lines ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Sums:
    base: int = 0
    tax: int = 0
    discount: int = 0


def _taxes(document: Invoice | CreditNote, lines: Iterable[DocumentLine]) -> tuple[Tax, ...]:
    """Return the sums of each category and rate, whatever the taxes are called."""
    sums: dict[tuple[TaxCategory, Decimal], _Sums] = {}
    for line in lines:
        total = sums.setdefault((line.tax_category, line.tax_rate), _Sums())
        total.base += line.net - line.discount
        total.tax += line.tax
        total.discount += line.discount
    stated = document.tax_exemption_reason
    has_exempt = any(category is TaxCategory.EXEMPT for category, _ in sums)
    return tuple(
        Tax(
            category=category,
            rate=rate,
            base=Minor(total.base),
            tax=Minor(total.tax),
            allowance=Minor(total.discount),
            # What the business states is about the exempt lines, if there are any.
            reason=stated
            if category is TaxCategory.EXEMPT or not (has_exempt or category.follows_from_rate)
            else None,
        )
        for (category, rate), total in sums.items()
    )


def _line(line: DocumentLine, document: Invoice | CreditNote) -> Line:
    name, _, rest = line.description.partition("\n")
    quantity, price, allowance = _price(line, document)
    if price < 0:  # EN 16931 allows negative quantities only (BR-27)
        quantity, price = -quantity, -price
    unit = unit_code(line.unit) if line.unit else ONE
    if unit is None:  # no code says it, so it is in words
        rest = f"{rest}\n{format_quantity(line.quantity, line.unit, _language_of(document))}"
    return Line(
        name=name.strip(),
        description=rest.strip() or None,
        quantity=quantity,
        unit=unit or ONE,
        price=price,
        allowance=Minor(allowance),
        net=Minor(line.net),
        category=line.tax_category,
        rate=line.tax_rate,
    )


def _language_of(document: Invoice | CreditNote) -> str:
    """Return the language it is written in, whatever a reader has chosen on a page."""
    return document.language or document.customer.language_with(document.company)


def _price(line: DocumentLine, document: Invoice | CreditNote) -> tuple[Decimal, Decimal, int]:
    """Return quantity, price and allowance, of which the line's amount is the result.

    The price is computed from the amount if it includes tax, or if the amount was rounded to a
    currency without small units: receivers do the same calculation (PEPPOL-EN16931-R120).
    """
    undiscounted = line.net + line.discount_amount
    exact = line.quantity * line.unit_price
    is_near = abs(exact - to_decimal(undiscounted, document.currency)) <= _TOLERANCE
    if is_near and not document.prices_include_tax:
        return line.quantity, line.unit_price, line.discount_amount
    # The more there are, the more the price's decimals matter.
    decimals = _PRICE_DECIMALS + max(0, line.quantity.adjusted() + 1)
    price = to_decimal(line.net, document.currency) / line.quantity
    return line.quantity, round(price, decimals), 0
