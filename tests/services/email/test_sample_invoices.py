"""A user tries an invoice on themselves: the e-mail, the page behind its link, and its opens."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from models import Company, Customer, EmailDelivery, Invoice, InvoiceView, SampleInvoice
from tests.support.clients import BROWSER, Business, Caller, eventually, new_ip
from tests.support.mailbox import Mailbox, text_of
from tests.support.staff import new_session

_SEND: Final = """mutation { sendSampleInvoice {
    sampleInvoice { url sentAt openCount lastOpenedAt } } }"""
_SAMPLE: Final = "{ company { firstSteps { sampleInvoice { sentAt openCount lastOpenedAt } } } }"


async def _person(business: Business) -> Caller:
    return Caller(business.http, await new_session(business))


async def _send(person: Caller) -> Any:
    return (await person.gql(_SEND))["sendSampleInvoice"]["sampleInvoice"]


async def _opens(person: Caller) -> int:
    sample = (await person.gql(_SAMPLE))["company"]["firstSteps"]["sampleInvoice"]
    assert (sample["openCount"] == 0) == (sample["lastOpenedAt"] is None)
    count: int = sample["openCount"]
    return count


async def _open(business: Business, url: str, user_agent: str = BROWSER) -> str:
    headers = {"user-agent": user_agent, "x-forwarded-for": new_ip()}
    response = await business.http.get(urlsplit(url).path, headers=headers)
    assert response.status_code == 200
    return response.text


async def test_the_sample_is_e_mailed_and_its_opens_are_counted_until_it_is_sent_again(
    business: Business, mailbox: Mailbox
) -> None:
    person = await _person(business)
    sample = await _send(person)
    message = mailbox.arrived[business.email][-1]
    assert sample["url"] in text_of(message)
    assert (sample["sentAt"] is not None, sample["openCount"]) == (True, 0)
    page = await _open(business, sample["url"])
    assert "This is a test that you have sent to yourself." in page
    assert "€1,234.50" in page

    async def is_counted() -> bool:
        return await _opens(person) == 1

    await eventually(is_counted)
    await _open(business, sample["url"], "Slackbot-LinkExpanding 1.0")
    assert await _opens(person) == 1
    assert (await _send(person))["url"] == sample["url"]
    assert await _opens(person) == 0


async def test_the_sample_leaves_no_document_customer_or_delivery_behind(
    business: Business,
) -> None:
    sample = await _send(await _person(business))
    await _open(business, sample["url"])
    for model in (Customer, Invoice, InvoiceView, EmailDelivery):
        assert not await model.filter(company_id=business.company_id).exists()
    assert await SampleInvoice.filter(company_id=business.company_id).count() == 1


async def test_only_a_user_gets_a_sample_and_not_too_often(business: Business) -> None:
    assert (await business.refused(_SEND)).code == "FORBIDDEN"
    assert not await SampleInvoice.filter(company_id=business.company_id).exists()
    person = await _person(business)
    for _ in range(20):
        await _send(person)
    await SampleInvoice.filter(company_id=business.company_id).update(
        open_count=1, last_opened_at=datetime.now(UTC)
    )
    assert (await person.refused(_SEND)).code == "RATE_LIMITED"
    assert await _opens(person) == 1


async def test_the_page_is_in_the_company_s_language_and_its_forms_lead_back_to_it(
    business: Business,
) -> None:
    await Company.filter(id=business.company_id).update(language="de", currency="JPY")
    sample = await _send(await _person(business))
    assert "Das ist ein Test" in await _open(business, sample["url"])
    path = urlsplit(sample["url"]).path
    response = await business.http.post(path)
    assert (response.status_code, response.headers["location"]) == (303, path)
