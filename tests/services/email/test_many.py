"""Many invoices are sent, or reminders of them: each by itself, with a result of its own."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from models import EmailDelivery
from services.common import lookups
from services.email import many
from tests.support.clients import Business

_RESULTS = "{ results { invoiceId status code detail invoice { status } delivery { id state } } }"


async def _send(business: Business, mutation: str, ids: list[str], **more: object) -> list[Any]:
    payload = await business.mutate(mutation, "SendInvoicesInput", _RESULTS, invoiceIds=ids, **more)
    results: list[Any] = payload["results"]
    return results


async def test_each_invoice_has_a_result_and_drafts_are_issued(
    business: Business, rival: Business
) -> None:
    draft = await business.make_draft()
    issued = await business.make_invoice()
    cancelled = await business.make_invoice()
    await business.mutate("cancelInvoice", "InvoiceRef", "{ __typename }", invoiceId=cancelled)
    silent = await business.make_customer(email=None)
    unreachable = await business.make_draft(customerId=silent)
    foreign = await rival.make_invoice()
    ids = [draft, issued, cancelled, unreachable, foreign, "nonsense", draft]
    results = await _send(business, "sendInvoices", ids)
    assert [result["invoiceId"] for result in results] == ids[:-1]
    assert [result["code"] for result in results] == [
        *(None, None, "CONFLICT", "BAD_INPUT", "NOT_FOUND", "NOT_FOUND")
    ]
    assert [result["status"] for result in results[:3]] == ["WAITING", "WAITING", None]
    assert [result["invoice"] and result["invoice"]["status"] for result in results] == [
        *("ISSUED", "ISSUED", "CANCELLED", "DRAFT", None, None)
    ]
    assert results[2]["detail"] == "This invoice is cancelled, so it can't be sent."
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 2


async def test_the_same_key_sends_nothing_twice_also_for_what_was_a_draft(
    business: Business,
) -> None:
    ids = [await business.make_draft(), await business.make_invoice()]
    first = await _send(business, "sendInvoices", ids, idempotencyKey="k")
    sent = [result["delivery"]["id"] for result in first]
    rows = EmailDelivery.filter(company_id=business.company_id)
    await rows.update(status="SENT", next_attempt_at=None, sent_at=datetime.now(UTC))
    again = await _send(business, "sendInvoices", ids, idempotencyKey="k")
    assert [result["delivery"]["id"] for result in again] == sent
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 2
    other = await _send(business, "sendReminders", ids, idempotencyKey="k")
    assert all(result["delivery"]["id"] not in sent for result in other)


async def test_a_draft_that_the_same_request_issues_meanwhile_is_sent_once(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await business.make_draft()
    get_owned = lookups.get_owned
    meanwhile: list[Any] = []

    async def get_later(*arguments: Any) -> Any:
        monkeypatch.undo()
        meanwhile.extend(await _send(business, "sendInvoices", [draft], idempotencyKey="k"))
        return await get_owned(*arguments)

    monkeypatch.setattr(many, "get_owned", get_later)
    assert await _send(business, "sendInvoices", [draft], idempotencyKey="k") == meanwhile
    assert meanwhile[0]["status"] == "WAITING"


async def test_what_was_sent_before_the_database_went_away_is_returned(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await business.make_invoice() for _ in range(4)]
    get_owned = lookups.get_owned
    asked: list[str] = []

    async def get_until_away(*arguments: Any) -> Any:
        asked.append(arguments[2])
        if len(asked) > 2:
            raise ConnectionResetError(104, "Connection reset by peer")
        return await get_owned(*arguments)

    monkeypatch.setattr(many, "get_owned", get_until_away)
    results = await _send(business, "sendInvoices", ids, idempotencyKey="k")
    assert [result["invoiceId"] for result in results] == ids
    assert [result["code"] for result in results] == [None, *["UNAVAILABLE"] * 3]
    assert results[0]["status"] == "WAITING"
    assert asked == [ids[0], ids[0], ids[1], ids[1]]
    monkeypatch.undo()
    again = await _send(business, "sendInvoices", ids, idempotencyKey="k")
    assert [result["status"] for result in again] == ["WAITING"] * 4
    assert again[0]["delivery"] == results[0]["delivery"]


async def test_reminders_go_out_for_what_is_due_only(business: Business) -> None:
    due, paid = await business.make_invoice(), await business.make_invoice()
    await business.pay(paid, "100.00")
    results = await _send(business, "sendReminders", [due, paid])
    assert [(result["status"], result["code"]) for result in results] == [
        ("WAITING", None),
        (None, "CONFLICT"),
    ]


async def test_none_and_too_many_are_refused(business: Business) -> None:
    query = (
        "mutation($ids: [ID!]!) { sendInvoices(input: {invoiceIds: $ids}) { results { code } } }"
    )
    for ids in ([], [str(n) for n in range(101)]):
        refusal = await business.refused(query, ids=ids)
        assert (refusal.code, refusal.field) == ("BAD_INPUT", "invoiceIds")


async def test_refusals_are_in_the_callers_language(business: Business) -> None:
    query = (
        "mutation($ids: [ID!]!) { sendInvoices(input: {invoiceIds: $ids}) { results { detail } } }"
    )
    body = {"query": query, "variables": {"ids": [str(uuid4())]}}
    headers = business.headers | {"accept-language": "de"}
    answer = await business.http.post("/graphql", json=body, headers=headers)
    assert answer.json()["data"]["sendInvoices"]["results"] == [{"detail": "Nicht gefunden."}]
