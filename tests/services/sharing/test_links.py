"""Sharing and revoking links."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from models import AuditEntry, Customer
from tests.support.clients import Business
from tests.support.sql_statements import statements

_INVOICE: Final = "query($token: String!) { invoice(token: $token) { number status } }"
_QUOTE: Final = "query($token: String!) { quote(token: $token) { status } }"
_NOTE: Final = "query($token: String!) { creditNote(token: $token) { status number } }"
_AUDIT: Final = "{ company { auditEntries(first: 100) { edges { node { action %s } } } } }"


async def _audit(business: Business, fields: str) -> list[dict[str, Any]]:
    """Return the entries of the audit log about links, the oldest first."""
    log = (await business.gql(_AUDIT % fields))["company"]["auditEntries"]
    entries = [edge["node"] for edge in reversed(log["edges"])]
    return [entry for entry in entries if "_SHARE" in entry["action"]]


async def _revoke_customer(business: Business, customer_id: str) -> Any:
    return await business.mutate(
        "revokeCustomerShares",
        "CustomerRef",
        "{ revoked customer { portalUrl portalSharedAt } }",
        customerId=customer_id,
    )


async def test_sharing_twice_returns_the_same_link(business: Business) -> None:
    invoice_id = await business.make_invoice()
    assert await business.share(invoice_id) == await business.share(invoice_id)


async def test_64_concurrent_shares_get_one_token(business: Business) -> None:
    invoice_id = await business.make_invoice()
    tokens = await asyncio.gather(*(business.share(invoice_id) for _ in range(64)))
    assert len(set(tokens)) == 1
    entries = AuditEntry.filter(company_id=business.company_id, action="INVOICE_SHARED")
    assert await entries.count() == 1


async def test_a_draft_cannot_be_shared(business: Business) -> None:
    invoice_id = await business.make_draft()
    query = "mutation($input: InvoiceRef!) { shareInvoice(input: $input) { token } }"
    refusal = await business.refused(query, input={"invoiceId": invoice_id})
    assert refusal.code == "CONFLICT"
    assert (await business.invoice(invoice_id, "shareUrl"))["shareUrl"] is None


async def test_a_revoked_link_never_works_again(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.revoke(invoice_id)
    assert (await business.stranger.refused(_INVOICE, token=token)).code == "NOT_FOUND"
    assert await business.share(invoice_id) != token
    assert (await business.stranger.refused(_INVOICE, token=token)).code == "NOT_FOUND"


async def test_a_cancelled_invoice_keeps_its_link_and_shows_its_status(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id)
    invoice = (await business.stranger.gql(_INVOICE, token=token))["invoice"]
    assert invoice["status"] == "CANCELLED"
    page = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
    assert page.status_code == 200
    assert "Cancelled" in page.text
    assert await business.share(invoice_id) == token


async def test_a_credit_note_is_shared_once_and_revoked_for_good(business: Business) -> None:
    note_id = await business.make_credit_note(await business.make_customer(), "10")
    tokens = await asyncio.gather(*(business.share_credit_note(note_id) for _ in range(8)))
    assert len(set(tokens)) == 1
    await business.credit_note("voidCreditNote", creditNoteId=note_id)
    opened = await business.stranger.gql(_NOTE, token=tokens[0])
    assert opened == {"creditNote": {"status": "VOID", "number": "CN-00001"}}
    await business.revoke_credit_note(note_id)
    assert (await business.stranger.refused(_NOTE, token=tokens[0])).code == "NOT_FOUND"
    assert await business.share_credit_note(note_id) != tokens[0]
    actions = [entry["action"] for entry in await _audit(business, "action")]
    shared = ["CREDIT_NOTE_SHARED", "CREDIT_NOTE_SHARE_REVOKED", "CREDIT_NOTE_SHARED"]
    assert [action for action in actions if "SHARE" in action] == shared


async def test_the_draft_of_a_credit_note_cannot_be_shared(business: Business) -> None:
    note_id = await business.credit_invoice(await business.make_invoice())
    query = "mutation($input: CreditNoteRef!) { shareCreditNote(input: $input) { token } }"
    refusal = await business.refused(query, input={"creditNoteId": note_id})
    assert (refusal.code, refusal.errors[0]["message"]) == (
        "CONFLICT",
        "A draft can't be shared. Issue it first.",
    )


async def test_a_portal_link_is_created_once_and_revoked_for_good(business: Business) -> None:
    customer_id = await business.make_customer()
    token = await business.share_portal(customer_id)
    assert await business.share_portal(customer_id) == token
    payload = await business.mutate(
        "revokePortalShare",
        "CustomerRef",
        "{ customer { id portalUrl portalSharedAt } }",
        customerId=customer_id,
    )
    dead = {"id": customer_id, "portalUrl": None, "portalSharedAt": None}
    assert payload["customer"] == dead
    assert (await Customer.get(id=customer_id)).portal_token is None
    assert await business.share_portal(customer_id) != token


async def test_all_links_of_a_customer_are_revoked_and_counted(business: Business) -> None:
    customer_id = await business.make_customer()
    shared = [await business.make_invoice(customerId=customer_id) for _ in range(3)]
    tokens = [await business.share(invoice_id) for invoice_id in shared]
    quotes = [await business.make_quote(customerId=customer_id) for _ in range(2)]
    quote_tokens = [await business.share_quote(quote_id) for quote_id in quotes]
    await business.make_invoice(customerId=customer_id)
    await business.make_quote(customerId=customer_id)
    note_id = await business.make_credit_note(customer_id, "10")
    note_token = await business.share_credit_note(note_id)
    other = await business.share(await business.make_invoice())
    other_quote = await business.share_quote(await business.make_quote())
    await business.share_portal(customer_id)
    dead = {"customer": {"portalUrl": None, "portalSharedAt": None}}
    assert await _revoke_customer(business, customer_id) == {"revoked": 7} | dead
    for token in tokens:
        assert (await business.stranger.refused(_INVOICE, token=token)).code == "NOT_FOUND"
        page = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
        assert page.status_code == 404
    for token in quote_tokens:
        assert (await business.stranger.refused(_QUOTE, token=token)).code == "NOT_FOUND"
    assert (await business.stranger.refused(_NOTE, token=note_token)).code == "NOT_FOUND"
    assert (await business.stranger.gql(_INVOICE, token=other))["invoice"]["status"] == "ISSUED"
    assert await business.stranger.gql(_QUOTE, token=other_quote)
    revoked = (await _audit(business, "action subjectId"))[-7:]
    assert revoked[0] == {"action": "PORTAL_SHARE_REVOKED", "subjectId": customer_id}
    assert {(entry["action"], entry["subjectId"]) for entry in revoked[1:]} == {
        *(("QUOTE_SHARE_REVOKED", quote_id) for quote_id in quotes),
        ("CREDIT_NOTE_SHARE_REVOKED", note_id),
        *(("INVOICE_SHARE_REVOKED", invoice_id) for invoice_id in shared),
    }
    assert await _revoke_customer(business, customer_id) == {"revoked": 0} | dead
    assert len(await _audit(business, "id")) == 16


async def test_revoking_all_links_takes_the_same_statements_however_many_there_are(
    business: Business,
) -> None:
    counts = []
    for many in (1, 8):
        customer_id = await business.make_customer()
        for _ in range(many):
            await business.share(await business.make_invoice(customerId=customer_id))
            await business.share_quote(await business.make_quote(customerId=customer_id))
        with statements() as queries:
            payload = await _revoke_customer(business, customer_id)
        assert payload["revoked"] == 2 * many
        counts.append(len(queries))
    assert counts[0] == counts[1]


async def test_issuing_and_cancelling_do_not_deadlock_with_revoking_all_links(
    business: Business,
) -> None:
    customer_id = await business.make_customer()
    issue = "mutation($input: InvoiceRef!) { issueInvoice(input: $input) { __typename } }"
    cancel = "mutation($input: InvoiceRef!) { cancelInvoice(input: $input) { __typename } }"
    for _ in range(6):
        await business.share_portal(customer_id)
        draft = await business.make_draft(customerId=customer_id)
        invoices = [await business.make_invoice(customerId=customer_id) for _ in range(3)]
        notes = [await business.make_credit_note(customer_id, "5") for _ in range(2)]
        note_draft = await business.draft_credit_note(customer_id, "5")
        for invoice_id in invoices:
            await business.share(invoice_id)
        for note_id in notes:
            await business.share_credit_note(note_id)
        await asyncio.gather(
            *(business.gql(cancel, input={"invoiceId": each}) for each in invoices),
            *(business.credit_note("voidCreditNote", creditNoteId=each) for each in notes),
            _revoke_customer(business, customer_id),
            business.gql(issue, input={"invoiceId": draft}),
            business.credit_note("issueCreditNote", creditNoteId=note_draft),
        )


async def test_links_of_another_company_are_not_revoked(
    business: Business, rival: Business
) -> None:
    invoice_id = await rival.make_invoice()
    token = await rival.share(invoice_id)
    customer_id = (await rival.invoice(invoice_id, "customer { id }"))["customer"]["id"]
    query = "mutation($input: CustomerRef!) { revokeCustomerShares(input: $input) { revoked } }"
    refusal = await business.refused(query, input={"customerId": customer_id})
    assert refusal.code == "NOT_FOUND"
    assert (await rival.stranger.gql(_INVOICE, token=token))["invoice"]["status"] == "ISSUED"


async def test_the_audit_log_has_who_shared_what_and_when(business: Business) -> None:
    began = datetime.now(UTC)
    invoice_id, customer_id = await business.make_invoice(), await business.make_customer()
    await business.share(invoice_id)
    await business.share_portal(customer_id)
    await business.revoke(invoice_id)
    invoice = {"actor": "bootstrap", "subject": "INV-00001", "subjectId": invoice_id}
    portal = {"actor": "bootstrap", "subject": "Ada Lovelace", "subjectId": customer_id}
    assert await _audit(business, "action actor subject subjectId") == [
        {"action": "INVOICE_SHARED"} | invoice,
        {"action": "PORTAL_SHARED"} | portal,
        {"action": "INVOICE_SHARE_REVOKED"} | invoice,
    ]
    times = [datetime.fromisoformat(entry["at"]) for entry in await _audit(business, "at")]
    assert began < times[0] < times[1] < times[2] < datetime.now(UTC)


async def test_shared_invoices_and_customers_can_be_listed(business: Business) -> None:
    customers = [await business.make_customer() for _ in range(2)]
    invoices = [await business.make_invoice(customerId=customers[0]) for _ in range(2)]
    await business.share(invoices[0])
    await business.share_portal(customers[1])
    listed = (
        "query($shared: Boolean) { company { invoices(shared: $shared) { edges { node { id } } }"
        " customers(shared: $shared) { edges { node { id } } } } }"
    )
    for shared, expected in (
        (True, {"invoices": [invoices[0]], "customers": [customers[1]]}),
        (False, {"invoices": [invoices[1]], "customers": [customers[0]]}),
        (None, {"invoices": invoices[::-1], "customers": customers[::-1]}),
    ):
        company = (await business.gql(listed, shared=shared))["company"]
        listed_ids = {name: [e["node"]["id"] for e in company[name]["edges"]] for name in company}
        assert listed_ids == expected
