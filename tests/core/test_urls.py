"""Addresses begin at PUBLIC_URL, and a number of an invoice can't break out of its place in one."""

import pytest

from core.urls import PATHS, Urls

URLS = Urls("https://pay.example")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URLS.invoice("t"), "https://pay.example/invoice/t"),
        (URLS.invoice_pdf("t"), "https://pay.example/invoice/t.pdf"),
        (URLS.quote("t"), "https://pay.example/quote/t"),
        (URLS.portal_quote("t", "A/1"), "https://pay.example/quote/t/A%2F1"),
        (URLS.credit_note("t"), "https://pay.example/credit-note/t"),
        (URLS.portal_credit_note("t", "7/8"), "https://pay.example/credit-note/t/7%2F8"),
        (URLS.portal("t"), "https://pay.example/portal/t"),
        (URLS.portal_invoice("t", "7"), "https://pay.example/portal/t/7"),
        (URLS.portal_invoice_pdf("t", "7"), "https://pay.example/portal/t/7.pdf"),
        (URLS.preferences("t"), "https://pay.example/preferences/t"),
        (URLS.unsubscribe("t", "REMINDERS"), "https://pay.example/unsubscribe/t/reminders"),
        (URLS.logo("ab"), "https://pay.example/logo/ab.png"),
        (URLS.document_pdf("quotes", "id"), "https://pay.example/quotes/id.pdf"),
        (URLS.invitation("s"), "https://pay.example/dashboard/welcome/s"),
        (URLS.dashboard(), "https://pay.example/dashboard"),
    ],
)
def test_addresses_are_the_ones_that_the_routes_serve(url: str, expected: str) -> None:
    assert url == expected


def test_a_number_is_quoted_in_an_address() -> None:
    assert URLS.portal_invoice("t", "a/b?c#d ü") == (
        "https://pay.example/portal/t/a%2Fb%3Fc%23d%20%C3%BC"
    )


@pytest.mark.parametrize("number", ["statement", "7/receipt/1"])
def test_a_number_does_not_lead_to_another_page(number: str) -> None:
    assert URLS.portal_invoice("t", number).endswith("%20")
    assert URLS.portal_invoice_pdf("t", number).endswith("%20.pdf")


def test_without_a_logo_there_is_no_address() -> None:
    assert URLS.logo(None) is None


def test_paths_are_the_same_addresses_without_an_origin() -> None:
    assert PATHS.document_pdf("invoices", "id") == "/invoices/id.pdf"
    assert PATHS.portal_invoice("t", "7") == "/portal/t/7"
