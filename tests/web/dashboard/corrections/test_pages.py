"""Corrections on the pages of invoices and credit notes: each form, its errors, and its history."""

import re
from html import unescape
from typing import Any, Final

import pytest

from models import CreditNote, StripeRefund, User
from tests.support.clients import Business
from tests.support.corrections import correct, invoice_figures, note_figures, payment_ids
from tests.support.staff import INVOICES, Browser
from tests.support.stripe_sandbox import SandboxServer, checkout

NOTES: Final = "/dashboard/credit-notes"


async def submit(client: Browser, path: str, **fields: str) -> tuple[int, str]:
    """Submit a form, and return the status with the address or the error that follows."""
    response = await client.post(path, page=path, **fields)
    if response.status_code == 303:
        return 303, response.headers["location"]
    found = re.search(r'(?:id="error"|class="error">.*?<span)[^>]*>([^<]+)', response.text)
    assert found, response.text
    return response.status_code, unescape(found.group(1))


async def links(client: Browser, path: str) -> list[str]:
    """Return the links of a page's history."""
    page = (await client.get(path)).text
    return re.findall(r'<td [^>]*class="c-act">(?:<a (?:class="n" )?href="([^"]+)")', page)


async def history(client: Browser, invoice_id: str) -> list[list[str]]:
    """Return the cells of each row of an invoice's history but the time."""
    page = (await client.get(f"{INVOICES}/{invoice_id}")).text
    section = page.partition('<section id="payments"')[2].partition("</section>")[0]
    rows = section.partition("<tbody")[2].partition("</tbody>")[0].split("</tr>")[:-1]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)[1:4] for row in rows]
    return [[_text(cell) for cell in row] for row in cells]


def _text(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html)).strip().replace("\N{MINUS SIGN}", "-")


# --- payments -------------------------------------------------------------------------------------


async def test_a_payment_is_reversed_with_a_reason(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "50")
    [path] = await links(staff_client, f"{INVOICES}/{invoice_id}")
    assert "Reverse the payment of €50.00?" in (await staff_client.get(path)).text
    assert await submit(staff_client, path, reason="") == (400, "This is required.")
    saved = await submit(staff_client, path, reason="Wrong <invoice>")
    assert saved[0] == 303
    assert (
        "Payment of €50.00 reversed. €100.00 is due on invoice INV-00001, instead of"
        in (await staff_client.get(saved[1])).text
    )
    user = await User.get(company_id=business.company_id)
    assert await history(staff_client, invoice_id) == [
        ["Payment, Cash", "bootstrap", "€50.00"],
        ["Payment reversed, Cash", f"{user.name or user.email}: Wrong <invoice>", "-€50.00"],
    ]
    assert await links(staff_client, f"{INVOICES}/{invoice_id}") == []


async def test_more_than_is_due_is_kept_as_credit(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    path = f"{INVOICES}/{invoice_id}/payment"
    payment = {"amount": "100.50", "method": "Bank transfer", "received_on": "2026-02-28"}
    assert await submit(staff_client, path, **payment) == (400, "Only 100.00 EUR is due.")
    assert (await submit(staff_client, path, **payment, surplus="yes"))[0] == 303
    assert [row[0::2] for row in await history(staff_client, invoice_id)] == [
        ["Payment, Bank transfer", "€100.50"],
        ["Surplus kept as credit, CN-00001", "-€0.50"],
    ]
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}")).text
    assert f'<a href="{path}" data-dialog>Keep it as credit</a>' in page
    assert 'name="surplus" value="yes" checked' in (await staff_client.get(path)).text


async def test_a_refusal_says_what_to_take_back_first(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    money = {"invoiceId": invoice_id, "amount": "150", "method": "bank"}
    await correct(business, "recordPayment", **money, surplusAsCredit=True)
    note = await CreditNote.get(surpluses__invoice_id=invoice_id)
    await correct(business, "payOutCredit", creditNoteId=str(note.id), amount="50", method="bank")
    [path] = await links(staff_client, f"{INVOICES}/{invoice_id}")
    assert await submit(staff_client, path, reason="Typo") == (
        409,
        "The surplus became credit note CN-00001, which was then paid out. Reverse that first.",
    )


@pytest.fixture
async def paid_online(seller: Business, sandbox_server: SandboxServer) -> str:
    """Return the id of an invoice that was paid through Stripe."""
    invoice_id = await seller.make_invoice()
    url = (await checkout(seller.stranger, await seller.share(invoice_id)))["url"]
    sandbox_server.sandbox.pay(sandbox_server.session(url))
    await sandbox_server.webhooks_delivered()
    return invoice_id


async def test_a_payment_is_refunded_and_credited(
    staff_client: Browser, seller: Business, paid_online: str, sandbox_server: SandboxServer
) -> None:
    [path] = await links(staff_client, f"{INVOICES}/{paid_online}")
    form = (await staff_client.get(path)).text
    assert 'value="100.00"' in form
    assert re.search(r'name="credit" value="yes"[^>]* checked', form)
    for text in ("Nothing will be due.", "€100.00 will be due on invoice INV-00001 again."):
        assert text in form
    assert "Visa ending in 4242" in form
    too_much = await submit(staff_client, path, amount="100.01", reason="")
    assert too_much == (400, "Only 100.00 EUR of this payment can be refunded.")
    fields = {"amount": "40", "reason": "Returned", "credit": "yes", "idempotency_key": "once"}
    for _ in range(2):
        status, url = await submit(staff_client, path, **fields)
        assert (status, url.partition("?")[0]) == (303, f"{INVOICES}/{paid_online}")
    await sandbox_server.webhooks_delivered()
    assert await invoice_figures(seller, paid_online) == ("PAID", "100.00", "0.00", "0.00")
    [payment, *others] = await history(staff_client, paid_online)
    assert payment[0].startswith("Payment, Visa ending in 4242 pi_")
    assert [row[0::2] for row in others] == [
        ["Refund, Visa ending in 4242", "-€40.00"],
        ["Credit applied, CN-00001", "€40.00"],
    ]


async def test_a_payment_of_several_invoices_names_the_others(
    sandbox_server: SandboxServer, staff_client: Browser, business: Business
) -> None:
    await sandbox_server.connect(business)
    customer_id = await business.make_customer()
    ids = [await business.make_invoice(customerId=customer_id) for _ in range(2)]
    numbers = [(await business.invoice(id_, "number"))["number"] for id_ in ids]
    data = await business.stranger.gql(
        "mutation($input: CheckoutSeveralInput!) { checkoutSeveral(input: $input) { url } }",
        input={"token": await business.share_portal(customer_id), "numbers": numbers},
    )
    sandbox_server.sandbox.pay(sandbox_server.session(data["checkoutSeveral"]["url"]))
    await sandbox_server.webhooks_delivered()
    [[what, *_]] = await history(staff_client, ids[0])
    assert f"part of €200.00, together with {numbers[1]}" in what


async def test_a_refund_that_stripe_refused_stays_in_the_history(
    staff_client: Browser, seller: Business, paid_online: str, sandbox_server: SandboxServer
) -> None:
    [payment_id] = await payment_ids(seller, paid_online)
    refund: dict[str, Any] = {"payment_id": payment_id, "amount": 10_00, "actor": "Ada"}
    await StripeRefund.create(
        company_id=seller.company_id, status="FAILED", detail="Too late.", **refund
    )
    assert (await history(staff_client, paid_online))[-1] == [
        "Refund failed",
        "Ada: Too late.",
        "€10.00",
    ]
    assert sandbox_server.url


# --- write-offs -----------------------------------------------------------------------------------


async def test_an_amount_due_is_written_off_and_taken_back(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    path = f"{INVOICES}/{invoice_id}/write-off"
    assert 'value="100.00"' in (await staff_client.get(path)).text
    assert await submit(staff_client, path, amount="100.01", reason="Fee") == (
        400,
        "Only 100.00 EUR is due.",
    )
    assert (await submit(staff_client, path, amount="0.10", reason="Fee"))[0] == 303
    page = (await staff_client.get(f"{INVOICES}/{invoice_id}")).text
    assert '<span class="n">€0.10</span> written off' in page
    [back] = await links(staff_client, f"{INVOICES}/{invoice_id}")
    assert (await submit(staff_client, back, reason="Paid"))[0] == 303
    assert await invoice_figures(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    assert [row[0] for row in await history(staff_client, invoice_id)] == [
        "Written off",
        "Write-off reversed",
    ]


# --- credit ---------------------------------------------------------------------------------------


async def test_credit_is_taken_off_an_invoice(staff_client: Browser, business: Business) -> None:
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, "60")
    invoice_id = await business.make_invoice(customerId=customer_id)
    await business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id)
    [path] = await links(staff_client, f"{INVOICES}/{invoice_id}")
    assert await links(staff_client, f"{NOTES}/{note_id}") == [path]
    assert (await submit(staff_client, path, reason="Not his"))[0] == 303
    assert await note_figures(business, note_id) == ("ISSUED", "60.00", "0.00")
    page = (await staff_client.get(f"{NOTES}/{note_id}")).text
    assert "<s>€60.00</s>" in page
    assert ": Not his</span>" in page
    assert await links(staff_client, f"{NOTES}/{note_id}") == []


async def test_credit_is_paid_out_and_taken_back(staff_client: Browser, business: Business) -> None:
    note_id = await business.make_credit_note(await business.make_customer(), "60")
    path = f"{NOTES}/{note_id}/pay-out"
    assert 'value="60.00"' in (await staff_client.get(path)).text
    payout = {"method": "Bank transfer", "reference": "T-7"}
    assert await submit(staff_client, path, amount="61", **payout) == (
        400,
        "Only 60.00 EUR is left of this credit note.",
    )
    saved = await submit(staff_client, path, amount="20", **payout)
    assert saved == (303, f"{NOTES}/{note_id}#payouts")
    page = (await staff_client.get(f"{NOTES}/{note_id}")).text
    for text in ("<dt>Paid out</dt><dd>€20.00</dd>", "Bank transfer", "T-7"):
        assert text in page
    [back] = await links(staff_client, f"{NOTES}/{note_id}")
    assert (await submit(staff_client, back, reason="Came back"))[0] == 303
    assert await note_figures(business, note_id) == ("ISSUED", "60.00", "0.00")


# --- who may --------------------------------------------------------------------------------------


async def test_corrections_need_the_permission_and_one_s_own_rows(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    async def paths(owner: Business) -> list[str]:
        customer_id = await owner.make_customer()
        note_id = await owner.make_credit_note(customer_id, "60")
        invoice_id = await owner.make_invoice(customerId=customer_id)
        await owner.pay(invoice_id, "10")
        ref = {"creditNoteId": note_id, "invoiceId": invoice_id}
        await owner.credit_note("applyCreditNote", **ref, amount="10")
        await correct(owner, "payOutCredit", creditNoteId=note_id, amount="1", method="bank")
        query = (
            "query($i: ID!, $n: ID!) { company { invoice(id: $i) { payments { id } credits { id } }"
            " creditNote(id: $n) { payouts { id } } } }"
        )
        seen = (await owner.gql(query, i=invoice_id, n=note_id))["company"]
        [payment], [credit] = seen["invoice"]["payments"], seen["invoice"]["credits"]
        [payout] = seen["creditNote"]["payouts"]
        return [
            f"/dashboard/payments/{payment['id']}/reverse",
            f"/dashboard/payments/{payment['id']}/refund",
            f"/dashboard/applied-credit/{credit['id']}/reverse",
            f"/dashboard/payouts/{payout['id']}/reverse",
            f"{NOTES}/{note_id}/pay-out",
            f"{INVOICES}/{invoice_id}/write-off",
            f"{INVOICES}/{invoice_id}/reverse-write-off",
        ]

    own, foreign = await paths(business), await paths(rival)
    for path in foreign:
        assert (await staff_client.get(path)).status_code == 404
        response = await staff_client.post(path, page=INVOICES, reason="x", amount="1", method="x")
        assert response.status_code == 404
    await User.filter(company_id=business.company_id).update(permissions="VIEW_INVOICES")
    for path in own:
        assert (await staff_client.get(path)).status_code == 403
    for page in (own[4].removesuffix("/pay-out"), own[5].removesuffix("/write-off")):
        assert await links(staff_client, page) == []
