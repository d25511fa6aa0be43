"""Clients pay invoices with their credit, from their portal."""

import asyncio
from typing import Any

from models import AuditAction, AuditEntry, CreditApplication, CreditNote
from tests.support.clients import Business
from tests.support.stripe_sandbox import figures

_USE = """
    mutation($input: UseCreditInput!) {
        useCredit(input: $input) { applied { amount } invoice { status amountDue { amount } } }
    }
"""


async def _use(business: Business, token: str, number: str) -> Any:
    input_ = {"token": token, "number": number}
    return (await business.stranger.gql(_USE, input=input_))["useCredit"]


async def _invoice(business: Business, customer_id: str, **details: object) -> tuple[str, str]:
    """Return the id and number of a new invoice over 100.00."""
    id_ = await business.make_invoice(customerId=customer_id, **details)
    return id_, (await business.invoice(id_, "number"))["number"]


async def test_open_credit_pays_an_invoice_the_oldest_first(business: Business) -> None:
    customer_id = await business.make_customer(name="Grace")
    for amount in ("30.00", "90.00"):
        await business.make_credit_note(customer_id, amount)
    await business.make_credit_note(customer_id, "50.00", currency="USD")
    id_, number = await _invoice(business, customer_id)
    token = await business.share_portal(customer_id)
    used = await _use(business, token, number)
    assert used["applied"] == {"amount": "100.00"}
    assert used["invoice"] == {"status": "PAID", "amountDue": {"amount": "0.00"}}
    notes = await CreditNote.filter(customer_id=customer_id).order_by("number")
    assert [note.applied for note in notes] == [30_00, 70_00, 0]
    rows = await CreditApplication.filter(invoice_id=id_)
    assert {row.actor for row in rows} == {"Grace (client)"}
    entries = AuditEntry.filter(
        company_id=business.company_id, action=AuditAction.CREDIT_NOTE_APPLIED
    )
    assert {entry.actor for entry in await entries} == {"Grace (client)"}


async def test_using_credit_again_or_twice_at_once_has_no_further_effect(
    business: Business,
) -> None:
    customer_id = await business.make_customer()
    await business.make_credit_note(customer_id, "30.00")
    id_, number = await _invoice(business, customer_id)
    token = await business.share_portal(customer_id)
    both = await asyncio.gather(*(_use(business, token, number) for _ in range(2)))
    assert sorted(each["applied"]["amount"] for each in both) == ["0.00", "30.00"]
    assert (await _use(business, token, number))["applied"] == {"amount": "0.00"}
    assert await figures(business, id_) == ("PARTIALLY_PAID", "30.00", "0.00", "70.00")


async def test_two_invoices_share_the_credit_that_there_is(business: Business) -> None:
    customer_id = await business.make_customer()
    for amount in ("100.00", "30.00"):
        await business.make_credit_note(customer_id, amount)
    numbers = [(await _invoice(business, customer_id))[1] for _ in range(2)]
    token = await business.share_portal(customer_id)
    both = await asyncio.gather(*(_use(business, token, number) for number in numbers))
    assert sorted(each["applied"]["amount"] for each in both) == ["100.00", "30.00"]


async def test_only_the_portal_s_link_uses_credit(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_credit_note(customer_id, "30.00")
    id_, number = await _invoice(business, customer_id)
    other = await business.make_customer()
    for token in (await business.share(id_), await business.share_portal(other)):
        input_ = {"token": token, "number": number}
        assert (await business.stranger.refused(_USE, input=input_)).code == "NOT_FOUND"
    assert not await CreditApplication.exists(invoice_id=id_)
