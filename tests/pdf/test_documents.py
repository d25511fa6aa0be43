"""What PDFs say about lines, taxes, references and payments."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from pdf.documents import PdfDocument
from pdf.rendering import render
from tests.pdf.countries import countries
from tests.pdf.gallery import document, line
from tests.pdf.readers import read, squash
from values.payments import HistoryEntry, PaymentKind

_documents = cache(countries)


def _text(drawn: PdfDocument) -> str:
    return squash("".join(read(render(drawn)).pages))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "german-craftsman",
            [
                "51 m² 84,50 € 19 % 4.309,50 €",
                "16,5 Stunden 68,00 €",
                "−10 %",
                "−2 m² 84,50 € 19 % −169,00 €",
                "19 % 7.647,78 € 1.453,08 € 9.100,86 €",
                "Rabatt 5 % −438,52 €",
                "USt. 1.500,96 €",
                "Online-Zahlung, 24.11.2026 −4.000,00 €",
                "Erstattung, 26.11.2026 500,00 €",
                "Leistungszeitraum 2.–20. Nov. 2026",
                "Geliefert an Hotel Blaue Laterne",
                "Zahlungsbedingungen 2 % Skonto",
            ],
        ),
        (
            "japanese-company",
            [
                "登録番号\N{FULLWIDTH COLON}T8010401050387",
                "消費税 10%\N{FULLWIDTH LEFT PARENTHESIS}対象 \N{FULLWIDTH YEN SIGN}50",
                "合計 \N{FULLWIDTH YEN SIGN}55",
            ],
        ),
        (
            "quebec",
            [
                "24 bouteilles 7,05 $",
                "TPS 5 % TVQ 9,975 %",
                "TPS 5 % sur 219,20 $ 10,96 $",
                "TVQ 9,975 % sur 169,20 $ 16,88 $",
            ],
        ),
        ("swiss", ["412.75 kWh CHF 0.2716 8.1% CHF 112.10", "Leistungsdatum 5. Nov. 2026"]),
        (
            "french-exporter",
            [
                "0 % autoliquidation 2850,00 € 0,00 € 2850,00 €",
                "Autoliquidation Exportation exonérée de TVA",
                "Votre référence 04011000-12345-34",
            ],
        ),
        (
            "british-retailer",
            [
                "2 pcs £75.00",
                "−20%",
                "Subtotal £144.00 Discount 10% −£14.40 Total £129.60 includes VAT £18.00",
            ],
        ),
    ],
)
def test_an_invoice_says_what_its_country_asks_for(name: str, texts: list[str]) -> None:
    text = _text(_documents()[name])
    assert [one for one in texts if squash(one) not in text] == []


def test_one_tax_included_in_the_prices_is_named_below_the_total() -> None:
    drawn = document([line("Item", tax_rate="20")], prices_include_tax=True)
    assert "Total€144.00includesTax20%on€120.00€24.00" in _text(drawn)


def test_a_long_history_is_summed_up() -> None:
    entry = HistoryEntry(
        kind=PaymentKind.PAYMENT, amount=100, at=datetime(2026, 11, 1, tzinfo=UTC), method="cash"
    )
    drawn = replace(document([line("Item")]), paid=1_300)
    assert _text(replace(drawn, history=(entry,) * 12)).count("Cash,Nov1,2026−€1.00") == 12
    summed_up = _text(replace(drawn, history=(entry,) * 13))
    assert "Cash" not in summed_up
    assert "Amountpaid−€13.00" in summed_up
