"""Clients accept and decline the quotes behind their links."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from errors import NotFound
from models import AuditEntry, Customer, Invoice, Quote, WebhookDelivery
from models.documents import DOCUMENT_PARENTS
from services.billing.quote_answers import QuoteAnswer, answer_quote
from services.sharing.tokens import SharedQuote
from tests.services.billing.test_pdf_documents import content_of
from tests.support.clients import Business, Caller

pytestmark = pytest.mark.one_database

_ANSWER: Final = """mutation($input: AnswerQuoteInput!) { answerQuote(input: $input) { quote {
    number status decidedAt answeredBy answerNote } } }"""


async def _shared(business: Business, **details: object) -> tuple[str, str]:
    """Return the id and the token of a new sent quote."""
    quote_id = await business.make_quote(**details)
    return quote_id, await business.share_quote(quote_id)


async def _answer(caller: Caller, token: str, *, accept: bool = True, **more: object) -> Any:
    given = {"token": token, "accept": accept, "name": "Rowan Ashby", **more}
    return (await caller.gql(_ANSWER, input=given))["answerQuote"]["quote"]


async def _refusal_of(caller: Caller, token: str, *, accept: bool = True, **more: object) -> Any:
    given = {"token": token, "accept": accept, "name": "Rowan Ashby", **more}
    return (await caller.refused(_ANSWER, input=given)).errors[0]["extensions"]


async def _expire(quote_id: str) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC).date()
    await Quote.filter(id=quote_id).update(issue_date=past, valid_until=past)


async def _want_drafts(business: Business) -> None:
    await business.mutate(
        "updateCompany",
        "UpdateCompanyInput",
        "{ company { invoicesAcceptedQuotes } }",
        invoicesAcceptedQuotes=True,
    )


async def test_an_answer_keeps_who_when_and_from_where(business: Business) -> None:
    quote_id, token = await _shared(business)
    client = business.stranger
    before = datetime.now(UTC)
    seen = await _answer(client, token, note=" In January,\r\nplease. ", purchaseOrder="PO 7")
    assert (seen["status"], seen["answeredBy"]) == ("ACCEPTED", "Rowan Ashby")
    assert seen["answerNote"] == "In January,\nplease."
    assert before <= datetime.fromisoformat(seen["decidedAt"]) <= datetime.now(UTC)
    kept = await business.quote(
        quote_id, "status answeredBy answerNote answerPurchaseOrder answerIp decidedAt"
    )
    assert kept == {
        "status": "ACCEPTED",
        "answeredBy": "Rowan Ashby",
        "answerNote": "In January,\nplease.",
        "answerPurchaseOrder": "PO 7",
        "answerIp": client.ip,
        "decidedAt": seen["decidedAt"],
    }
    entry = await AuditEntry.get(company_id=business.company_id, action="QUOTE_ACCEPTED")
    assert entry.actor == "Rowan Ashby (client)"


async def test_an_answer_is_final(business: Business) -> None:
    quote_id, token = await _shared(business)
    first = await _answer(business.stranger, token, accept=False)
    assert await _answer(business.stranger, token, accept=False, name="Eve", note="!") == first
    refusal = await _refusal_of(business.stranger, token)
    assert refusal == {"code": "CONFLICT", "reason": "QUOTE_ANSWERED"}
    quote = await Quote.get(id=quote_id)
    assert (quote.status, quote.answered_by) == ("DECLINED", "Rowan Ashby")


@pytest.mark.parametrize("staff_do", ["acceptQuote", "declineQuote"])
async def test_what_staff_have_noted_is_final_for_clients(
    business: Business, staff_do: str
) -> None:
    quote_id, token = await _shared(business)
    await business.mutate(staff_do, "QuoteRef", "{ quote { id } }", quoteId=quote_id)
    accepted = staff_do == "acceptQuote"
    assert (await _answer(business.stranger, token, accept=accepted))["answeredBy"] is None
    refusal = await _refusal_of(business.stranger, token, accept=not accepted)
    assert refusal["reason"] == "QUOTE_ANSWERED"


@pytest.mark.both_databases
async def test_of_two_answers_at_once_one_wins(business: Business) -> None:
    quote_id, token = await _shared(business)
    answers = await asyncio.gather(
        *(_answer(business.stranger, token, accept=n % 2 == 0, name=f"N{n}") for n in range(4)),
        return_exceptions=True,
    )
    won = [each for each in answers if not isinstance(each, BaseException)]
    quote = await Quote.get(id=quote_id)
    assert len(won) == 2
    assert {(each["status"], each["answeredBy"]) for each in won} == {
        (quote.status, quote.answered_by)
    }
    entries = await AuditEntry.filter(subject_id=quote_id, action__startswith="QUOTE_")
    assert sorted(entry.action for entry in entries) == sorted(
        ["QUOTE_CREATED", "QUOTE_SHARED", f"QUOTE_{quote.status}"]
    )


async def test_an_expired_quote_is_refused_but_its_answer_stays(business: Business) -> None:
    quote_id, token = await _shared(business)
    await _expire(quote_id)
    refusal = await _refusal_of(business.stranger, token)
    assert refusal == {"code": "CONFLICT", "reason": "QUOTE_EXPIRED"}
    assert (await Quote.get(id=quote_id)).status == "SENT"
    answered_id, other = await _shared(business)
    await _answer(business.stranger, other)
    await _expire(answered_id)
    assert (await _answer(business.stranger, other))["status"] == "ACCEPTED"


async def test_only_a_link_that_works_can_answer(business: Business) -> None:
    quote_id, token = await _shared(business)
    await business.revoke_quote(quote_id)
    for wrong in (token, str(uuid4()), await business.share(await business.make_invoice())):
        assert await _refusal_of(business.stranger, wrong) == {"code": "NOT_FOUND"}
    assert (await Quote.get(id=quote_id)).status == "SENT"


async def test_a_client_answers_in_the_portal_as_long_as_its_link_works(
    business: Business, rival: Business
) -> None:
    quote_id, token = await _shared(business)
    quote = await Quote.get(id=quote_id)
    portal, number = await business.share_portal(str(quote.customer_id)), quote.label
    other = await rival.share_portal(await rival.make_customer())
    for wrong, name in ((other, number), (portal, "Q-0"), (portal, None), (portal[::-1], number)):
        refusal = await _refusal_of(business.stranger, wrong, number=name)
        assert refusal == {"code": "NOT_FOUND"}
    await business.revoke_quote(quote_id)  # which concerns its own link only
    answered = await _answer(business.stranger, portal, number=number, note="In May")
    assert (answered["status"], answered["answerNote"]) == ("ACCEPTED", "In May")
    assert await _refusal_of(business.stranger, token) == {"code": "NOT_FOUND"}


async def test_no_answer_arrives_once_the_portal_is_revoked(business: Business) -> None:
    quote_id, _ = await _shared(business)
    quote = await Quote.get(id=quote_id)
    await business.share_portal(str(quote.customer_id))
    link = SharedQuote.in_portal(await Quote.get(id=quote_id).select_related(*DOCUMENT_PARENTS))
    await Customer.filter(id=quote.customer_id).update(portal_token=None, portal_shared_at=None)
    with pytest.raises(NotFound):
        await answer_quote(link, QuoteAnswer(accepts=True, name="Rowan Ashby"))
    assert (await Quote.get(id=quote_id)).status == "SENT"


async def test_all_that_is_wrong_is_reported_and_nothing_is_kept(business: Business) -> None:
    quote_id, token = await _shared(business)
    wrong: dict[str, Any] = {"name": " \u200b", "note": "x" * 2001, "purchaseOrder": "x" * 101}
    refusal = await _refusal_of(business.stranger, token, **wrong)
    fields = {error["field"] for error in refusal["errors"]}
    assert fields == {"name", "note", "purchaseOrder"}
    assert (await Quote.get(id=quote_id)).status == "SENT"


async def test_answers_are_limited_by_link(business: Business) -> None:
    _, token = await _shared(business)
    for _ in range(5):
        await _answer(business.stranger, token)
    refusal = await _refusal_of(business.stranger, token)
    assert refusal["code"] == "RATE_LIMITED"


async def test_webhooks_are_told_once(business: Business) -> None:
    hook = {"url": "https://127.0.0.1/hook", "events": ["QUOTE_ACCEPTED", "QUOTE_DECLINED"]}
    await business.mutate("createWebhook", "CreateWebhookInput", "{ secret }", **hook)
    quote_id, token = await _shared(business)
    for _ in range(2):
        await _answer(business.stranger, token)
    [told] = await WebhookDelivery.filter(company_id=business.company_id)
    assert (told.event, told.subject_id) == ("QUOTE_ACCEPTED", quote_id)


@pytest.mark.both_databases
async def test_accepting_creates_the_draft_if_the_company_wants_it(business: Business) -> None:
    await _want_drafts(business)
    quote_id, token = await _shared(business, purchaseOrder="PO 1")
    await asyncio.gather(*(_answer(business.stranger, token, purchaseOrder="PO 2") for _ in "123"))
    [invoice] = await Invoice.filter(company_id=business.company_id)
    assert (invoice.status, invoice.total, invoice.purchase_order) == ("DRAFT", 10_000, "PO 2")
    assert (await Quote.get(id=quote_id)).invoice_id == invoice.id
    declined, other = await _shared(business)
    await _answer(business.stranger, other, accept=False, purchaseOrder="PO 3")
    assert (await Quote.get(id=declined)).answer_purchase_order is None
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_staff_who_accept_get_the_draft_as_well(business: Business) -> None:
    await _want_drafts(business)
    quote_id, _ = await _shared(business)
    await business.mutate("acceptQuote", "QuoteRef", "{ quote { id } }", quoteId=quote_id)
    invoice_id = (await Quote.get(id=quote_id)).invoice_id
    assert isinstance(invoice_id, UUID)
    again = await business.mutate(
        "invoiceQuote", "QuoteRef", "{ invoice { id } }", quoteId=quote_id
    )
    assert again["invoice"]["id"] == str(invoice_id)


async def test_accepting_succeeds_even_if_the_draft_is_refused(business: Business) -> None:
    await _want_drafts(business)
    quote_id, token = await _shared(business)
    await Quote.filter(id=quote_id).update(payment_terms="x" * 1001)  # by an earlier rule
    assert (await _answer(business.stranger, token))["status"] == "ACCEPTED"
    assert await Invoice.filter(company_id=business.company_id).count() == 0


async def test_the_pdf_of_an_accepted_quote_says_who_accepted_it_and_when(
    business: Business,
) -> None:
    await business.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { id } }", timeZone="Asia/Tokyo"
    )
    quote_id, token = await _shared(business)
    assert (await content_of(Quote, quote_id)).acceptance is None
    await _answer(business.stranger, token, note="Please start.")
    at = datetime(2026, 11, 29, 16, tzinfo=UTC)  # the next day in Tokyo
    await Quote.filter(id=quote_id).update(decided_at=at)
    acceptance = (await content_of(Quote, quote_id)).acceptance
    assert acceptance == "Accepted by Rowan Ashby on November 30, 2026.\nPlease start."
    declined, other = await _shared(business)
    await _answer(business.stranger, other, accept=False)
    assert (await content_of(Quote, declined)).acceptance is None
