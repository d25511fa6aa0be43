"""Writing views in groups: a failure on one invoice must not affect the others."""

import asyncio
from uuid import UUID

import pytest
from asyncpg import LockNotAvailableError
from tortoise.transactions import in_transaction

from db.statements import fetch
from models import InvoiceView, ViewSource
from services.sharing import view_recorder
from services.sharing.view_recorder import VIEWS_RECORDED, NewView, ViewRecorder, write_views
from tests.support.clients import Business, eventually, new_ip

_on_postgres = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


def _new_view(
    business: Business, invoice_id: str, token: str, portal_customer_id: str | None = None
) -> NewView:
    return NewView(
        invoice_id=UUID(invoice_id),
        company_id=business.company_id,
        token=token,
        source=ViewSource.LINK,
        ip=new_ip(),
        user_agent="",
        automated=False,
        portal_customer_id=UUID(portal_customer_id) if portal_customer_id else None,
    )


async def _shared(business: Business) -> NewView:
    invoice_id = await business.make_invoice()
    return _new_view(business, invoice_id, await business.share(invoice_id))


async def test_a_failure_on_one_invoice_does_not_fail_the_rest_of_its_group(
    business: Business, rival: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, free, foreign = await _shared(business), await _shared(business), await _shared(rival)

    async def write(views: list[NewView]) -> set[NewView]:
        if held in views:
            raise LockNotAvailableError
        return await write_views(views)

    monkeypatch.setattr(view_recorder, "write_views", write)
    result: list[UUID] = []
    recorder = ViewRecorder()
    with VIEWS_RECORDED.connected(result.append):
        outcomes = await asyncio.gather(
            *map(recorder.record, (held, free, foreign)), return_exceptions=True
        )
    assert isinstance(outcomes[0], LockNotAvailableError)
    assert outcomes[1:] == [True, True]
    assert sorted(result) == sorted([business.company_id, rival.company_id])


async def test_views_that_may_have_been_written_are_not_written_again(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the commit succeeded and its confirmation was lost."""
    views = [await _shared(business), await _shared(business)]

    async def write(group: list[NewView]) -> set[NewView]:
        await write_views(group)
        raise TimeoutError

    monkeypatch.setattr(view_recorder, "write_views", write)
    recorder = ViewRecorder()
    outcomes = await asyncio.gather(*map(recorder.record, views), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [TimeoutError, TimeoutError]
    assert await InvoiceView.filter(company_id=business.company_id).count() == 2


async def test_closing_waits_until_all_views_are_written(business: Business) -> None:
    view = await _shared(business)
    recorder = ViewRecorder()
    leaving = [asyncio.create_task(recorder.record(view)) for _ in range(5)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await recorder.close()
    assert await InvoiceView.filter(invoice_id=view.invoice_id).count() == 5


@_on_postgres
async def test_no_view_is_written_through_a_revoked_portal_link(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    view = _new_view(business, invoice_id, await business.share_portal(customer_id), customer_id)
    held, may_continue = asyncio.Event(), asyncio.Event()

    async def hold_invoice() -> None:
        async with in_transaction():
            await fetch("SELECT id FROM invoice WHERE id = $1 FOR NO KEY UPDATE", view.invoice_id)
            held.set()
            await may_continue.wait()

    holder = asyncio.create_task(hold_invoice())
    await held.wait()
    writer = asyncio.create_task(write_views([view]))
    await _wait_for_a_lock_queue()
    query = "mutation($input: CustomerRef!) { revokePortalShare(input: $input) { __typename } }"
    revoking = asyncio.create_task(business.gql(query, input={"customerId": customer_id}))
    done, _ = await asyncio.wait({revoking}, timeout=0.3)
    written = await InvoiceView.filter(invoice_id=invoice_id).count()
    may_continue.set()
    await asyncio.gather(holder, writer, revoking)
    after = await InvoiceView.filter(invoice_id=invoice_id).count()
    assert after == written if done else after == 1


async def _wait_for_a_lock_queue() -> None:
    async def has_waiter() -> bool:
        return bool(await fetch("SELECT 1 FROM pg_locks WHERE NOT granted"))

    await eventually(has_waiter)
