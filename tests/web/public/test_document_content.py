"""What pages say of lines, taxes, references and payments, and that API and PDF agree."""

from typing import Any, Final

import httpx

from models import Company
from pdf.rendering import render
from tests.pdf.readers import read, squash
from tests.services.billing.test_pdf_documents import invoice_of
from tests.support.clients import Business
from tests.web.public.test_payment_view import text_of
from values.taxes import TaxRounding

_TAXES: Final = """query($token: String!) { invoice(token: $token) {
  taxes { name category rate base { formatted } tax { formatted } reason }
  total { formatted } payments { kind amount { formatted } method }
} }"""


def _line(price: str, rate: str = "0", **more: object) -> dict[str, object]:
    return {"description": "Work", "quantity": "1", "unitPrice": price, "taxRate": rate, **more}


async def _set_up(business: Business, language: str, country: str, **columns: object) -> None:
    """Give the business a language and a country."""
    place = {"address": None, "city": "Somewhere", "country": country, "language": language}
    await Company.filter(id=business.company_id).update(**place, **columns)


async def _page(business: Business, invoice_id: str) -> httpx.Response:
    path = f"/invoice/{await business.share(invoice_id)}"
    return await business.http.get(path, headers=business.stranger.headers)


async def _text(business: Business, invoice_id: str) -> str:
    return text_of(await _page(business, invoice_id)).replace("\N{NO-BREAK SPACE}", " ")


async def test_a_german_invoice_has_units_discounts_and_two_rates(business: Business) -> None:
    await _set_up(business, "de", "DE")
    invoice_id = await business.make_invoice(
        lines=[
            _line("84.50", "19", quantity="51", unit="MTK", description="Fliesen\nCharge 26-11"),
            _line("18", "7", quantity="40", unit="H87"),
            _line("68", "19", quantity="16.5", unit="HUR", discountPercent="10"),
            _line("0.1648", "19", quantity="-2", unit="Sack"),
        ],
        discountPercent="5",
        servicePeriod={"from": "2026-11-02", "to": "2026-11-20"},
        purchaseOrder="4500-71826",
        buyerReference="04011000-12345-34",
        deliveryAddress={"lines": ["Strandweg 1"], "city": "Binz", "country": "DE"},
        paymentTerms="2 % Skonto",
    )
    text = await _text(business, invoice_id)
    for part in (
        "Leistungszeitraum 2.–20. Nov. 2026 Ihre Bestellnummer 4500-71826",
        "Ihr Zeichen 04011000-12345-34",
        "Geliefert an Strandweg 1 Binz",
        "Menge Einzelpreis USt. Betrag",
        "Fliesen Charge 26-11 51 m² 84,50 € 19 % 4.309,50 €",
        "40 Stk. 18,00 € 7 % 720,00 €",
        "16,5 Stunden 68,00 € −10 % 19 % 1.009,80 €",
        "−2 Sack 0,1648 € 19 % −0,33 €",
        "Zwischensumme 6.038,97 € Rabatt 5 % −301,95 €",
        "USt. 19 % auf 5.053,02 € 960,07 € USt. 7 % auf 684,00 € 47,88 €",
        "Zahlungsbedingungen 2 % Skonto",
    ):
        assert part in text


async def test_a_quebec_invoice_names_both_taxes(business: Business) -> None:
    await _set_up(business, "fr-CA", "CA")
    qst = {"name": "TVQ", "rate": "9.975"}
    lines = [_line("7.05", "5", taxName="TPS", secondTax=qst, quantity="24")]
    text = await _text(business, await business.make_invoice(lines=lines, currency="CAD"))
    assert "TPS 5 % TVQ 9,975 % 169,20 $" in text
    assert "TPS 5 % sur 169,20 $ 8,46 $ TVQ 9,975 % sur 169,20 $ 16,88 $" in text


async def test_a_japanese_invoice_rounds_its_tax_down_once(business: Business) -> None:
    await _set_up(business, "en", "JP", tax_rounding=TaxRounding.DOWN)
    lines = [_line("5", "10")] * 10
    text = await _text(business, await business.make_invoice(lines=lines, currency="JPY"))
    assert "Subtotal ¥50 Tax 10% on ¥50 ¥5 Total ¥55" in text


async def test_a_french_exporter_says_why_there_is_no_tax(business: Business) -> None:
    await _set_up(business, "fr", "FR")
    lines = [_line("950", taxCategory="REVERSE_CHARGE"), _line("10", taxCategory="EXPORT")]
    text = await _text(business, await business.make_invoice(lines=lines))
    assert "950,00 € 0 % autoliquidation 950,00 €" in text
    assert "Total 960,00 € Montant à payer 960,00 €" in text
    assert "Autoliquidation Exportation exonérée de TVA" in text
    assert "Sous-total" not in text


async def test_prices_with_tax_are_shown_as_entered(business: Business) -> None:
    await _set_up(business, "en-GB", "GB")
    invoice_id = await business.make_invoice(
        lines=[_line("75", "20", quantity="2", discountAmount="30"), _line("24")],
        pricesIncludeTax=True,
        discountPercent="10",
        currency="GBP",
    )
    text = await _text(business, invoice_id)
    assert "2 £75.00 −£30.00 20% £120.00" in text
    assert "Subtotal £144.00 Discount 10% −£14.40 Total £129.60" in text
    assert "Total £129.60 includes VAT 20% on £90.00 £18.00 Amount due £129.60" in text


async def test_an_arabic_page_keeps_signs_before_figures(business: Business) -> None:
    await _set_up(business, "ar", "SA")
    lines = [_line("100", "15", quantity="-1"), _line("500", "15", unit="HUR", discountPercent="5")]
    page = await _page(business, await business.make_invoice(lines=lines, currency="SAR"))
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "\N{LEFT-TO-RIGHT MARK}−100.00" in page.text
    assert "\N{LEFT-TO-RIGHT MARK}−5%" in page.text


async def test_each_payment_and_credit_is_listed(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    assert "Payments" not in await _text(business, invoice_id)
    await business.pay(invoice_id, "40")
    note_id = await business.make_credit_note(customer_id, "50")
    await business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id)
    await business.mutate(
        "writeOff", "WriteOffInput", "{ invoice { id } }", invoiceId=invoice_id, reason="Small"
    )
    text = await _text(business, invoice_id)
    sums = "Paid −€40.00 Credit note CN-00001 −€50.00 Waived −€10.00 Left to pay €0.00"
    assert f"{sums} Payments" in text
    for part in ("Cash €40.00", "Credit note CN-00001 €50.00", "Waived €10.00"):
        assert part in text


async def test_page_api_and_pdf_agree_on_taxes_and_payments(business: Business) -> None:
    await _set_up(business, "en", "IE")
    lines = [_line("0.13", "23")] * 40 + [_line("10", "13.5"), _line("5", taxCategory="EXEMPT")]
    invoice_id = await business.make_invoice(lines=lines, discount="1.01")
    await business.pay(invoice_id, "3")
    answer = await business.stranger.gql(_TAXES, token=await business.share(invoice_id))
    shown: dict[str, Any] = answer["invoice"]
    page = squash(await _text(business, invoice_id))
    pdf = squash("".join(read(render(await invoice_of(invoice_id))).pages))
    assert len(shown["taxes"]) == 3
    for tax in shown["taxes"]:
        base, amount = tax["base"]["formatted"], tax["tax"]["formatted"]
        assert f"on{base}{amount}" in page
        assert f"{base}{amount}" in pdf
    [payment] = shown["payments"]
    assert (payment["kind"], payment["method"]) == ("PAYMENT", "Cash")
    for text in (page, pdf):
        assert f"Total{shown['total']['formatted']}" in text
        assert "Exemptfromtax" in text
        assert "Cash" in text


async def test_a_page_has_a_thousand_lines(business: Business) -> None:
    lines = [_line("1", "19", description=f"Line {n}", unit="HUR") for n in range(1_000)]
    page = await _page(business, await business.make_invoice(lines=lines))
    assert page.text.count("1\N{NO-BREAK SPACE}hour<") == 1_000
    assert "Tax 19% on €1,000.00" in page.text
