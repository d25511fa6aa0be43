"""Sharing an invoice from the dashboard: the panel, its QR code, the e-mail, and revoking."""

import re
from html import unescape
from uuid import uuid4

import pytest

from models import EmailDelivery, EmailPreference, Invoice, User
from tests.support.clients import Business
from tests.support.mailbox import Mailbox
from tests.support.staff import INVOICES, Browser
from web.dashboard.sharing.panels import qr_image

_PATHS = ("share", "share/send", "share/revoke")


def _address() -> str:
    return f"{uuid4().hex}@example.com"


async def _token(invoice_id: str) -> str | None:
    token = (await Invoice.get(id=invoice_id)).share_token
    return str(token) if token else None


def _notice(page: str) -> str:
    found = re.search(r'<p class="(?:notice|wrong).*?</p>', page, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", found.group())).strip() if found else ""


async def _send(staff_client: Browser, invoice_id: str, **fields: str) -> str:
    """Send the e-mail, and return what the page then says of it."""
    path = f"{INVOICES}/{invoice_id}/share"
    answer = await staff_client.post(f"{path}/send", page=path, **fields)
    assert answer.status_code == 303
    return _notice((await staff_client.get(answer.headers["location"])).text)


async def test_a_link_is_made_once_and_shown(staff_client: Browser, business: Business) -> None:
    invoice_id = await business.make_invoice()
    path = f"{INVOICES}/{invoice_id}"
    assert (
        f'<form method="post" action="{path}/share" data-dialog>'
        in (await staff_client.get(path)).text
    )
    answer = await staff_client.post(f"{path}/share", page=path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/share")
    token = await _token(invoice_id)
    assert token
    page = (await staff_client.get(f"{path}/share")).text
    assert re.search(rf'<input id="link"[^>]+value="[^"]+/invoice/{token}"', page)
    assert "Share invoice INV-00001" in page
    assert f'data-pdf="/invoices/{invoice_id}.pdf"' in page
    await staff_client.post(f"{path}/share", page=path)
    assert await _token(invoice_id) == token
    assert (
        f'<a class="button main" href="{path}/share" data-dialog>'
        in (await staff_client.get(path)).text
    )


async def test_what_is_said_beside_the_link_is_in_the_customer_s_language(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(language="de")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.share(invoice_id)
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}/share")).text
    assert 'data-text="Rechnung INV-00001 von ' in page


async def test_a_draft_is_not_shared(staff_client: Browser, business: Business) -> None:
    draft_id = await business.make_draft()
    path = f"{INVOICES}/{draft_id}/share"
    page = await staff_client.post(path, page=path)
    assert (page.status_code, _notice(page.text)) == (
        409,
        "A draft can't be shared. Issue the invoice first.",
    )
    assert "Create link" not in page.text
    assert await _token(draft_id) is None


async def test_revoking_is_asked_about_and_kills_the_link(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    path = f"{INVOICES}/{invoice_id}/share"
    asked = (await staff_client.get(f"{path}/revoke")).text
    assert "Stop sharing invoice INV-00001?" in asked
    assert await _token(invoice_id) == token
    answer = await staff_client.post(f"{path}/revoke", page=path)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert (await business.http.get(f"/invoice/{token}")).status_code == 404
    assert "Create link" in (await staff_client.get(path)).text
    assert (await staff_client.get(f"{path}/qr.svg")).status_code == 404


async def test_the_qr_code_is_the_link_s_and_has_nothing_inline(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    path = f"{INVOICES}/{invoice_id}/share"
    page = (await staff_client.get(path)).text
    src = re.search(r'<img class="qr" src="([^"]+)"', page)
    link = re.search(r'<input id="link"[^>]+value="([^"]+)"', page)
    assert src
    assert link
    image = await staff_client.get(src.group(1))
    assert image.headers["content-type"] == "image/svg+xml"
    assert image.headers["cache-control"] == "no-store"
    assert image.content == bytes(qr_image(link.group(1)).body)
    assert image.content != bytes(qr_image(f"{link.group(1)}1").body)
    assert image.text.startswith("<svg ")
    assert "style" not in image.text


async def test_an_e_mail_goes_out_and_the_page_says_so(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    customer_id = await business.make_customer(email=_address())
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.share(invoice_id)
    address = _address()
    said = await _send(staff_client, invoice_id, to=f" {address} ", message="Thanks & bye")
    assert said.startswith(f"E-mail sent to {address}.")
    body = mailbox.only(address).get_body(("plain",))
    assert body
    assert "Thanks & bye" in body.get_content()


async def test_a_form_that_is_sent_twice_sends_one_e_mail(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    address = _address()
    for _ in range(2):
        said = await _send(staff_client, invoice_id, to=address, idempotency_key="once")
        assert said.startswith(f"E-mail sent to {address}.")
    assert len(mailbox.arrived[address]) == 1


async def test_who_wants_none_is_skipped_and_the_page_says_so(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    address = _address()
    preference = await business.make_preference(address)
    await EmailPreference.filter(id=preference.id).update(document_emails=False)
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    said = await _send(staff_client, invoice_id, to=address)
    assert said.startswith(f"Not sent: {address} has turned these e-mails off.")
    assert mailbox.arrived[address] == []


async def test_what_the_mail_server_refuses_is_said_with_its_answer(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    address = _address()
    mailbox.on_recipient[address].append("550 No such user")
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    said = await _send(staff_client, invoice_id, to=address)
    assert said.startswith(f"Not sent to {address}.")
    assert "No such user" in said


async def test_what_was_typed_stands_beside_the_error(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    path = f"{INVOICES}/{invoice_id}/share"
    fields = {"to": "no <address>", "message": "</textarea><b>", "idempotency_key": "k"}
    page = await staff_client.post(f"{path}/send", page=path, **fields)
    assert page.status_code == 400
    assert _notice(page.text)
    for text in ('value="no &lt;address&gt;"', 'aria-invalid="true"', "&lt;/textarea&gt;&lt;b&gt;"):
        assert text in page.text
    assert await EmailDelivery.filter(invoice_id=invoice_id).count() == 0


async def test_a_cancelled_invoice_keeps_its_link_and_is_not_sent(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    path = f"{INVOICES}/{invoice_id}"
    await staff_client.post(f"{path}/cancel", page=path)
    page = (await staff_client.get(f"{path}/share")).text
    assert 'id="link"' in page
    assert "Send by e-mail" not in page
    assert (
        await staff_client.post(f"{path}/share/send", page=path, to=_address())
    ).status_code == 409


async def test_what_became_of_another_e_mail_is_not_found(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    invoice_id, other_id = await business.make_invoice(), await business.make_invoice()
    for seller, id_ in ((business, other_id), (rival, await rival.make_invoice())):
        delivery = await seller.mutate(
            "sendInvoice", "SendInvoiceInput", "{ delivery { id } }", invoiceId=id_, to=_address()
        )
        for path in (f"{INVOICES}/{invoice_id}", f"{INVOICES}/{invoice_id}/share"):
            page = await staff_client.get(f"{path}?sent={delivery['delivery']['id']}")
            assert page.status_code == 404


@pytest.mark.parametrize("path", _PATHS)
async def test_a_rival_s_invoice_is_not_found(
    staff_client: Browser, rival: Business, path: str
) -> None:
    theirs = await rival.make_invoice()
    token = await rival.share(theirs)
    url = f"{INVOICES}/{theirs}/{path}"
    assert (await staff_client.get(url)).status_code == 404
    assert (await staff_client.post(url, page=INVOICES, to=_address())).status_code == 404
    assert (await staff_client.get(f"{INVOICES}/{theirs}/share/qr.svg")).status_code == 404
    assert await _token(theirs) == token


@pytest.mark.parametrize("path", _PATHS)
async def test_to_share_one_must_manage_invoices(
    staff_client: Browser, business: Business, path: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await User.filter(company_id=business.company_id).update(permissions="VIEW_INVOICES")
    url = f"{INVOICES}/{invoice_id}/{path}"
    for page in (
        await staff_client.get(url),
        await staff_client.post(url, page=INVOICES, to=_address()),
        await staff_client.get(f"{INVOICES}/{invoice_id}/share/qr.svg"),
    ):
        assert page.status_code == 403
        assert "This needs the permission MANAGE_INVOICES." in page.text
    assert await _token(invoice_id) == token


@pytest.mark.parametrize("path", _PATHS)
async def test_a_form_of_another_site_changes_nothing(
    staff_client: Browser, business: Business, path: str
) -> None:
    invoice_id = await business.make_invoice()
    url = f"{INVOICES}/{invoice_id}/{path}"
    same = {"sec-fetch-site": "same-origin"}
    answer = await staff_client.http.post(url, data={"form_token": "forged"}, headers=same)
    assert answer.status_code == 403
    assert await _token(invoice_id) is None
