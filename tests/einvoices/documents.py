"""Generated invoices and credit notes, whose figures the portal's own rules calculate."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson
from hypothesis import strategies as st

from einvoices.building import build_e_invoice
from einvoices.document import EInvoice, PrecedingInvoice
from models import Company, CreditNote, Customer, Invoice
from models.credit_notes import CreditNoteLine
from models.documents import DocumentLine
from models.invoices import InvoiceLine
from values.money import Minor
from values.pricing import DocumentPrice, LinePrice, calculate, line_amount
from values.taxes import TaxCategory, TaxRate, TaxRounding

DAY: Final = date(2026, 11, 20)
_CATEGORIES: Final = tuple(TaxCategory)


def full_company(**changes: Any) -> Company:
    """Return a German company of which all details are known."""
    details = {
        "name": "Halden & Brandt <Söhne>",
        "street": "Speicherstraße 14\nHinterhaus",
        "postal_code": "20457",
        "city": "Hamburg",
        "region": "Hamburg",
        "country": "DE",
        "vat_id": "DE136695976",
        "tax_number": "22/123/45678",
        "registration_id": "HRB 12345",
        "contact_name": "Mira Brandt",
        "phone": "+49 40 5550142",
        "email": "hello@halden-brandt.example",
        "iban": "DE02120300000000202051",
        "bic": "BYLADEM1001",
    }
    return Company(**details | changes)


def full_customer(**changes: Any) -> Customer:
    """Return a German customer of which all details are known."""
    details = {
        "name": "Ärzte AG",
        "street": "Ringstr. 2",
        "postal_code": "80331",
        "city": "München",
        "country": "DE",
        "vat_id": "DE129273398",
        "email": "rechnung@aerzte.example",
    }
    return Customer(**details | changes)


def line(
    price: str, quantity: str = "1", *, category: str = "STANDARD", rate: str = "19", **more: Any
) -> dict[str, Any]:
    """Return the columns of a line as they are entered."""
    return {
        "description": "Beratung\nNach Aufwand",
        "quantity": Decimal(quantity),
        "unit": "HUR",
        "unit_price": Decimal(price),
        "tax_category": TaxCategory(category),
        "tax_rate": Decimal(rate),
        **more,
    }


def priced(
    lines: Sequence[dict[str, Any]],
    *,
    company: Company,
    customer: Customer,
    model: type[Invoice | CreditNote] = Invoice,
    discount: int = 0,
    **columns: Any,
) -> tuple[Invoice | CreditNote, list[DocumentLine]]:
    """Return a document with its lines, all of them with their figures; nothing is stored.

    `discount` is in minor units.
    """
    details = {
        "number": "INV-00041",
        "issue_date": DAY,
        "currency": "EUR",
        "notes": "Danke!",
        "buyer_reference": "04011000-12345-03",
        "prices_include_tax": False,
        "tax_rounding": TaxRounding.HALF_UP,
        **({"due_date": date(2026, 12, 20)} if model is Invoice else {}),
        **columns,
    }
    price = DocumentPrice(
        currency=details["currency"],
        lines=[
            LinePrice(
                quantity=each["quantity"],
                unit_price=each["unit_price"],
                taxes=(TaxRate(each["tax_category"], None, each["tax_rate"]),),
                discount_amount=Minor(each.get("discount_amount", 0)),
            )
            for each in lines
        ],
        discount_amount=Minor(discount),
        prices_include_tax=details["prices_include_tax"],
        rounding=details["tax_rounding"],
    )
    totals = calculate(price)
    document = model(
        **details,
        subtotal=totals.subtotal,
        discount=totals.discount,
        discount_amount=discount,
        tax=totals.tax,
        total=totals.total,
    )
    _relate(document, company=company, customer=customer, seller_snapshot=None, buyer_snapshot=None)
    line_model = InvoiceLine if model is Invoice else CreditNoteLine
    rows: list[DocumentLine] = [
        line_model(
            **each,
            position=at,
            amount=figures.amount,
            net=figures.net,
            discount=figures.discount,
            tax=figures.taxes[0],
        )
        for at, (each, figures) in enumerate(zip(lines, totals.lines, strict=True), 1)
    ]
    return document, rows


def _relate(document: Invoice | CreditNote, **rows: Any) -> None:
    """Relate a document to rows that aren't stored, with and without Tortoise's descriptors."""
    for name, row in rows.items():
        vars(document).update({name: row, f"_{name}": row})


def e_invoice(lines: Sequence[dict[str, Any]] = (), **more: Any) -> EInvoice:
    """Return the e-invoice of `priced` with these arguments, by default of a complete one."""
    preceding = more.pop("preceding", None)
    more = {"company": full_company(), "customer": full_customer()} | more
    document, rows = priced(lines or [line("120", "2.5")], **more)
    due_date = document.due_date if isinstance(document, Invoice) else None
    return build_e_invoice(document, rows, due_date=due_date, preceding=preceding)


# --- generated ------------------------------------------------------------------------------------

_CURRENCIES: Final = ("EUR", "EUR", "EUR", "PLN", "CHF", "JPY", "KWD")
_RATES: Final = tuple(map(Decimal, ("19", "7", "5.5", "25", "8.875", "0.3")))
_MOSTLY: Final = 20


def _mostly(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Return `value`, or one of `others` now and then."""
    return st.integers(0, _MOSTLY * len(others)).map(
        lambda drawn: others[drawn] if drawn < len(others) else value
    )


_SELLERS_COUNTRIES: Final = [
    *("AT", "CH", "DK", "GR", "IS", "IT", "NL", "NO", "SE", "XK"),
    None,
]
_SELLERS_VAT_IDS: Final = (
    *("ATU13585627", "DK13585628", "EL094259216", "IT00743110157", "NO995525828MVA"),
    *("SE556036079301", "T7000012050002"),
)
_COMPANIES: Final = st.fixed_dictionaries(
    {
        "street": _mostly("Speicherstraße 14", None),
        "postal_code": _mostly("20457", None),
        "city": _mostly("Hamburg", None),
        "country": st.sampled_from(["DE"] * 9 + _SELLERS_COUNTRIES),
        "vat_id": _mostly("DE136695976", None, *_SELLERS_VAT_IDS),
        "tax_number": _mostly("22/123/45678", None),
        "registration_id": _mostly(None, "HRB 12345", "5560360793"),
        "registration_scheme": _mostly(None, "0106", "0007", "0184", "0196", "9999"),
        "endpoint": _mostly(None, "0088:4012345000009", "0088:4012345000001", "7777:x", "EM:a@b.c"),
        "contact_name": _mostly("Mira Brandt", None),
        "phone": _mostly("+49 40 5550142", None),
        "email": _mostly("hello@halden-brandt.example", None),
        "iban": _mostly("DE02120300000000202051", None),
        "bank_account": _mostly(None, "Sort code 20-20-15\nAccount 12345678"),
    }
)
_CUSTOMERS: Final = st.fixed_dictionaries(
    {
        "street": _mostly("Ringstr. 2", None),
        "postal_code": _mostly("80331", None),
        "city": _mostly("München", None),
        "country": st.sampled_from(["DE"] * 6 + ["AT", "FR", "IS", "NL", "US", None]),
        "vat_id": _mostly("DE129273398", None, "FR23334175221", "BE0428759497"),
        "registration_id": _mostly(None, "HRB 7"),
        "endpoint": _mostly(None, "9930:DE129273398", "0208:0428759498"),
        "email": _mostly("rechnung@aerzte.example", None),
    }
)


@st.composite
def _lines(draw: st.DrawFn, currency: str) -> list[dict[str, Any]]:
    rows = []
    usual = draw(st.sampled_from(_CATEGORIES))
    for _ in range(draw(st.integers(1, 4))):
        category = draw(_mostly(usual, *_CATEGORIES))
        is_taxed = category is TaxCategory.STANDARD
        row = line(
            str(draw(st.decimals("-90", 900, places=draw(st.sampled_from([0, 2, 2, 4]))))),
            str(draw(st.decimals("0.5", 40, places=draw(st.sampled_from([0, 0, 1, 3]))))),
            category=category,
            rate=str(draw(st.sampled_from(_RATES)) if is_taxed else 0),
            unit=draw(_mostly("HUR", None, "Stk", "XPX", "Sack <25 kg>\ufffe")),
            description=draw(_mostly("Beratung", "Zeile 1\n\n& <Zeile> 2", "\ufffeA\n")),
        )
        amount = line_amount(
            LinePrice(quantity=row["quantity"], unit_price=row["unit_price"], taxes=()), currency
        )
        rows.append(row | {"discount_amount": draw(_mostly(0, abs(amount) // 10))})
    return rows


@st.composite
def e_invoices(draw: st.DrawFn) -> EInvoice:
    """Draw e-invoices of all kinds, in most of which something or other is missing."""
    model = draw(st.sampled_from([Invoice, Invoice, CreditNote]))
    currency = draw(st.sampled_from(_CURRENCIES))
    lines = draw(_lines(currency))
    starts = draw(_mostly(DAY, None))
    delivered_to = draw(
        _mostly(None, {"city": "Kiel", "postal_code": "24103", "country": "DE"}, {"city": "Kiel"})
    )
    columns: dict[str, Any] = {
        "currency": currency,
        "tax_rounding": draw(st.sampled_from(TaxRounding)),
        "prices_include_tax": draw(_mostly(0, 1)) == 1,
        "tax_exemption_reason": draw(st.sampled_from([None, "§ 4 Nr. 21 UStG"])),
        "purchase_order": draw(_mostly(None, "PO-77")),
        "buyer_reference": draw(_mostly("04011000-12345-03", None, "hello")),
        "period_start": starts,
        "period_end": draw(_mostly(None, date(2026, 11, 30))) if starts else None,
        "delivery_address": orjson.dumps({"lines": [], **delivered_to}).decode()
        if delivered_to
        else None,
        "payment_terms": draw(
            _mostly(None, "Zahlbar sofort", "#SKONTO#TAGE=14#PROZENT=2.00#\n", "#SKONTO", "A\n# 7")
        ),
        "notes": draw(_mostly("Danke!", None)),
    }
    if model is Invoice:
        columns["due_date"] = draw(_mostly(date(2026, 12, 20), None))
    preceding = PrecedingInvoice("INV-00040", DAY) if model is CreditNote else None
    arguments: dict[str, Any] = {
        "company": full_company(**draw(_COMPANIES)),
        "customer": full_customer(**draw(_CUSTOMERS)),
        "model": model,
        **columns,
    }
    document, _ = priced(lines, **arguments)
    discount = draw(_mostly(0, max(0, document.subtotal) // 7))
    return e_invoice(
        lines, discount=discount, preceding=draw(_mostly(preceding, None)), **arguments
    )
