"""Sharing and revoking links."""

import asyncio

from models import AuditEntry
from tests.clients import Business

_OPEN = "query($token: String!) { invoice(token: $token) { number } }"


async def test_sharing_again_answers_with_the_same_link(business: Business) -> None:
    invoice_id = await business.make_invoice()
    assert await business.share(invoice_id) == await business.share(invoice_id)


async def test_64_at_once_get_one_token(business: Business) -> None:
    invoice_id = await business.make_invoice()
    tokens = await asyncio.gather(*(business.share(invoice_id) for _ in range(64)))
    assert len(set(tokens)) == 1
    assert await AuditEntry.filter(company_id=business.company_id).count() == 1


async def test_a_draft_cannot_be_shared(business: Business) -> None:
    invoice_id = await business.make_draft()
    query = "mutation($input: InvoiceRef!) { shareInvoice(input: $input) { token } }"
    refusal = await business.refused(query, input={"invoiceId": invoice_id})
    assert refusal.code == "CONFLICT"
    assert (await business.invoice(invoice_id, "shareUrl"))["shareUrl"] is None


async def test_a_revoked_link_is_dead_and_never_comes_back(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.revoke(invoice_id)
    assert (await business.stranger.refused(_OPEN, token=token)).code == "NOT_FOUND"
    assert await business.share(invoice_id) != token
    assert (await business.stranger.refused(_OPEN, token=token)).code == "NOT_FOUND"
