"""The countries that each syntax of e-invoices has, compared with the official rules."""

import pytest

from einvoices.formats import EInvoiceFormat, EInvoiceSyntax
from einvoices.requirements import missing_details
from einvoices.writing import EInvoiceFile
from tests.einvoices.documents import e_invoice, full_company, full_customer
from tests.einvoices.rules import PEPPOL_RULES, check
from values.parties import COUNTRIES


def test_countries_are_those_that_each_syntax_knows(request: pytest.FixtureRequest) -> None:
    some = COUNTRIES if request.config.getoption("full") else {"SS", "XK", "US"}
    documents = {
        each: e_invoice(company=full_company(country=each), customer=full_customer(country=each))
        for each in some
    }
    for form in (each for each in EInvoiceFormat if PEPPOL_RULES or "peppol" not in each.value):
        unknown = {
            country
            for country, document in documents.items()
            if {"BT-40", "BT-55"} <= {each.term for each in missing_details(document, form)}
        }
        refused = {
            country
            for country, document in documents.items()
            if "BR-CL-14" in check(EInvoiceFile(document, form).write(), form)
        }
        assert unknown == ({"SS"} if form.syntax is EInvoiceSyntax.CII else set())
        # The rules of Factur-X don't look, but those of EN 16931, which it follows, do.
        assert refused == (set() if form is EInvoiceFormat.FACTUR_X else unknown)
