"""The page behind a quote's link."""

from datetime import UTC, datetime

from models import Quote
from tests.support.clients import Business


async def test_the_page_shows_the_quote_in_the_customers_language(business: Business) -> None:
    line = {"description": "Übersetzung <b>", "quantity": "2.5", "unitPrice": "80", "taxRate": "19"}
    quote_id = await business.make_quote(lines=[line], notes="Soon?", validUntil="2099-12-31")
    payload = await business.mutate("shareQuote", "QuoteRef", "{ url token }", quoteId=quote_id)
    path = f"/quote/{payload['token']}"
    assert payload["url"].endswith(path)
    page = await business.http.get(path, headers=business.stranger.headers)
    assert page.status_code == 200
    for text in (
        "Q-00001",
        "Übersetzung &lt;b&gt;",
        "€238.00",
        "2.5",
        "Soon?",
        "December 31, 2099",
    ):
        assert text in page.text
    german = await business.make_customer(language="de")
    token = await business.share_quote(
        await business.make_quote(customerId=german, lines=[line], validUntil="2099-12-31")
    )
    page = await business.http.get(f"/quote/{token}", headers=business.stranger.headers)
    assert '<html lang="de" dir="ltr">' in page.text
    for text in ("238,00\u00a0€", "2,5", "31. Dezember 2099"):
        assert text in page.text


async def test_every_status_has_a_label(business: Business) -> None:
    quote_id = await business.make_quote(issueDate="2020-01-01", validUntil="2020-01-02")
    payload = await business.mutate("shareQuote", "QuoteRef", "{ token }", quoteId=quote_id)
    for change, word in (
        ({}, "Expired"),
        ({"valid_until": None}, "Waiting for your answer"),
        ({"status": "ACCEPTED", "decided_at": datetime(2020, 1, 2, tzinfo=UTC)}, "Accepted"),
        ({"status": "DECLINED"}, "Declined"),
    ):
        if change:
            await Quote.filter(id=quote_id).update(**change)
        page = await business.http.get(
            f"/quote/{payload['token']}", headers=business.stranger.headers
        )
        assert word in page.text
