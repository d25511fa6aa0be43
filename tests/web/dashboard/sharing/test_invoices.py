"""Sharing an invoice from the dashboard: the panel, its QR code, the e-mail, and revocation."""

import re
from html import unescape
from uuid import uuid4

import pytest

from models import EmailDelivery, Invoice, MailCategory, OptOutOrigin, User
from services.email.preferences import turn_off
from tests.services.email.test_emails import make_retry_due
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.staff import INVOICES, Browser, signed_in
from web.dashboard.sharing.panels import qr_image

_PATHS = ("share", "share/send", "share/revoke")


def _address() -> str:
    return f"{uuid4().hex}@example.com"


async def _token(invoice_id: str) -> str | None:
    token = (await Invoice.get(id=invoice_id)).share_token
    return str(token) if token else None


def _notice(page: str) -> str:
    match = re.search(r'<(\w+) class="(?:notice|error).*?</\1>', page, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "", match.group())).strip() if match else ""


async def _send(staff_client: Browser, business: Business, invoice_id: str, **fields: str) -> str:
    """Send the e-mail, wait until it is sent or refused, and return the notice about it."""
    path = f"{INVOICES}/{invoice_id}/share"
    response = await staff_client.post(f"{path}/send", page=path, **fields)
    assert response.status_code == 303
    await make_retry_due(business)

    async def is_over() -> bool:
        waiting = EmailDelivery.filter(invoice_id=invoice_id, next_attempt_at__isnull=False)
        return not await waiting.exists()

    await eventually(is_over)
    return _notice((await staff_client.get(response.headers["location"])).text)


async def test_link_is_created_once_and_shown(staff_client: Browser, business: Business) -> None:
    invoice_id = await business.make_invoice()
    path = f"{INVOICES}/{invoice_id}"
    page = (await staff_client.get(path)).text
    assert f'<form method="post" action="{path}/share">' in page
    response = await staff_client.post(f"{path}/share", page=path)
    assert (response.status_code, response.headers["location"]) == (303, f"{path}/share")
    token = await _token(invoice_id)
    assert token
    page = (await staff_client.get(f"{path}/share")).text
    assert re.search(rf'<input id="link"[^>]+value="[^"]+/invoice/{token}"', page)
    assert "Share invoice INV-00001" in page
    assert f'data-pdf="/invoices/{invoice_id}.pdf"' in page
    again = await staff_client.post(f"{path}/share", page=path, back=path)
    assert again.headers["location"] == path
    assert await _token(invoice_id) == token
    page = (await staff_client.get(path)).text
    assert re.search(rf'<input id="link"[^>]+value="[^"]+/invoice/{token}"', page)


async def test_shared_text_is_in_the_customer_s_language(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(language="de")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.share(invoice_id)
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}/share")).text
    assert 'data-text="Rechnung INV-00001 von ' in page


async def test_draft_can_t_be_shared(staff_client: Browser, business: Business) -> None:
    draft_id = await business.make_draft()
    path = f"{INVOICES}/{draft_id}/share"
    page = await staff_client.post(path, page=path)
    assert (page.status_code, _notice(page.text)) == (
        409,
        "A draft can't be shared. Issue it first.",
    )
    assert "Create link" not in page.text
    assert await _token(draft_id) is None


async def test_link_stops_working_after_confirmation(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    path = f"{INVOICES}/{invoice_id}/share"
    asked = (await staff_client.get(f"{path}/revoke")).text
    assert "Stop sharing invoice INV-00001?" in asked
    assert await _token(invoice_id) == token
    response = await staff_client.post(f"{path}/revoke", page=path)
    assert (response.status_code, response.headers["location"]) == (303, path)
    assert (await business.http.get(f"/invoice/{token}")).status_code == 404
    assert "Create link" in (await staff_client.get(path)).text
    assert (await staff_client.get(f"{path}/qr.svg")).status_code == 404


async def test_qr_code_contains_the_link_and_nothing_inline(
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


async def test_sent_e_mail_is_confirmed_on_the_page(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    customer_id = await business.make_customer(email=_address())
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.share(invoice_id)
    address = _address()
    notice = await _send(
        staff_client, business, invoice_id, to=f" {address} ", message="Thanks & bye"
    )
    assert notice.startswith(f"E-mail sent to {address}.")
    body = mailbox.only(address).get_body(("plain",))
    assert body
    assert "Thanks & bye" in body.get_content()


async def test_form_submitted_twice_sends_one_e_mail(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    address = _address()
    for _ in range(2):
        notice = await _send(staff_client, business, invoice_id, to=address, idempotency_key="once")
        assert notice.startswith(f"E-mail sent to {address}.")
    assert len(mailbox.arrived[address]) == 1


async def test_unsubscribed_recipient_is_skipped_and_shown_as_such(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    address = _address()
    preference = await business.make_preference(address)
    await turn_off(preference, [MailCategory.DOCUMENT], OptOutOrigin.LINK)
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    notice = await _send(staff_client, business, invoice_id, to=address)
    assert notice.startswith(f"Not sent: {address} has turned these e-mails off.")
    assert mailbox.arrived[address] == []


async def test_staff_see_who_has_opted_out_before_they_send(
    staff_client: Browser, business: Business
) -> None:
    address = _address()
    customer_id = await business.make_customer(email=address)
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.share(invoice_id)
    path = f"{INVOICES}/{invoice_id}/share"
    warning = f"<bdi>{address}</bdi> turned these e-mails off on"
    assert warning not in (await staff_client.get(path)).text
    preference = await business.make_preference(address)
    await turn_off(preference, [MailCategory.DOCUMENT], OptOutOrigin.LINK)
    page = (await staff_client.get(path)).text
    assert warning in page
    assert "with the link in an e-mail. Nothing is sent there." in page


async def test_a_copy_goes_to_whom_the_sender_names(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    to, first, second = _address(), _address(), _address()
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    await _send(staff_client, business, invoice_id, to=to, cc=f"{first}; {second},")
    assert mailbox.only(to)["Cc"] == ", ".join(sorted([first, second]))
    path = f"{INVOICES}/{invoice_id}/share"
    refused = await staff_client.post(f"{path}/send", page=path, to=to, cc=f"{first}, nobody")
    assert refused.status_code == 400
    assert "Enter a valid e-mail address" in refused.text


async def test_rejected_e_mail_is_shown_with_the_mail_server_s_reply(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    address = _address()
    mailbox.on_recipient[address].append("550 No such user")
    invoice_id = await business.make_invoice()
    await business.share(invoice_id)
    notice = await _send(staff_client, business, invoice_id, to=address)
    assert notice.startswith(f"Not sent to {address}.")
    assert "No such user" in notice


async def test_an_e_mail_can_be_undone_for_ten_seconds(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    invoice_id, address = await business.make_invoice(), _address()
    path = f"{INVOICES}/{invoice_id}"
    sent = await staff_client.post(f"{path}/share/send", page=path, to=address, message="Hi!")
    delivery = await EmailDelivery.get(invoice_id=invoice_id)
    page = (await staff_client.get(sent.headers["location"])).text
    assert re.search(r'data-undo="([1-9]|10)"', page)
    back = f"{path}?sent={delivery.id}"
    undone = await staff_client.post(f"/dashboard/e-mails/{delivery.id}/undo", page=path, back=back)
    assert (undone.status_code, undone.headers["location"]) == (303, back)
    page = (await staff_client.get(back)).text
    assert _notice(page).startswith(f"E-mail to {address} cancelled: it wasn't sent.")
    assert "<textarea" in page
    assert "Hi!</textarea>" in page
    assert mailbox.arrived[address] == []


async def test_undoing_too_late_says_so(staff_client: Browser, business: Business) -> None:
    invoice_id = await business.make_invoice()
    path = f"{INVOICES}/{invoice_id}"
    await _send(staff_client, business, invoice_id, to=_address())
    delivery = await EmailDelivery.get(invoice_id=invoice_id)
    undo = f"/dashboard/e-mails/{delivery.id}/undo"
    late = await staff_client.post(undo, page=path, back=path)
    page = (await staff_client.get(late.headers["location"])).text
    assert _notice(page) == "It's too late: this e-mail has been sent."
    forged = late.headers["location"].replace("too+late", "done")
    assert "done" not in _notice((await staff_client.get(forged)).text)
    elsewhere = await staff_client.post(undo, page=path, back="https://evil.example")
    assert elsewhere.headers["location"].startswith("/dashboard?notice=")


async def test_the_e_mail_is_previewed_as_it_is_typed(
    staff_client: Browser, business: Business
) -> None:
    draft_id = await business.make_draft()
    path = f"{INVOICES}/{draft_id}"
    fields = {"to": "ada@example.com", "message": "<b>Hello</b> Ada"}
    preview = await staff_client.post(f"{path}/email-preview", page=path, **fields)
    assert "Invoice INV-00001 " in preview.text
    assert "&lt;b&gt;Hello&lt;/b&gt; Ada" in preview.text
    assert preview.headers["content-security-policy"].endswith("sandbox")
    assert (await Invoice.get(id=draft_id)).status == "DRAFT"
    assert (await staff_client.get(f"{INVOICES}/{uuid4()}/email-preview")).status_code == 404


async def test_a_sent_e_mail_is_shown_as_it_would_read_today(
    staff_client: Browser, business: Business, rival: Business, portal_url: str
) -> None:
    invoice_id = await business.make_invoice()
    path = f"{INVOICES}/{invoice_id}"
    await _send(staff_client, business, invoice_id, to=_address(), message="Hello <Ada>")
    delivery = await EmailDelivery.get(invoice_id=invoice_id)
    shown = f"/dashboard/e-mails/{delivery.id}"
    assert f'href="{shown}" data-dialog>Show e-mail' in (await staff_client.get(path)).text
    assert f"E-mail to {delivery.recipient}" in (await staff_client.get(shown)).text
    content = await staff_client.get(f"{shown}/content")
    assert "Hello &lt;Ada&gt;" in content.text
    assert content.headers["content-security-policy"].endswith("sandbox")
    preference = await business.make_preference(delivery.recipient)
    await turn_off(preference, [MailCategory.DOCUMENT], OptOutOrigin.LINK)
    assert "It would no longer be sent." in (await staff_client.get(f"{shown}/content")).text
    async with signed_in(portal_url, rival) as foreign:
        assert (await foreign.get(shown)).status_code == 404
        assert (await foreign.get(f"{shown}/content")).status_code == 404
    await EmailDelivery.filter(id=delivery.id).update(status="FAILED", sent_at=None)
    assert (await staff_client.get(shown)).status_code == 404


async def test_invalid_e_mail_form_keeps_the_entered_values(
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


async def test_cancelled_invoice_keeps_its_link_and_can_t_be_sent(
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


async def test_result_of_another_e_mail_is_not_found(
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
async def test_another_company_s_invoice_can_t_be_shared(
    staff_client: Browser, rival: Business, path: str
) -> None:
    foreign = await rival.make_invoice()
    token = await rival.share(foreign)
    url = f"{INVOICES}/{foreign}/{path}"
    assert (await staff_client.get(url)).status_code == 404
    assert (await staff_client.post(url, page=INVOICES, to=_address())).status_code == 404
    assert (await staff_client.get(f"{INVOICES}/{foreign}/share/qr.svg")).status_code == 404
    assert await _token(foreign) == token


@pytest.mark.parametrize("path", _PATHS)
async def test_sharing_requires_manage_invoices(
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
        assert "This needs the permission “Write and send invoices”." in page.text
    assert await _token(invoice_id) == token


@pytest.mark.parametrize("path", _PATHS)
async def test_form_from_another_site_changes_nothing(
    staff_client: Browser, business: Business, path: str
) -> None:
    invoice_id = await business.make_invoice()
    url = f"{INVOICES}/{invoice_id}/{path}"
    same = {"sec-fetch-site": "same-origin"}
    response = await staff_client.http.post(url, data={"form_token": "forged"}, headers=same)
    assert response.status_code == 403
    assert await _token(invoice_id) is None
