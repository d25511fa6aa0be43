"""Writing views in groups, and keeping those that can't be written yet."""

import asyncio
from collections.abc import Iterable
from contextvars import Context
from functools import partial
from itertools import repeat
from typing import Any
from uuid import UUID

import pytest
from asyncpg import LockNotAvailableError
from tortoise.transactions import in_transaction

from db.statements import fetch
from errors import Unavailable
from models import Invoice, InvoiceView, ViewSource
from services.sharing import kept_views, view_recorder
from services.sharing.new_views import VIEWS_RECORDED, NewView
from services.sharing.view_recorder import ViewRecorder
from services.sharing.view_rows import write_views, write_views_again
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

    async def write(views: list[NewView], *, briefly: bool) -> set[NewView]:
        if held in views:
            raise LockNotAvailableError
        return await write_views(views, briefly=briefly)

    monkeypatch.setattr(view_recorder, "write_views", write)
    result: list[UUID] = []
    recorder = ViewRecorder()
    with VIEWS_RECORDED.connected(lambda company_id, *_: result.append(company_id)):
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

    async def write(group: list[NewView], *, briefly: bool) -> set[NewView]:
        await write_views(group, briefly=briefly)
        raise TimeoutError

    monkeypatch.setattr(view_recorder, "write_views", write)
    recorder = ViewRecorder()
    outcomes = await asyncio.gather(*map(recorder.record, views), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [TimeoutError, TimeoutError]
    assert await InvoiceView.filter(company_id=business.company_id).count() == 2


async def test_closing_waits_until_all_views_are_written(business: Business) -> None:
    view = await _shared(business)
    recorder = ViewRecorder()
    leaving = [asyncio.create_task(recorder.record(view.repeated())) for _ in range(5)]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await recorder.close()
    assert await InvoiceView.filter(invoice_id=view.invoice_id).count() == 5


# --- pages, whose views are kept ------------------------------------------------------------------


class _Outage:
    """Makes writes fail: before anything is written, or after the commit as if it was not heard."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failures: Iterable[str]) -> None:
        self.failures = iter(failures)
        monkeypatch.setattr(view_recorder, "write_views", partial(self._write, write_views))
        again = partial(self._write, write_views_again)
        monkeypatch.setattr(kept_views, "write_views_again", again)
        monkeypatch.setattr(kept_views, "_RETRY_INTERVAL", 0.01)

    async def _write(self, write: Any, views: list[NewView], **options: object) -> Any:
        failure = next(self.failures, "none")
        if failure == "before":
            raise ConnectionRefusedError
        result = await write(views, **options)
        if failure == "after":
            raise TimeoutError
        return result


async def test_views_of_an_outage_are_written_once_and_in_order(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await _shared(business)
    _Outage(monkeypatch, ["after", "before", "after", "before", "after"])
    recorder = ViewRecorder()
    views = [view.repeated() for _ in range(5)]
    for each in views:
        assert await recorder.record(each, keep=True)
    await recorder.close()
    rows = await InvoiceView.filter(invoice_id=view.invoice_id).order_by("sequence")
    assert [(row.id, row.sequence) for row in rows] == [
        (each.id, number) for number, each in enumerate(views, start=1)
    ]
    invoice = await Invoice.get(id=view.invoice_id)
    assert (invoice.view_count, invoice.unique_ips) == (5, 1)


async def test_views_that_are_kept_do_not_delay_other_invoices(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, free = await _shared(business), await _shared(business)
    _Outage(monkeypatch, ["before"])
    monkeypatch.setattr(kept_views, "_RETRY_INTERVAL", 60)
    recorder = ViewRecorder()
    assert await recorder.record(held, keep=True)
    assert await recorder.record(free)
    rows = await InvoiceView.filter(company_id=business.company_id)
    assert [row.id for row in rows] == [free.id]


async def test_views_are_given_up_after_a_while_and_that_is_logged(
    business: Business, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    view = await _shared(business)
    _Outage(monkeypatch, repeat("before"))
    monkeypatch.setattr(kept_views, "_KEPT_FOR", 0.1)
    recorder = ViewRecorder()
    assert await recorder.record(view, keep=True)
    await recorder.close()
    assert await InvoiceView.filter(invoice_id=view.invoice_id).count() == 0
    events: list[Any] = [record.msg for record in caplog.records if record.levelname != "INFO"]
    assert [(event["event"], event["count"]) for event in events] == [
        ("views.kept", 1),
        ("views.lost", 1),
    ]


async def test_no_more_views_are_kept_than_memory_allows(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await _shared(business)
    _Outage(monkeypatch, ["before"] * 3)
    monkeypatch.setattr(kept_views, "MAX_KEPT", 2)
    recorder = ViewRecorder()
    outcomes = [
        await asyncio.gather(recorder.record(view.repeated(), keep=True), return_exceptions=True)
        for _ in range(3)
    ]
    assert [outcome for [outcome] in outcomes[:2]] == [True, True]
    assert isinstance(outcomes[2][0], ConnectionRefusedError)
    await recorder.close()
    assert await InvoiceView.filter(invoice_id=view.invoice_id).count() == 2


@_on_postgres
async def test_only_views_that_need_a_locked_row_are_refused(
    business: Business, rival: Business
) -> None:
    """One company's feed is locked, which all of its views need, and one invoice of another."""
    theirs = [await _shared(rival) for _ in range(2)]
    held, free = [await _shared(business) for _ in range(2)]
    recorder = ViewRecorder()
    async with in_transaction():
        await fetch(
            "SELECT FROM view_feed WHERE company_id = $1 FOR NO KEY UPDATE", rival.company_id
        )
        await fetch("SELECT FROM invoice WHERE id = $1 FOR NO KEY UPDATE", held.invoice_id)
        views = (*theirs, held, free)
        recording = [
            asyncio.create_task(recorder.record(view), context=Context()) for view in views
        ]
        outcomes = await asyncio.gather(*recording, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:3]] == [Unavailable] * 2 + [
        LockNotAvailableError
    ]
    assert outcomes[3] is True
    assert await InvoiceView.filter(company_id=rival.company_id).count() == 0


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
