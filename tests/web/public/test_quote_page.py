"""The page behind a quote's link."""

from datetime import UTC, datetime

import httpx

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


# --- answering ------------------------------------------------------------------------------------


async def _shared(business: Business, **details: object) -> tuple[str, str]:
    """Return the id of a quote and the path of its page."""
    quote_id = await business.make_quote(**details)
    return quote_id, f"/quote/{await business.share_quote(quote_id)}"


async def _post(business: Business, path: str, **fields: str) -> httpx.Response:
    return await business.http.post(path, data=fields, headers=business.stranger.headers)


async def test_a_client_accepts_on_the_page(business: Business) -> None:
    quote_id, path = await _shared(business)
    fields = {"name": "Rowan <b>", "purchase_order": "PO 7", "note": "In <i>May</i>."}
    answered = await _post(business, f"{path}/answer", answer="accept", **fields)
    assert (answered.status_code, answered.headers["location"]) == (303, path)
    quote = await Quote.get(id=quote_id)
    assert (quote.status, quote.answered_by) == ("ACCEPTED", "Rowan <b>")
    page = (await business.http.get(path, headers=business.stranger.headers)).text
    for words in (
        "Accepted by Rowan &lt;b&gt; on",
        "<q>In &lt;i&gt;May&lt;/i&gt;.</q>",
        "Acme Ltd will",
    ):
        assert words in page
    assert f"{path}/answer" not in page


async def test_a_client_accepts_and_asks_in_the_portal(business: Business) -> None:
    quote_id = await business.make_quote()
    await business.share_quote(quote_id)
    quote = await Quote.get(id=quote_id)
    await Quote.filter(id=quote_id).update(number="Q/7", number_key="q/7")
    token = await business.share_portal(str(quote.customer_id))
    path = f"/quote/{token}/Q%2F7"
    shown = await business.http.get(path, headers=business.stranger.headers)
    for address in (f"{path}/answer", f"{path}/questions", f"{path}.pdf", f"/portal/{token}?list="):
        assert address in shown.text
    assert str(quote.share_token) not in shown.text
    asked = await _post(business, f"{path}/questions", text="When?", name="Rowan")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{path}?asked=yes#questions")
    refused = await _post(business, f"{path}/answer", answer="accept", note="In May")
    assert (refused.status_code, "In May" in refused.text) == (400, True)
    answered = await _post(business, f"{path}/answer", answer="accept", name="Rowan")
    assert (answered.status_code, answered.headers["location"]) == (303, path)
    assert (await Quote.get(id=quote_id)).status == "ACCEPTED"
    pdf = await business.http.get(f"{path}.pdf", headers=business.stranger.headers)
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    business: Business,
) -> None:
    quote_id, path = await _shared(business)
    refused = await _post(business, f"{path}/answer", answer="decline", name=" ", note="Too <much>")
    assert refused.status_code == 400
    assert 'id="decline-name-error"' in refused.text
    assert "Too &lt;much&gt;" in refused.text
    assert '<details id="decline" name="way" open>' in refused.text
    assert (await Quote.get(id=quote_id)).status == "SENT"


async def test_the_other_answer_is_refused_with_what_is_true(business: Business) -> None:
    _, path = await _shared(business)
    await _post(business, f"{path}/answer", answer="decline", name="Ada")
    refused = await _post(business, f"{path}/answer", answer="accept", name="Eve")
    assert refused.status_code == 409
    assert "This quote is already declined." in refused.text
    assert "Declined by Ada on" in refused.text


async def test_an_expired_quote_offers_to_ask_instead(business: Business) -> None:
    quote_id, path = await _shared(business)
    await Quote.filter(id=quote_id).update(issue_date="2020-01-01", valid_until="2020-01-02")
    page = (await business.http.get(path, headers=business.stranger.headers)).text
    assert "This price was good until" in page
    assert "Ask for a new quote" in page
    assert f"{path}/answer" not in page
    asked = await _post(business, f"{path}/questions", name="Ada", text="A new one, please?")
    assert asked.headers["location"] == f"{path}?asked=yes#questions"


async def test_forms_that_are_not_ours_are_refused(business: Business) -> None:
    quote_id, path = await _shared(business)
    for fields in ({"name": "Ada"}, {"name": "Ada", "answer": "maybe"}):
        assert (await _post(business, f"{path}/answer", **fields)).status_code == 400
    twice = await business.http.post(
        f"{path}/answer",
        content="answer=accept&name=A&name=B",
        headers=business.stranger.headers | {"content-type": "application/x-www-form-urlencoded"},
    )
    assert twice.status_code == 400
    large = await _post(business, f"{path}/answer", answer="accept", name="x" * 70_000)
    assert large.status_code == 413
    assert (await _post(business, "/quote/unknown/answer", answer="accept")).status_code == 404
    assert (await Quote.get(id=quote_id)).status == "SENT"
