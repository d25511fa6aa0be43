"""Actions of staff on quotes and credit notes."""

import re
from html import unescape
from typing import Final
from uuid import UUID

import pytest
from tortoise.models import Model

from models import CreditApplication, CreditNote, EmailDelivery, Invoice, Quote, User
from tests.services.email.test_emails import make_retry_due
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.staff import INVOICES, Browser

QUOTES: Final = "/dashboard/quotes"
NOTES: Final = "/dashboard/credit-notes"


def _offered(page: str, path: str) -> list[str]:
    """Return the actions that a page offers, in order."""
    return re.findall(rf'<a [^>]*href="{path}/([a-z]+)"[^>]* data-dialog', page)


async def _do(staff_client: Browser, path: str, action: str, **fields: str) -> tuple[int, str]:
    """Submit the form of an action; return the status, and the redirect or the error message."""
    response = await staff_client.post(f"{path}/{action}", page=path, **fields)
    error_text = re.search(r'(?:id="error"|class="error">.*?<span)[^>]*>([^<]*)', response.text)
    return response.status_code, response.headers.get("location") or (
        unescape(error_text.group(1)) if error_text else ""
    )


async def _draft_of_a_note(business: Business, amount: str = "15") -> str:
    payload = await business.mutate(
        "createCreditNote",
        "CreateCreditNoteInput",
        "{ creditNote { id } }",
        customerId=await business.make_customer(),
        amount=amount,
    )
    return str(payload["creditNote"]["id"])


# --- quotes ---------------------------------------------------------------------------------------


async def test_quote_goes_from_draft_to_invoice(staff_client: Browser, business: Business) -> None:
    quote_id = await business.make_quote()
    path = f"{QUOTES}/{quote_id}"
    assert _offered((await staff_client.get(path)).text, path) == ["share", "delete"]
    page = unescape((await staff_client.get(f"{path}/share")).text)
    assert "Sharing marks the quote as sent. You can't edit it after that." in page
    assert (await Quote.get(id=quote_id)).share_token is None
    assert await _do(staff_client, path, "share") == (303, f"{path}/share")
    token = (await Quote.get(id=quote_id)).share_token
    page = (await staff_client.get(f"{path}/share")).text
    assert f'/quote/{token}"' in page
    assert f'data-pdf="/quotes/{quote_id}.pdf"' in page
    assert 'data-text="Quote Q-00001 from Acme Ltd"' in page
    assert _offered((await staff_client.get(path)).text, path) == ["share", "accept", "decline"]
    assert await _do(staff_client, path, "accept") == (303, path)
    assert _offered((await staff_client.get(path)).text, path) == ["invoice", "share"]
    status, location = await _do(staff_client, path, "invoice")
    invoice = await Invoice.get(company_id=business.company_id)
    assert (status, location) == (303, f"{INVOICES}/{invoice.id}")
    assert _offered((await staff_client.get(path)).text, path) == ["share"]
    # A second click leads to the invoice that the first one created.
    assert await _do(staff_client, path, "invoice") == (303, location)
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_quote_s_link_is_revoked_after_confirmation(
    staff_client: Browser, business: Business
) -> None:
    quote_id = await business.make_quote()
    token = await business.share_quote(quote_id)
    path = f"{QUOTES}/{quote_id}"
    page = (await staff_client.get(f"{path}/share/revoke")).text
    assert "Stop sharing quote Q-00001?" in page
    code = await staff_client.get(f"{path}/share/qr.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert await _do(staff_client, path, "share/revoke") == (303, f"{path}/share")
    assert (await Quote.get(id=quote_id)).share_token is None
    assert (await business.http.get(f"/quote/{token}")).status_code == 404
    assert (await staff_client.get(f"{path}/share/qr.svg")).status_code == 404


async def test_quote_is_sent_by_e_mail(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    quote_id = await business.make_quote()
    await business.share_quote(quote_id)
    path, address = f"{QUOTES}/{quote_id}", f"{quote_id}@example.com"
    status, location = await _do(staff_client, path, "share/send", to=address, message="See you.")
    assert status == 303
    assert f"E-mail to <bdi>{address}</bdi> leaves in" in (await staff_client.get(location)).text
    await make_retry_due(business)

    async def has_arrived() -> bool:
        return bool(mailbox.arrived[address])

    await eventually(has_arrived)
    assert len(mailbox.arrived[address]) == 1


async def test_declined_quote_stays_declined(staff_client: Browser, business: Business) -> None:
    quote_id = await business.make_quote()
    await business.share_quote(quote_id)
    path = f"{QUOTES}/{quote_id}"
    assert await _do(staff_client, path, "decline") == (303, path)
    assert _offered((await staff_client.get(path)).text, path) == ["share"]
    assert "Send by e-mail" not in (await staff_client.get(f"{path}/share")).text
    status, error_text = await _do(staff_client, path, "accept")
    assert status == 409
    assert "Only a sent quote can be accepted or declined." in error_text


@pytest.mark.parametrize("kind", ["invoice", "quote", "credit note"])
async def test_draft_is_deleted_after_confirmation(
    staff_client: Browser, business: Business, kind: str
) -> None:
    models: dict[str, type[Model]] = {"invoice": Invoice, "quote": Quote, "credit note": CreditNote}
    model = models[kind]
    listed = f"/dashboard/{kind.replace(' ', '-')}s"
    makers = {
        "invoice": business.make_draft,
        "quote": business.make_quote,
        "credit note": lambda: _draft_of_a_note(business),
    }
    draft_id = await makers[kind]()
    path = f"{listed}/{draft_id}"
    assert "Delete draft " in (await staff_client.get(f"{path}/delete")).text
    assert await model.exists(id=draft_id)
    assert await _do(staff_client, path, "delete") == (303, listed)
    assert not await model.exists(id=draft_id)


async def test_what_can_t_be_done_is_refused_before_it_is_asked_about(
    staff_client: Browser, business: Business
) -> None:
    note = f"{NOTES}/{await business.make_credit_note(await business.make_customer(), '15')}"
    draft = f"{NOTES}/{await _draft_of_a_note(business)}"
    invoice_id = await business.make_invoice()
    await business.pay(invoice_id, "100")
    invoice = f"{INVOICES}/{invoice_id}"
    for page in (f"{note}/delete", f"{draft}/void", f"{invoice}/delete", f"{invoice}/remind"):
        assert (await staff_client.get(page)).status_code == 409, page
    edit = await staff_client.get(f"{note}/edit")
    assert (edit.status_code, edit.headers["location"]) == (303, note)


# --- credit notes ---------------------------------------------------------------------------------


async def test_credit_note_is_issued_and_applied(staff_client: Browser, business: Business) -> None:
    note_id = await _draft_of_a_note(business)
    note = await CreditNote.get(id=note_id)
    invoice_id = await business.make_invoice(customerId=str(note.customer_id))
    await business.make_invoice(customerId=str(note.customer_id), currency="USD")
    path = f"{NOTES}/{note_id}"
    assert _offered((await staff_client.get(path)).text, path) == ["issue", "edit", "delete"]
    assert await _do(staff_client, path, "issue") == (303, path)
    assert _offered((await staff_client.get(path)).text, path) == ["apply", "share", "void"]
    page = (await staff_client.get(f"{path}/apply")).text
    assert re.findall(r'<option value="([^"]*)"', page) == [invoice_id]
    assert "INV-00001: €100.00 due" in page
    assert "€85.00 will be due on invoice INV-00001, instead of €100.00." in page
    fields = {"invoice": invoice_id, "amount": "4.50", "idempotency_key": "once"}
    asked = await staff_client.post(f"{path}/apply", page=path, preview="yes", **fields)
    assert "€95.50 will be due on invoice INV-00001, instead of €100.00." in asked.text
    assert (await Invoice.get(id=invoice_id)).amount_due == 10000
    for _ in range(2):
        status, location = await _do(staff_client, path, "apply", **fields)
        assert (status, location.partition("?")[0]) == (303, path)
    assert (await Invoice.get(id=invoice_id)).amount_due == 9550
    assert _offered((await staff_client.get(path)).text, path) == ["apply", "share"]
    await _do(staff_client, path, "apply", invoice=invoice_id, amount="")
    assert (await Invoice.get(id=invoice_id)).amount_due == 8500
    assert _offered((await staff_client.get(path)).text, path) == ["share"]
    assert "INV-00001" in (await staff_client.get(path)).text


@pytest.mark.parametrize(
    ("amount", "error_text"),
    [
        ("20", "Only 15.00 EUR is left of this credit note."),
        ("much", "Enter an amount, like 450 or 1,200.50."),
        ("0", "The amount must be greater than zero."),
    ],
)
async def test_too_large_credit_application_shows_an_error_at_the_amount(
    staff_client: Browser, business: Business, amount: str, error_text: str
) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    path = f"{NOTES}/{await business.make_credit_note(customer_id, '15')}"
    assert await _do(staff_client, path, "apply", invoice=invoice_id, amount=amount) == (
        400,
        error_text,
    )
    assert (await Invoice.get(id=invoice_id)).amount_due == 10000


async def test_credit_can_t_be_applied_to_another_customer_s_invoice(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    path = f"{NOTES}/{await business.make_credit_note(await business.make_customer(), '15')}"
    assert "has no open invoices in EUR" in (await staff_client.get(f"{path}/apply")).text
    foreign, other = await rival.make_invoice(), await business.make_invoice()
    assert (await _do(staff_client, path, "apply", invoice=foreign))[0] == 404
    status, error_text = await _do(staff_client, path, "apply", invoice=other)
    assert (status, error_text) == (
        400,
        "The invoice belongs to another customer, or is in another currency.",
    )
    assert await CreditApplication.filter(company_id=business.company_id).count() == 0


async def test_credit_note_is_voided_after_confirmation(
    staff_client: Browser, business: Business
) -> None:
    path = f"{NOTES}/{await business.make_credit_note(await business.make_customer(), '15')}"
    assert await _do(staff_client, path, "void") == (303, path)
    assert _offered((await staff_client.get(path)).text, path) == ["share"]


# --- who may --------------------------------------------------------------------------------------


_QUOTE_ACTIONS: Final = ("share", "share/send", "share/revoke", "accept", "decline", "delete")
_NOTE_ACTIONS: Final = ("issue", "apply", "void", "delete")


async def _rows(business: Business) -> list[object]:
    """Return everything that the forms could have changed."""
    return [
        await Quote.filter(company_id=business.company_id).values("status", "share_token"),
        await CreditNote.filter(company_id=business.company_id).values("status", "applied"),
        await EmailDelivery.filter(company_id=business.company_id).count(),
    ]


async def _targets(business: Business) -> list[str]:
    quote_id, note_id = await business.make_quote(), await _draft_of_a_note(business)
    return [
        *(f"{QUOTES}/{UUID(quote_id)}/{action}" for action in (*_QUOTE_ACTIONS, "invoice")),
        *(f"{NOTES}/{UUID(note_id)}/{action}" for action in _NOTE_ACTIONS),
    ]


async def test_staff_without_manage_invoices_see_no_actions_and_are_refused(
    staff_client: Browser, business: Business
) -> None:
    targets = await _targets(business)
    before = await _rows(business)
    await User.filter(company_id=business.company_id).update(permissions="VIEW_INVOICES")
    for target in targets:
        path = target.split("/share")[0] if "/share" in target else target.rpartition("/")[0]
        assert _offered((await staff_client.get(path)).text, path) == []
        assert (await staff_client.get(target)).status_code == 403
        assert (await staff_client.post(target, page=QUOTES)).status_code == 403
    assert await _rows(business) == before


async def test_another_company_s_documents_can_t_be_acted_on(
    staff_client: Browser, rival: Business
) -> None:
    targets = await _targets(rival)
    before = await _rows(rival)
    for target in targets:
        assert (await staff_client.get(target)).status_code == 404
        assert (await staff_client.post(target, page=QUOTES)).status_code == 404
    assert await _rows(rival) == before


async def test_forged_form_changes_nothing(staff_client: Browser, business: Business) -> None:
    targets = await _targets(business)
    before = await _rows(business)
    for target in targets:
        response = await staff_client.http.post(
            target, data={"form_token": "forged"}, headers={"sec-fetch-site": "same-origin"}
        )
        assert response.status_code == 403
    assert await _rows(business) == before
