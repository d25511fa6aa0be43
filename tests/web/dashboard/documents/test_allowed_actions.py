"""Buttons, `allowedActions` and services agree about what may be done with a document."""

import re
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

import pytest

from auth.staff import Staff, authenticate
from db.transactions import transactional
from errors import PortalError
from models import CreditNote, EmailDelivery, Invoice, Quote, Surplus
from services.billing import (
    credit_applications,
    credit_notes,
    credit_payouts,
    invoices,
    manual_payments,
    quotes,
    write_offs,
)
from services.billing.credit_note_drafts import CreditNoteChanges
from services.billing.invoices import InvoiceDraft
from services.billing.pricing import LineDraft
from services.billing.quotes import QuoteDraft
from services.email import emails
from services.email.emails import EmailOptions
from services.sharing import links
from tests.support.clients import EMAIL_LIMITS, Business
from tests.support.corrections import correct
from tests.support.sql_statements import statements
from tests.support.staff import Browser

Document: TypeAlias = Invoice | Quote | CreditNote
Verb: TypeAlias = Callable[[Staff, str], Awaitable[object]]

_INVOICES: Final = "/dashboard/invoices"
_QUOTES: Final = "/dashboard/quotes"
_NOTES: Final = "/dashboard/credit-notes"
_LINE: Final = LineDraft(description="Work", quantity=Decimal(1), unit_price=Decimal(100))
_FREE: Final = {"description": "A gift", "quantity": "1", "unitPrice": "0"}
_PANEL: Final = {"SEND", "REVOKE_SHARE"}
"""Actions that are in the share panel, not among the page's own buttons."""
_BUTTONS: Final = {"PAYMENT": "RECORD_PAYMENT", "ISSUE_AND_SEND": "ISSUE"}
"""The actions whose page has another name."""
_OTHERS: Final = {"PREVIEW", "REVERSE_WRITE_OFF"}
"""What an invoice's page offers beside actions."""


# --- what the services do -------------------------------------------------------------------------


class _RolledBack(Exception):
    """Ends a trial's transaction. The message is its outcome."""


async def _snapshot(document: Document) -> list[object]:
    own = {"company_id": document.company_id}
    counts = [await model.filter(**own).count() for model in (EmailDelivery, CreditNote)]
    return [await type(document).filter(id=document.id).values(), counts]


@transactional
async def _run_and_roll_back(verb: Verb, staff: Staff, document: Document) -> None:
    before = await _snapshot(document)
    try:
        await verb(staff, str(document.id))
    except PortalError:
        raise _RolledBack("refused") from None
    raise _RolledBack("done" if await _snapshot(document) != before else "nothing to do")


async def _trials(
    verbs: Mapping[str, Verb], business: Business, document: Document
) -> dict[str, str]:
    """Return what each verb would do to the document: "done", "nothing to do" or "refused"."""
    staff = await authenticate(f"Bearer {business.secret}")
    outcomes = {}
    for action, verb in verbs.items():
        with pytest.raises(_RolledBack) as outcome:
            await _run_and_roll_back(verb, staff, document)
        outcomes[action] = str(outcome.value)
    return outcomes


def _agree(offered: set[str], outcomes: dict[str, str]) -> bool:
    """Return whether everything offered works, and everything that has an effect is offered."""
    done = {action for action, outcome in outcomes.items() if outcome == "done"}
    refused = {action for action, outcome in outcomes.items() if outcome == "refused"}
    return done <= offered and not refused & offered


# --- what the pages offer -------------------------------------------------------------------------


async def _buttons(staff_client: Browser, path: str) -> set[str]:
    page = (await staff_client.get(path)).text
    names = re.findall(
        rf'(?:class="button[^"]*"|<li><a(?: class="danger")?) href="{path}/([\w-]+)"', page
    )
    names += re.findall(rf'<form method="post" action="{path}/(\w+)"', page)
    actions = {name.upper().replace("-", "_") for name in names}
    return {_BUTTONS.get(action, action) for action in actions}


async def _invoice_buttons(staff_client: Browser, path: str) -> set[str]:
    page = (await staff_client.get(path)).text
    head = page.partition('id="actions"')[2].partition("</ul>")[0]
    found = re.findall(rf'href="{path}/([\w-]+)"[^>]*>(?:<svg.*?</svg>)?([^<]*)', head)
    # More money than is due can be recorded for any invoice.
    names = {
        name.upper().replace("-", "_") for name, text in found if text != "Record another payment"
    }
    shares = f'action="{path}/share"' in page or 'id="link"' in page
    return {_BUTTONS.get(each, each) for each in names - _OTHERS} | ({"SHARE"} if shares else set())


async def _panel(staff_client: Browser, path: str) -> set[str]:
    page = (await staff_client.get(f"{path}/share")).text
    offered = {"SEND"} if f'action="{path}/share/send"' in page else set()
    return offered | ({"REVOKE_SHARE"} if f'"{path}/share/revoke"' in page else set())


# --- invoices -------------------------------------------------------------------------------------


def _pay(staff: Staff, invoice_id: str) -> Awaitable[object]:
    return manual_payments.record_payment(staff, invoice_id, Decimal(1), "Cash")


async def _edit_invoice(staff: Staff, invoice_id: str) -> object:
    customer_id = str((await Invoice.get(id=invoice_id)).customer_id)
    draft = InvoiceDraft(customer_id=customer_id, lines=[_LINE])
    return await invoices.update_invoice(staff, invoice_id, draft)


_INVOICE_VERBS: Final[dict[str, Verb]] = {
    "EDIT": _edit_invoice,
    "DELETE": invoices.delete_invoice,
    "ISSUE": invoices.issue_invoice,
    "CANCEL": invoices.cancel_invoice,
    "SHARE": links.share_invoice,
    "REVOKE_SHARE": links.revoke_invoice_share,
    "SEND": lambda staff, id_: emails.send_invoice(
        staff, id_, EmailOptions(to="ada@example.com"), limits=EMAIL_LIMITS
    ),
    "REMIND": lambda staff, id_: emails.send_reminder(staff, id_, limits=EMAIL_LIMITS),
    "RECORD_PAYMENT": _pay,
    "CREDIT": lambda staff, id_: credit_notes.credit_invoice(staff, id_, "Returned"),
    "WRITE_OFF": lambda staff, id_: write_offs.write_off(staff, id_, "Fee"),
}


async def _make_invoice(business: Business, state: str) -> str:
    if state == "draft":
        return await business.make_draft()
    if state == "free":
        return await business.make_invoice(lines=[_FREE])
    email = None if state == "without address" else "ada@example.com"
    customer_id = await business.make_customer(email=email)
    invoice_id = await business.make_invoice(customerId=customer_id)
    if state in {"part paid", "paid"}:
        await business.pay(invoice_id, "100" if state == "paid" else "1")
    if state in {"shared", "paid", "cancelled"}:
        await business.share(invoice_id)
    if state == "credited":
        note_id = await business.credit_invoice(invoice_id)
        await business.credit_note("issueCreditNote", creditNoteId=note_id)
    if state == "written off":
        await correct(business, "writeOff", invoiceId=invoice_id, reason="Fee")
    if state == "cancelled":
        ref = {"invoiceId": invoice_id}
        await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", **ref)
    return invoice_id


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("draft", {"EDIT", "DELETE", "ISSUE"}),
        ("issued", {"SHARE", "SEND", "REMIND", "RECORD_PAYMENT", "CANCEL", "CREDIT", "WRITE_OFF"}),
        ("shared", {"SHARE", *_PANEL, "REMIND", "RECORD_PAYMENT", "CANCEL", "CREDIT", "WRITE_OFF"}),
        ("part paid", {"SHARE", "SEND", "REMIND", "RECORD_PAYMENT", "CREDIT", "WRITE_OFF"}),
        ("paid", {"SHARE", "REVOKE_SHARE", "SEND", "CREDIT"}),
        ("credited", {"SHARE", "SEND", "REMIND", "RECORD_PAYMENT", "WRITE_OFF"}),
        ("free", {"SHARE", "SEND", "CANCEL"}),
        ("cancelled", {"SHARE", "REVOKE_SHARE"}),
        ("written off", {"SHARE", "SEND", "RECORD_PAYMENT", "CREDIT"}),
        ("without address", {"SHARE", "SEND", "RECORD_PAYMENT", "CANCEL", "CREDIT", "WRITE_OFF"}),
    ],
)
async def test_an_invoice_offers_what_its_verbs_do(
    staff_client: Browser, business: Business, state: str, allowed: set[str]
) -> None:
    invoice_id = await _make_invoice(business, state)
    row, path = await Invoice.get(id=invoice_id), f"{_INVOICES}/{invoice_id}"
    response = await business.invoice(invoice_id, "allowedActions")
    assert set(response["allowedActions"]) == allowed
    assert await _invoice_buttons(staff_client, path) == allowed - _PANEL
    assert await _panel(staff_client, path) == allowed & _PANEL
    outcomes = await _trials(_INVOICE_VERBS, business, row)
    assert _agree(allowed, outcomes), outcomes


async def test_without_the_permission_no_action_is_allowed(business: Business) -> None:
    invoice_id = await business.make_invoice()
    reader = await business.make_key("VIEW_INVOICES")
    query = "query($id: ID!) { company { invoice(id: $id) { allowedActions } } }"
    response = await reader.gql(query, id=invoice_id)
    assert response["company"]["invoice"]["allowedActions"] == []


async def test_allowed_actions_of_a_list_cost_three_statements(business: Business) -> None:
    for _ in range(3):
        await business.make_invoice()
    query = "query($n: Int!) { company { invoices(first: $n) { edges { node { id %s } } } } }"
    counts = []
    for selection, first in (("", 3), ("allowedActions", 1), ("allowedActions", 3)):
        with statements() as executed:
            await business.gql(query % selection, n=first)
        counts.append(len(executed))
    assert counts == [counts[0], counts[0] + 3, counts[0] + 3]


# --- quotes ---------------------------------------------------------------------------------------


async def _edit_quote(staff: Staff, quote_id: str) -> object:
    customer_id = str((await Quote.get(id=quote_id)).customer_id)
    return await quotes.update_quote(
        staff, quote_id, QuoteDraft(customer_id=customer_id, lines=[_LINE])
    )


_QUOTE_VERBS: Final[dict[str, Verb]] = {
    "EDIT": _edit_quote,
    "DELETE": quotes.delete_quote,
    "SHARE": quotes.share_quote,
    "ACCEPT": quotes.accept_quote,
    "DECLINE": quotes.decline_quote,
    "INVOICE": quotes.invoice_quote,
    "SEND": lambda staff, id_: emails.send_quote(
        staff, id_, EmailOptions(to="ada@example.com"), limits=EMAIL_LIMITS
    ),
    "REVOKE_SHARE": quotes.revoke_quote_share,
}


async def _make_quote(business: Business, state: str) -> str:
    quote_id = await business.make_quote()
    if state != "draft":
        await business.share_quote(quote_id)
    verbs = {"declined": ["decline"], "accepted": ["accept"], "invoiced": ["accept", "invoice"]}
    for verb in verbs.get(state, []):
        await business.mutate(f"{verb}Quote", "QuoteRef", "{ __typename }", quoteId=quote_id)
    return quote_id


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("draft", {"SHARE", "SEND", "EDIT", "DELETE"}),
        ("sent", {"SHARE", "ACCEPT", "DECLINE", *_PANEL}),
        ("accepted", {"SHARE", "INVOICE", *_PANEL}),
        ("invoiced", {"SHARE", *_PANEL}),
        ("declined", {"SHARE", "REVOKE_SHARE"}),
    ],
)
async def test_a_quote_offers_what_its_verbs_do(
    staff_client: Browser, business: Business, state: str, allowed: set[str]
) -> None:
    quote_id = await _make_quote(business, state)
    path = f"{_QUOTES}/{quote_id}"
    response = await business.quote(quote_id, "allowedActions")
    assert set(response["allowedActions"]) == allowed
    assert await _buttons(staff_client, path) == allowed - _PANEL
    assert await _panel(staff_client, path) == allowed & _PANEL
    outcomes = await _trials(_QUOTE_VERBS, business, await Quote.get(id=quote_id))
    assert _agree(allowed, outcomes), outcomes


# --- credit notes ---------------------------------------------------------------------------------


async def _edit_note(staff: Staff, note_id: str) -> object:
    changes = CreditNoteChanges(amount=Decimal(7))
    return await credit_notes.update_credit_note(staff, note_id, changes)


async def _apply_note(staff: Staff, note_id: str) -> object:
    note = await CreditNote.get(id=note_id)
    invoice = await Invoice.get(customer_id=note.customer_id)
    return await credit_applications.apply_credit_note(staff, note_id, str(invoice.id))


_NOTE_VERBS: Final[dict[str, Verb]] = {
    "EDIT": _edit_note,
    "DELETE": credit_notes.delete_credit_note,
    "ISSUE": credit_notes.issue_credit_note,
    "SHARE": links.share_credit_note,
    "REVOKE_SHARE": links.revoke_credit_note_share,
    "SEND": lambda staff, id_: emails.send_credit_note(
        staff, id_, EmailOptions(to="ada@example.com"), limits=EMAIL_LIMITS
    ),
    "APPLY": _apply_note,
    "PAY_OUT": lambda staff, id_: credit_payouts.pay_out_credit(staff, id_, Decimal(1), "Cash"),
    "VOID": credit_notes.void_credit_note,
}


async def _make_note(business: Business, state: str) -> str:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    if state == "draft":
        details: dict[str, Any] = {"customerId": customer_id, "amount": "15"}
        payload = await business.mutate(
            "createCreditNote", "CreateCreditNoteInput", "{ creditNote { id } }", **details
        )
        return str(payload["creditNote"]["id"])
    note_id = await business.make_credit_note(customer_id, "15")
    if state == "shared":
        await business.share_credit_note(note_id)
    if state == "surplus":
        owner: dict[str, Any] = {"company_id": business.company_id, "invoice_id": invoice_id}
        await Surplus.create(**owner, credit_note_id=note_id, amount=1500)
    if state == "void":
        await business.credit_note("voidCreditNote", creditNoteId=note_id)
    if state in {"part applied", "used up"}:
        ref = {"creditNoteId": note_id, "invoiceId": invoice_id}
        amount = {"amount": "5"} if state == "part applied" else {}
        await business.credit_note("applyCreditNote", **ref, **amount)
    return note_id


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("draft", {"EDIT", "DELETE", "ISSUE"}),
        ("issued", {"APPLY", "PAY_OUT", "VOID", "SHARE", "SEND"}),
        ("shared", {"APPLY", "PAY_OUT", "VOID", "SHARE", *_PANEL}),
        ("surplus", {"APPLY", "PAY_OUT", "SHARE", "SEND"}),
        ("part applied", {"APPLY", "PAY_OUT", "SHARE", "SEND"}),
        ("used up", {"SHARE", "SEND"}),
        ("void", {"SHARE"}),
    ],
)
async def test_a_credit_note_offers_what_its_verbs_do(
    staff_client: Browser, business: Business, state: str, allowed: set[str]
) -> None:
    note_id = await _make_note(business, state)
    row, path = await CreditNote.get(id=note_id), f"{_NOTES}/{note_id}"
    query = "query($id: ID!) { company { creditNote(id: $id) { allowedActions } } }"
    response = (await business.gql(query, id=note_id))["company"]["creditNote"]
    assert set(response["allowedActions"]) == allowed
    assert await _buttons(staff_client, path) == allowed - _PANEL
    assert await _panel(staff_client, path) == allowed & _PANEL
    outcomes = await _trials(_NOTE_VERBS, business, row)
    assert _agree(allowed, outcomes), outcomes
