"""E-mails say how the total of the document comes about, as its page does."""

from typing import Any, Final
from uuid import uuid4

from models import Company
from tests.services.email.test_emails import send
from tests.support.clients import Business
from tests.support.mailbox import Mailbox, html_of, text_of

_LINES: Final = [
    {"description": "Tiles", "quantity": "51", "unitPrice": "84.50", "taxRate": "19"},
    {"description": "Catalogue", "quantity": "40", "unitPrice": "18", "taxRate": "7"},
]


async def _customer(business: Business) -> tuple[str, str]:
    """Return a new customer and its e-mail address."""
    address = f"ada-{uuid4().hex}@example.com"
    return await business.make_customer(email=address), address


def _rows(text: str) -> list[str]:
    """Return the lines of the e-mail between its link and how to ask."""
    [_, rest] = text.split("See invoice:\n")
    [_, *rows] = rest.partition("\nJust reply")[0].split("\n")
    return rows


async def test_an_invoice_lists_references_discount_and_each_tax(
    business: Business, mailbox: Mailbox
) -> None:
    customer_id, address = await _customer(business)
    invoice_id = await business.make_invoice(
        customerId=customer_id,
        lines=_LINES,
        discountPercent="5",
        purchaseOrder="4500 <71826>",
        servicePeriod={"from": "2026-11-05"},
    )
    await business.pay(invoice_id, "1000")
    await send(business, invoice_id)
    [message] = [m for m in mailbox.arrived[address] if m["Subject"].startswith("Invoice ")]
    assert _rows(text_of(message)) == [
        "",
        "Service date: Nov 5, 2026",
        "Your order number: 4500 <71826>",
        "",
        "Tiles, 51: €4,309.50",
        "Catalogue, 40: €720.00",
        "Subtotal: €5,029.50",
        "Discount 5%: \N{MINUS SIGN}€251.48",
        "Tax 19% on €4,094.02: €777.86",
        "Tax 7% on €684.00: €47.88",
        "Total: €5,603.76",
        "Amount paid: \N{MINUS SIGN}€1,000.00",
        "Amount due: €4,603.76",
        "",
    ]
    html = html_of(message)
    for text in ("Tax 19% on €4,094.02", "€777.86", '<span dir="auto">4500 &lt;71826&gt;</span>'):
        assert text in html


async def test_an_invoice_without_taxes_and_references_has_lines_and_total(
    business: Business, mailbox: Mailbox
) -> None:
    customer_id, address = await _customer(business)
    await send(business, await business.make_invoice(customerId=customer_id))
    message = mailbox.only(address)
    assert _rows(text_of(message)) == ["", "Work: €100.00", "Total: €100.00", ""]
    assert "Total" in html_of(message)


async def test_an_invoice_says_why_it_has_no_tax(business: Business, mailbox: Mailbox) -> None:
    customer_id, address = await _customer(business)
    line = {"description": "Advice", "quantity": "1", "unitPrice": "100"}
    invoice_id = await business.make_invoice(
        customerId=customer_id, lines=[line | {"taxCategory": "REVERSE_CHARGE"}]
    )
    await send(business, invoice_id)
    reason = "Reverse charge: the customer accounts for the VAT"
    rows = _rows(text_of(mailbox.only(address)))
    assert rows == ["", "Advice: €100.00", "Total: €100.00", "", reason, ""]
    assert reason in html_of(mailbox.only(address))


async def test_a_quote_with_tax_in_its_prices_names_the_tax(
    business: Business, mailbox: Mailbox
) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    customer_id, address = await _customer(business)
    quote: Any = {"customerId": customer_id, "lines": _LINES[:1], "pricesIncludeTax": True}
    quote_id = await business.make_quote(**quote)
    await business.mutate("sendQuote", "SendQuoteInput", "{ status }", quoteId=quote_id)
    text = text_of(mailbox.only(address)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Gesamtbetrag: 4.309,50 €\ninkl. USt. 19 % auf 3.621,43 €: 688,07 €\n" in text
