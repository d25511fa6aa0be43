"""E-invoices against the official rules of their formats.

Compiling the rules takes seconds. So all that needs them is in this file, since the tests of a file
run in one process.
"""

import re
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, assume, given, settings

from banking.currencies import EXPONENTS
from einvoices.document import EInvoice, PrecedingInvoice
from einvoices.formats import EInvoiceFormat
from einvoices.requirements import (
    UNKNOWN_CURRENCIES,
    can_be_complete,
    is_complete,
    missing_details,
)
from einvoices.writing import EInvoiceFile
from models import Company, CreditNote, Customer
from tests.einvoices.documents import DAY, e_invoice, e_invoices, full_company, full_customer, line
from tests.einvoices.rules import PEPPOL_RULES, check
from values.taxes import TaxRounding

_needs_peppol = pytest.mark.skipif(
    PEPPOL_RULES is None, reason="PEPPOL_RULES names no folder with Peppol's rules"
)
FORMATS: Final = [
    pytest.param(each, id=each.value, marks=[_needs_peppol] if "peppol" in each.value else [])
    for each in EInvoiceFormat
]
EXAMPLES: Final = 150
FULL_EXAMPLES: Final = 2000

_AUSTRIAN: Final = full_customer(
    country="AT", vat_id="ATU13585627", city="Wien", postal_code="1010"
)
GLN: Final = "0088:4012345000009"
_PRECEDING: Final = PrecedingInvoice("INV-00040", DAY)
_DOCUMENTS: Final[dict[str, dict[str, Any]]] = {
    "one rate": {},
    "several rates": {"lines": [line("120", "2.5"), line("24.99", "3", rate="7"), line("1")]},
    "a discount": {"lines": [line("120"), line("24.99", rate="7")], "discount": 1001},
    "discounts of lines": {"lines": [line("120", "2.5", discount_amount=1234), line("-7")]},
    "a discount of a negative line": {"lines": [line("120"), line("-50", discount_amount=500)]},
    "a discount of a rate below zero": {
        "lines": [line("120"), line("-20", rate="7")],
        "discount": 1000,
    },
    "negative quantities": {"lines": [line("120"), line("20", "-1")]},
    "prices with tax": {
        "lines": [line("9.99", "13"), line("0.10", "1000", rate="7")],
        "prices_include_tax": True,
    },
    "many decimals": {"lines": [line("0.284735", "1234.123456")]},
    "tax rounded down": {"tax_rounding": TaxRounding.DOWN},
    "zero rate": {"lines": [line("120", category="ZERO", rate="0"), line("1")]},
    "exempt": {
        "lines": [line("120", category="EXEMPT", rate="0"), line("1")],
        "tax_exemption_reason": "§ 4 Nr. 21 UStG",
    },
    "a small business": {
        "company": full_company(vat_id=None, registration_id=None, endpoint=GLN),
        "lines": [line("120", category="EXEMPT", rate="0")],
        "tax_exemption_reason": "§ 19 UStG",
    },
    "reverse charge": {
        "customer": _AUSTRIAN,
        "lines": [line("120", category="REVERSE_CHARGE", rate="0")],
    },
    "to another country of the EU": {
        "customer": _AUSTRIAN,
        "lines": [line("120", category="INTRA_COMMUNITY", rate="0")],
        "period_start": DAY,
    },
    "an export": {
        "customer": full_customer(country="US", vat_id=None, endpoint=GLN),
        "lines": [line("120", category="EXPORT", rate="0")],
    },
    "not subject to tax": {"lines": [line("120", category="OUT_OF_SCOPE", rate="0")]},
    "zloty": {"currency": "PLN"},
    "yen": {"currency": "JPY", "lines": [line("333", "1.5")]},
    "free": {"lines": [line("0")]},
    "a period": {"period_start": DAY, "period_end": date(2026, 11, 30)},
    "no account": {
        "company": full_company(iban=None, bic=None, bank_account="Sort code 20-20-15\nNo. 7")
    },
    "a cash discount": {"payment_terms": "2 % in 14 days\n#SKONTO#TAGE=14#PROZENT=2.00#"},
    "Kosovo": {"customer": full_customer(country="XK", vat_id=None, endpoint=GLN)},
    "a credit note": {"model": CreditNote, "preceding": _PRECEDING},
    "a credit note over two rates": {
        "model": CreditNote,
        "preceding": _PRECEDING,
        "lines": [line("120", "2.5"), line("24.99", "3", rate="7")],
        "discount": 1001,
        "reason": "Returned",
    },
    "a credit note for no invoice": {"model": CreditNote},
    "hostile texts": {
        "company": full_company(name='<b>&"]]>'),
        "lines": [line("1", description='A "quoted" & <tagged>\n\ufffe]]>\u2028x')],
        "notes": "\ufffe",
    },
}


@pytest.mark.parametrize("specification", FORMATS)
@pytest.mark.parametrize("name", _DOCUMENTS)
def test_documents_of_all_kinds_follow_the_rules(name: str, specification: EInvoiceFormat) -> None:
    invoice = e_invoice(**_DOCUMENTS[name])
    assert missing_details(invoice, specification) == []
    assert check(EInvoiceFile(invoice, specification).write(), specification) == []


@_needs_peppol
def test_currencies_are_those_that_all_formats_know(request: pytest.FixtureRequest) -> None:
    usual = {code for code, decimals in EXPONENTS.items() if decimals <= 2}
    some = usual if request.config.getoption("full") else UNKNOWN_CURRENCIES | {"USD", "JPY"}
    refused = {
        currency
        for currency in some
        for form in EInvoiceFormat
        if check(EInvoiceFile(e_invoice(currency=currency), form).write(), form)
    }
    assert refused == UNKNOWN_CURRENCIES
    documents = {currency: e_invoice(currency=currency) for currency in some}
    missing = {each for each in some if missing_details(documents[each], EInvoiceFormat.FACTUR_X)}
    assert missing == UNKNOWN_CURRENCIES


@pytest.mark.parametrize("specification", FORMATS)
@pytest.mark.parametrize(("rate", "price"), [("0.4999", "99"), ("0.4999", "101"), ("0.5", "9")])
def test_tax_rates_are_so_high_that_the_rules_know_them(
    rate: str, price: str, specification: EInvoiceFormat
) -> None:
    invoice = e_invoice([line(price, rate=rate)])
    missing = [each.term for each in missing_details(invoice, specification)]
    broken = check(EInvoiceFile(invoice, specification).write(), specification)
    assert (missing == ["BT-119"]) == any("BR-CO-17" in rule for rule in broken)
    assert bool(missing) == (price == "101")


def test_nothing_is_missing_exactly_where_the_official_rules_find_nothing(
    request: pytest.FixtureRequest,
) -> None:
    formats = [each for each in EInvoiceFormat if PEPPOL_RULES or "peppol" not in each.value]

    @settings(
        max_examples=FULL_EXAMPLES if request.config.getoption("full") else EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(e_invoices())
    def compare(invoice: EInvoice) -> None:
        assume(invoice.total >= 0)
        for specification in formats:
            missing = missing_details(invoice, specification)
            # A page that asks only for this leaves out what the lines say.
            assert missing_details(replace(invoice, lines=()), specification) == missing
            broken = check(EInvoiceFile(invoice, specification).write(), specification)
            if specification is not EInvoiceFormat.PEPPOL_UBL:
                # The standard needs a due date or terms of payment (BR-CO-25), but the rules of
                # these formats don't check it any more.
                missing = [each for each in missing if each.term != "BT-9"]
            assert bool(missing) == bool(broken), (specification, missing, broken)

    compare()


@pytest.mark.parametrize("company", [full_company(), full_company(country=None)])
@pytest.mark.parametrize("customer", [full_customer(), full_customer(country=None)])
def test_without_the_country_of_a_party_no_format_is_complete(
    company: Company, customer: Customer
) -> None:
    invoice = e_invoice(company=company, customer=customer)
    complete = {is_complete(invoice, each) for each in EInvoiceFormat}
    assert complete == {can_be_complete(company.seller, customer.buyer)}


# --- what the rules notice ------------------------------------------------------------------------

_MUTATIONS: Final[dict[str, tuple[str, str, str]]] = {
    "a total that is off": (r">357\.00<", ">357.01<", "BR-CO-15"),
    "a tax that is off": (r">57\.00<", ">56.00<", "BR-CO-1"),
    "a line that is off": (r"(Line\w*Amount[^>]*>)300\.00", r"\g<1>300.05", "BR-CO-1"),
    "another category": (r">S<", ">E<", "BR-"),
    "no country": (
        r"<\w+:(CountryID|IdentificationCode)>DE</[^>]+>",
        "",
        "BR-09 XSD",
    ),
    "no number": (r"<(\w+:ID)>INV-00041</\1>", "", "BR-02 XSD"),
    "a currency that doesn't exist": (r">EUR<", ">EUX<", "BR-CL-0 FX-SCH"),
    "a unit that doesn't exist": (r'unitCode="HUR"', 'unitCode="Stk"', "BR-CL-23 FX-SCH"),
    "three decimals": (r">300\.00<", ">300.001<", "BR-"),
    "an element in the wrong place": (r"(<\w+:Name>Beratung.*?</\w+:Name>)", r"\1\1", "XSD"),
    "no reference": (r"<(\w+:BuyerReference)>.*?</\1>", "", "BR-DE-15 PEPPOL-EN16931-R003"),
    "no telephone number": (
        r"<(ram:CompleteNumber|cbc:Telephone)>.*?</\1>",
        "",
        "BR-DE-6 DE-R-006",
    ),
}
_ONLY_NATIONAL: Final = frozenset({"no reference", "no telephone number"})


@pytest.mark.parametrize("specification", FORMATS)
@pytest.mark.parametrize("name", _MUTATIONS)
def test_the_rules_notice_mistakes(name: str, specification: EInvoiceFormat) -> None:
    if name in _ONLY_NATIONAL and specification is EInvoiceFormat.FACTUR_X:
        return  # which needs neither
    pattern, replacement, rules = _MUTATIONS[name]
    xml = EInvoiceFile(e_invoice(), specification).write().decode()
    mutated, count = re.subn(pattern, replacement, xml, flags=re.DOTALL)
    assert count
    broken = check(mutated.encode(), specification)
    assert any(rule.startswith(start) for rule in broken for start in rules.split()), broken
