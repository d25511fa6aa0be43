"""Every link in every e-mail, followed through the running portal."""

import re
from email.message import EmailMessage
from html import unescape
from typing import Final

import httpx

from models import EmailPreference
from services.email.preferences import SWITCHES, update
from tests.services.email.test_announcements import all_settled, announce
from tests.services.email.test_emails import new_address
from tests.support.clients import BROWSER, Business, eventually
from tests.support.mailbox import Mailbox, html_of, text_of

_URL: Final = re.compile(r"https?://[^\s\"'<>]+")


def links_in(message: EmailMessage) -> set[str]:
    """Return every address in an e-mail, those of images among them."""
    in_html = re.findall(r'(?:href|src)="([^"]*)"', html_of(message))
    return {*_URL.findall(text_of(message)), *map(unescape, in_html)}


async def send_one_of_each(business: Business, address: str) -> None:
    """Send an invoice, a reminder, a quote and an announcement, in this order."""
    customer_id = await business.make_customer(email=address)
    await business.share_portal(customer_id)
    invoice_id = await business.make_invoice(customerId=customer_id)
    quote_id = await business.make_quote(customerId=customer_id)
    for mutation, input_type, ids in (
        ("sendInvoice", "SendInvoiceInput", {"invoiceId": invoice_id}),
        ("sendReminder", "InvoiceRef", {"invoiceId": invoice_id}),
        ("sendQuote", "SendQuoteInput", {"quoteId": quote_id}),
    ):
        sent = await business.mutate(mutation, input_type, "{ status detail }", **ids)
        assert sent["status"] == "SENT", sent
    await announce(business, [customer_id])
    await eventually(lambda: all_settled(business))


async def test_every_link_in_an_email_works(
    business: Business, http: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    address = new_address()
    await send_one_of_each(business, address)
    messages = mailbox.arrived[address]
    assert len(messages) == 4
    for message in messages:
        links = links_in(message)
        assert len(links) == (3 if "Reminder" in message["Subject"] else 2), links
        assert sum("?source=email" in link for link in links) == len(links) - 1
        for link in links:
            answer = await get(business, http, link)
            assert answer.status_code == 200, link
            assert "text/html" in answer.headers["content-type"]
    preference = await EmailPreference.get(company_id=business.company_id, address=address)
    assert preference.document_emails
    assert preference.reminder_emails
    assert preference.marketing_emails


async def test_a_view_through_an_emailed_link_has_the_source_email(
    business: Business, http: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    address = new_address()
    await send_one_of_each(business, address)
    [link] = [link for link in links_in(mailbox.arrived[address][0]) if "/invoice/" in link]
    await get(business, http, link)
    # Opened so soon after the e-mail, it may be a scanner's.
    query = """{ company { invoices { edges { node {
        views(includeAutomated: true) { edges { node { source } } } } } } } }"""

    async def has_been_noted() -> bool:
        edges = (await business.gql(query))["company"]["invoices"]["edges"]
        return [view["node"] for view in edges[0]["node"]["views"]["edges"]] == [
            {"source": "EMAIL"}
        ]

    await eventually(has_been_noted)


async def test_one_click_unsubscribes_from_one_kind_of_email(
    business: Business, http: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    address = new_address()
    await send_one_of_each(business, address)
    left: list[tuple[bool, bool, bool]] = []
    for message in mailbox.arrived[address]:
        preference = await EmailPreference.get(company_id=business.company_id, address=address)
        await update(preference, dict.fromkeys(SWITCHES, True))
        one_click = str(message["List-Unsubscribe"]).strip("<>")
        form = dict([str(message["List-Unsubscribe-Post"]).split("=")])
        headers = {"x-forwarded-for": business.stranger.ip}
        answer = await http.post(_path(one_click), data=form, headers=headers)
        assert answer.status_code == 200
        row = await EmailPreference.get(company_id=business.company_id, address=address)
        left.append((row.document_emails, row.reminder_emails, row.marketing_emails))
    document, reminder, marketing = (
        (False, True, True),
        (True, False, True),
        (True, True, False),
    )
    assert left == [document, reminder, document, marketing]


async def get(business: Business, http: httpx.AsyncClient, link: str) -> httpx.Response:
    """Follow a link as a person at a new address does."""
    headers = {"x-forwarded-for": business.stranger.ip, "user-agent": BROWSER}
    return await http.get(_path(link), headers=headers)


def _path(link: str) -> str:
    """Return the part after PUBLIC_URL, since the portal of the tests has another port."""
    base = "http://127.0.0.1:8000"
    assert link.startswith(base)
    return link.removeprefix(base)
