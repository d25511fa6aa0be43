"""Lines, sums and references of documents in words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from i18n.documents import DocumentWords
from i18n.tax_reasons import tax_reasons
from i18n.taxes import TaxWords, tax_name
from values.money import Minor
from values.taxes import TaxCategory, TaxRate, TaxTotal

_STANDARD = TaxCategory.STANDARD


@dataclass(frozen=True)
class Content:
    """A line, the sums and the references of a document."""

    description: str = "Work\nin May\nand June"
    quantity: Decimal = Decimal(2)
    unit: str | None = None
    unit_price: Decimal = Decimal("0.1648")
    discount_percent: Decimal | None = None
    discount_amount: int = 0
    amount: int = 33
    tax_category: TaxCategory = _STANDARD
    tax_name: str | None = None
    tax_rate: Decimal = Decimal("19.0000")
    second_tax_name: str | None = None
    second_tax_rate: Decimal | None = None
    prices_include_tax: bool = False
    subtotal: int = 10_000
    total: int = 11_900
    period_start: date | None = None
    period_end: date | None = None
    purchase_order: str | None = None
    buyer_reference: str | None = None


def _total(rate: str, base: int, tax: int, **more: Any) -> TaxTotal:
    details = {"category": TaxCategory.of_rate(Decimal(rate)), "name": None} | more
    return TaxTotal(rate=Decimal(rate), base=Minor(base), tax=Minor(tax), **details)


def _words(*taxes: TaxTotal, language: str = "en", country: str = "DE") -> DocumentWords:
    return DocumentWords.of(taxes, currency="EUR", country=country, language=language)


@pytest.mark.parametrize(
    ("country", "language", "name"),
    [
        ("DE", "en", "VAT"),
        (None, "en-GB", "VAT"),
        (None, "en", "Tax"),
        ("US", "en-GB", "Tax"),
        ("AU", "en", "GST"),
        (None, "de", "USt."),
        ("CH", "de-CH", "MWST"),
        ("US", "de", "Steuer"),
        (None, "fr", "TVA"),
        ("CA", "fr-CA", "Taxe"),
        ("ES", "es", "IVA"),
        ("PL", "pl", "VAT"),
        ("IT", "it", "IVA"),
        ("JP", "ja", "消費税"),
        (None, "ja", "消費税"),
        ("DE", "ja", "VAT"),
        ("NL", "nl", "BTW"),
        ("PT", "pt", "IVA"),
        ("CZ", "cs", "DPH"),
        ("CN", "zh-CN", "增值税"),
        ("TW", "zh-TW", "營業稅"),
        ("BR", "pt-BR", "Imposto"),
    ],
)
def test_the_tax_has_its_usual_name(country: str | None, language: str, name: str) -> None:
    assert tax_name(country, language) == name


@pytest.mark.parametrize(
    ("category", "rate", "text"),
    [
        (_STANDARD, "8.1000", "8.1%"),
        (TaxCategory.ZERO, "0", "0%"),
        (TaxCategory.EXEMPT, "0", "0% exempt"),
        (TaxCategory.REVERSE_CHARGE, "0", "0% reverse charge"),
        (TaxCategory.INTRA_COMMUNITY, "0", "0% intra-EU"),
        (TaxCategory.EXPORT, "0", "0% export"),
        (TaxCategory.OUT_OF_SCOPE, "0", "Not taxed"),
    ],
)
def test_a_line_says_how_it_is_taxed(category: TaxCategory, rate: str, text: str) -> None:
    words = TaxWords(language="en", name="VAT")
    assert words.rate(TaxRate(category=category, name=None, rate=Decimal(rate))) == text


def test_a_name_that_all_taxes_share_is_said_once() -> None:
    gst = _total("5", 10_000, 500, name="GST")
    assert (_words(gst).tax.name, _words(gst).tax.rate(gst)) == ("GST", "5%")
    qst = _total("9.975", 10_000, 998, name="QST")
    both = _words(gst, qst, country="CA").tax
    assert (both.name, both.rate(gst), both.rate(qst)) == ("Tax", "GST 5%", "QST 9.975%")


def test_a_line_has_two_taxes_and_its_discount() -> None:
    words = _words(_total("5", 0, 0, name="GST"), _total("9.975", 0, 0, name="QST"))
    line = Content(
        tax_name="GST",
        tax_rate=Decimal(5),
        second_tax_name="QST",
        second_tax_rate=Decimal("9.975"),
        discount_percent=Decimal("10.0000"),
        discount_amount=3,
    )
    texts = words.line(line)
    assert (texts.description, texts.details) == ("Work", "in May\nand June")
    assert (texts.unit_price, texts.discount) == ("€0.1648", "\N{MINUS SIGN}10%")
    assert texts.taxes == ("GST 5%", "QST 9.975%")
    assert words.line(Content(discount_amount=3)).discount == "\N{MINUS SIGN}€0.03"
    returned = words.line(Content(discount_amount=3, amount=-30))
    assert (returned.discount, returned.amount) == ("€0.03", "\N{MINUS SIGN}€0.30")


def test_sums_lead_from_the_subtotal_over_discount_and_taxes_to_the_total() -> None:
    taxes = [_total("19", 788_262, 149_770), _total("7", 68_400, 4_788)]
    sums = Content(subtotal=901_750, discount_amount=45_088, discount_percent=Decimal(5))
    words = _words(*taxes)
    assert words.subtotals(sums, words.taxes(taxes)) == [
        ("Subtotal", "€9,017.50"),
        ("Discount 5%", "\N{MINUS SIGN}€450.88"),
        ("VAT 19% on €7,882.62", "€1,497.70"),
        ("VAT 7% on €684.00", "€47.88"),
    ]
    assert words.included_taxes(sums, words.taxes(taxes)) == []
    assert words.subtotals(sums, [words.tax_sum(taxes)])[2:] == [("VAT", "€1,545.58")]


def test_prices_with_tax_add_up_to_the_total_which_names_its_tax() -> None:
    taxes = [_total("20", 10_000, 2_000)]
    sums = Content(prices_include_tax=True, subtotal=10_834, discount_amount=1_000, total=12_000)
    words = _words(*taxes)
    assert words.subtotals(sums, words.taxes(taxes)) == [
        ("Subtotal", "€130.00"),
        ("Discount", "\N{MINUS SIGN}€10.00"),
    ]
    assert words.included_taxes(sums, words.taxes(taxes)) == [
        ("includes VAT 20% on €100.00", "€20.00")
    ]


@pytest.mark.parametrize("category", [TaxCategory.ZERO, TaxCategory.REVERSE_CHARGE])
def test_rows_that_say_nothing_are_left_out(category: TaxCategory) -> None:
    taxes = [_total("0", 10_000, 0, category=category)]
    words = _words(*taxes)
    assert words.subtotals(Content(total=10_000), words.taxes(taxes)) == []


def test_a_rate_of_zero_has_a_row_beside_others_unless_it_is_out_of_scope() -> None:
    deposit = _total("0", 1_000, 0, category=TaxCategory.OUT_OF_SCOPE)
    taxes = [_total("20", 100, 20), _total("0", 300, 0), deposit]
    labels = [row.label for row in _words(*taxes).taxes(taxes)]
    assert labels == ["VAT 20% on €1.00", "VAT 0% on €3.00"]


def test_references_have_the_days_of_service_and_the_customer_s_numbers() -> None:
    content = Content(
        period_start=date(2026, 11, 2),
        period_end=date(2026, 11, 20),
        purchase_order="4500-71826",
        buyer_reference="04011000-12345-34",
    )
    assert _words(language="de").references(content) == [
        ("Leistungszeitraum", "2.\N{EN DASH}20. Nov. 2026"),
        ("Ihre Bestellnummer", "4500-71826"),
        ("Ihr Zeichen", "04011000-12345-34"),
    ]
    [(label, day)] = _words().references(Content(period_start=date(2026, 11, 2)))
    assert (label, day) == ("Service date", "Nov 2, 2026")
    assert _words().references(Content()) == []


def test_periods_break_between_days_in_languages_without_spaces() -> None:
    content = Content(period_start=date(2026, 11, 2), period_end=date(2026, 11, 20))
    [(_, period)] = _words(language="ja").references(content)
    assert period == "2026/11/02\N{FULLWIDTH TILDE}2026/11/20"


def test_each_reason_for_no_tax_is_said_once() -> None:
    totals = [
        _total("0", 1, 0, category=TaxCategory.EXEMPT),
        _total("0", 1, 0, category=TaxCategory.REVERSE_CHARGE),
        _total("0", 1, 0),
    ]
    assert tax_reasons(totals, "Small business", "en") == (
        "Small business",
        "Reverse charge: the customer accounts for the VAT",
    )
    assert tax_reasons(totals[1:], "Article 196", "en") == ("Article 196",)
    assert tax_reasons(totals[2:], "Article 196", "en") == ()
