"""Receipts: what their PDFs state, what is shown on them later, and for whom they are."""

from typing import Any, Final
from uuid import uuid4

import httpx

from models import Payment
from tests.pdf.readers import read, squash
from tests.support.clients import Business
from tests.support.stripe_sandbox import SandboxServer, checkout
from tests.web.public.test_pdfs import get, path_of

_RECEIPTS: Final = (
    "query($token: String!) { invoice(token: $token)"
    " { payments { kind receiptUrl receiptPageUrl } } }"
)
_REVERSE: Final = (
    "mutation($input: ReversePaymentInput!) { reversePayment(input: $input) {__typename} }"
)
_LINES: Final = [{"description": "Oak table", "quantity": "1", "unitPrice": "100", "taxRate": "19"}]


async def _receipts(business: Business, token: str) -> list[Any]:
    """Return the receipts of the invoice, each with its PDF's and its page's path."""
    invoice = (await business.stranger.gql(_RECEIPTS, token=token))["invoice"]
    return [
        (path_of(payment["receiptUrl"]), path_of(payment["receiptPageUrl"]))
        for payment in invoice["payments"]
        if payment["kind"] == "PAYMENT"
    ]


async def _text(business: Business, path: str) -> str:
    """Return the text of a PDF, without spaces."""
    response = await get(business, path)
    assert response.status_code == httpx.codes.OK
    assert response.headers["content-type"] == "application/pdf"
    return squash("".join(read(response.content).pages))


async def test_a_receipt_states_what_a_full_payment_included(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=_LINES)
    token = await business.share(invoice_id)
    await business.pay(invoice_id, "119")
    [(pdf, page)] = await _receipts(business, token)
    text, html = await _text(business, pdf), squash((await get(business, page)).text)
    number = (await business.invoice(invoice_id, "number"))["number"]
    for expected in (
        f"Receipt for invoice {number}",
        "Paid with Cash",
        "Amount paid €119.00",
        "includes Tax 19% on €100.00 €19.00",
        "Left to pay on this invoice €0.00",
    ):
        assert squash(expected) in text
    assert squash("€119.00") in html
    assert squash("includes Tax 19% on €100.00") in html


async def test_each_part_payment_has_a_receipt_without_taxes(business: Business) -> None:
    invoice_id = await business.make_invoice(lines=_LINES)
    token = await business.share(invoice_id)
    await business.pay(invoice_id, "20")
    await business.pay(invoice_id, "30")
    first, second = [await _text(business, pdf) for pdf, _ in await _receipts(business, token)]
    assert squash("Amount paid €20.00") in first
    assert squash("Amount paid €30.00") in second
    assert squash("Left to pay on this invoice €69.00") in first
    assert "Tax" not in first + second


async def test_a_refund_is_shown_on_the_receipt_of_its_payment(
    business: Business, sandbox_server: SandboxServer
) -> None:
    await sandbox_server.connect(business)
    token = await business.share(await business.make_invoice())
    session = sandbox_server.session((await checkout(business.stranger, token))["url"])
    sandbox_server.sandbox.pay(session)
    await sandbox_server.webhooks_delivered()
    sandbox_server.sandbox.refund(session, 40_00)
    await sandbox_server.webhooks_delivered()
    [(pdf, _)] = await _receipts(business, token)
    text = await _text(business, pdf)
    assert squash("Paid with Visa ending in 4242") in text
    assert squash("Amount paid €100.00 Refund, ") in text
    assert squash("\N{MINUS SIGN}€40.00 Left to pay on this invoice €40.00") in text


async def test_the_receipt_of_a_payment_recorded_by_mistake_is_void(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.pay(invoice_id, "100")
    [(pdf, page)] = await _receipts(business, token)
    payment = await Payment.get(invoice_id=invoice_id)
    reversal = {"paymentId": str(payment.id), "reason": "Typed twice."}
    await business.gql(_REVERSE, input=reversal)
    assert squash("Payment corrected") in await _text(business, pdf)
    html = (await get(business, page)).text
    assert "Void" in html
    assert "Typed twice" not in html
    await business.mutate("cancelInvoice", "InvoiceRef", "{ __typename }", invoiceId=invoice_id)
    assert "Download receipt" not in (await get(business, f"/invoice/{token}")).text


async def test_receipts_open_by_the_portals_link_and_for_staff(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id, number="2026/7")
    await business.pay(invoice_id, "100")
    portal = await business.share_portal(customer_id)
    payment = await Payment.get(invoice_id=invoice_id)
    page = f"/portal/{portal}/2026%2F7/receipt/{payment.id}"
    paths = [page, f"{page}.pdf", f"/receipts/{payment.id}.pdf"]
    stranger = [(await get(business, path)).status_code for path in paths]
    assert stranger == [200, 200, 401]
    staff = await business.http.get(paths[2], headers=business.headers)
    assert staff.content == (await get(business, paths[1])).content


async def test_a_link_opens_receipts_of_its_own_payments_only(
    business: Business, rival: Business
) -> None:
    own = await business.make_invoice()
    token = await business.share(own)
    other = await business.make_invoice()
    await business.pay(other, "100")
    payment = await Payment.get(invoice_id=other)
    bodies = set()
    for path in (payment.id, uuid4(), f"{payment.id}.pdf", f"{uuid4()}.pdf"):
        response = await get(business, f"/invoice/{token}/receipt/{path}")
        assert response.status_code == httpx.codes.NOT_FOUND
        bodies.add(response.text)
    assert len(bodies) == 1
    theirs = await business.http.get(f"/receipts/{payment.id}.pdf", headers=rival.headers)
    assert theirs.status_code == httpx.codes.NOT_FOUND
