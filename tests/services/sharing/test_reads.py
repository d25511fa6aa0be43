"""Read receipts: once for each view, only about one's own, and a sign of a person."""

import asyncio
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import (
    Invoice,
    InvoiceUpdate,
    InvoiceView,
    ReaderAction,
    ViewFeed,
    ViewSource,
    WebhookDelivery,
)
from services.sharing.new_views import NewView
from services.sharing.view_rows import write_views
from tests.support.clients import Business, Caller, eventually
from tests.support.webhook_receiver import make_webhook

REPORT: Final = "mutation($input: ReportReadInput!) { reportRead(input: $input) { recorded } }"
_GATEWAY: Final = "40.94.20.1"
_ACTIONS: Final = st.lists(
    st.tuples(
        st.integers(0, 1),  # who
        st.sampled_from(["open", "suspected", "automated", *ReaderAction]),
    ),
    max_size=12,
)


async def _report(caller: Caller, token: str, **more: object) -> bool:
    data = await caller.gql(REPORT, input={"token": token, **more})
    recorded: bool = data["reportRead"]["recorded"]
    return recorded


async def _view(
    business: Business, invoice_id: str, token: str, reader: Caller, kind: str = "suspected"
) -> None:
    view = NewView(
        invoice_id=UUID(invoice_id),
        company_id=business.company_id,
        token=token,
        source=ViewSource.EMAIL,
        ip=reader.ip,
        user_agent=reader.user_agent,
        automated=kind != "open",
        suspected=kind == "suspected",
    )
    assert await write_views([view])


async def _views(invoice_id: str) -> list[InvoiceView]:
    return await InvoiceView.filter(invoice_id=invoice_id).order_by("sequence")


async def test_a_view_is_read_once(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    await reader.record_view(token)
    assert await _report(reader, token)
    assert not await _report(reader, token)
    invoice, [view] = await Invoice.get(id=invoice_id), await _views(invoice_id)
    assert (invoice.view_count, invoice.read_count) == (1, 1)
    assert invoice.first_read_at == view.read_at
    assert await InvoiceUpdate.filter(invoice_id=invoice_id, change="READ").count() == 1


async def test_the_next_view_is_read_again_and_the_first_time_stays(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    for _ in range(2):
        await reader.record_view(token)
        assert await _report(reader, token)
    invoice, views = await Invoice.get(id=invoice_id), await _views(invoice_id)
    assert invoice.read_count == 2
    assert invoice.first_read_at == views[0].read_at


async def test_who_has_not_opened_the_invoice_can_report_nothing(business: Business) -> None:
    token, reader = await business.share(await business.make_invoice()), business.stranger
    await reader.record_view(token)
    assert not await _report(business.stranger, token)
    other_browser = Caller(reader.http, ip=reader.ip, user_agent="Mozilla/5.0 (X11) Other/1.0")
    assert not await _report(other_browser, token)
    assert not await InvoiceView.exists(company_id=business.company_id, read_at__isnull=False)


async def test_who_acts_has_read_the_invoice(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    await reader.record_view(token)
    for action in ("PDF_DOWNLOADED", "PAY_CLICKED"):
        assert await _report(reader, token, action=action)
        assert not await _report(reader, token, action=action)
    assert not await _report(reader, token, action="READ")
    [view] = await _views(invoice_id)
    assert view.read_at == view.pdf_downloaded_at
    assert view.pay_clicked_at
    changes = await InvoiceUpdate.filter(invoice_id=invoice_id).order_by("sequence")
    assert [update.change for update in changes[1:]] == ["READ", "PDF_DOWNLOADED", "PAY_CLICKED"]


async def test_a_suspected_view_that_is_read_is_followed_by_one_that_counts(
    business: Business,
) -> None:
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    await _view(business, invoice_id, token, reader)
    before = await Invoice.get(id=invoice_id)
    assert (before.view_count, before.first_viewed_at) == (0, None)
    assert await _report(reader, token)
    assert not await _report(reader, token)
    suspected, counted = await _views(invoice_id)
    after = await Invoice.get(id=invoice_id)
    assert (after.view_count, after.unique_ips, after.read_count) == (1, 1, 1)
    assert after.first_viewed_at == counted.viewed_at
    assert (suspected.suspected, suspected.read_at) == (True, None)
    assert (counted.automated, counted.source) == (False, ViewSource.EMAIL)
    assert [suspected.sequence, counted.sequence] == [1, 2]


@pytest.mark.parametrize(
    ("action", "counts"), [("READ", False), ("PDF_DOWNLOADED", True), ("PAY_CLICKED", True)]
)
async def test_a_gateway_that_looks_at_a_page_is_no_reader(
    business: Business, action: str, counts: bool
) -> None:
    invoice_id = await business.make_invoice()
    token, scanner = await business.share(invoice_id), Caller(business.http, ip=_GATEWAY)
    await _view(business, invoice_id, token, scanner)
    assert await _report(scanner, token, action=action) == counts
    assert (await Invoice.get(id=invoice_id)).view_count == counts


async def test_two_reports_at_once_count_once(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    await _view(business, invoice_id, token, reader)
    recorded = await asyncio.gather(*(_report(reader, token) for _ in range(5)))
    assert sorted(recorded) == [False] * 4 + [True]
    invoice = await Invoice.get(id=invoice_id)
    assert (invoice.view_count, invoice.read_count) == (1, 1)


async def test_staff_and_bots_are_no_readers(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    bot = Caller(business.http, user_agent="Slackbot-LinkExpanding 1.0")
    await bot.record_view(token)
    assert not await _report(bot, token)
    assert not await InvoiceView.exists(company_id=business.company_id, automated=False)


async def test_reports_are_limited_like_views(business: Business) -> None:
    token, reader = await business.share(await business.make_invoice()), business.stranger
    recorded = []
    for _ in range(11):
        await reader.record_view(token)
        recorded.append(await _report(reader, token))
    assert recorded == [True] * 10 + [False]


async def test_a_revoked_link_is_not_found(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    await reader.record_view(token)
    await business.revoke(invoice_id)
    assert (await reader.refused(REPORT, input={"token": token})).code == "NOT_FOUND"


async def test_an_invoice_of_a_portal_is_read_by_its_number(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id, number="A-1")
    token, reader = await business.share_portal(customer_id), business.stranger
    await reader.record_view(token, number="A-1", source="PORTAL")
    assert await _report(reader, token, number="A-1")
    refused = await reader.refused(REPORT, input={"token": token, "number": "A-2"})
    assert refused.code == "NOT_FOUND"


async def test_the_page_reports_at_an_address_of_its_own(business: Business) -> None:
    invoice_id = await business.make_invoice()
    path, reader = f"/invoice/{await business.share(invoice_id)}", business.stranger
    page = await reader.http.get(path, headers=reader.headers)
    assert f'data-reports="{path}/read"' in page.text

    async def report(**form: str) -> int:
        response = await reader.http.post(f"{path}/read", data=form, headers=reader.headers)
        return response.status_code

    async def is_read() -> bool:
        assert await report(action="READ") == 204
        return await Invoice.exists(id=invoice_id, read_count=1)

    await eventually(is_read, 30)
    assert [await report(action="SLEPT"), await report()] == [400, 400]


async def test_webhooks_are_told_of_the_view_and_of_its_reader(business: Business) -> None:
    webhook_id, _ = await make_webhook(
        business, "http://127.0.0.1:9/", "INVOICE_VIEWED", "INVOICE_READ"
    )
    invoice_id = await business.make_invoice()
    token, reader = await business.share(invoice_id), business.stranger
    await _view(business, invoice_id, token, reader)
    assert await WebhookDelivery.filter(webhook_id=webhook_id).count() == 0
    await _report(reader, token)
    deliveries = await WebhookDelivery.filter(webhook_id=webhook_id).order_by("sequence")
    _, counted = await _views(invoice_id)
    assert [(each.event, each.subject_id) for each in deliveries] == [
        ("INVOICE_VIEWED", str(counted.id)),
        ("INVOICE_READ", str(counted.id)),
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions=_ACTIONS)
async def test_counters_and_sequences_fit_the_rows_whatever_happens(
    business: Business, actions: list[tuple[int, str]]
) -> None:
    invoice_id = await business.make_invoice()
    token, readers = await business.share(invoice_id), [business.stranger, business.stranger]
    for who, what in actions:
        if what in {"open", "suspected", "automated"}:
            await _view(business, invoice_id, token, readers[who], what)
        else:
            await _report(readers[who], token, action=what)
    invoice, views = await Invoice.get(id=invoice_id), await _views(invoice_id)
    counted = [view for view in views if not view.automated]
    read = [view.read_at for view in counted if view.read_at]
    assert (invoice.view_count, invoice.read_count) == (len(counted), len(read))
    assert invoice.unique_ips == len({view.ip for view in counted})
    assert invoice.first_viewed_at == min((view.viewed_at for view in counted), default=None)
    assert invoice.first_read_at == min(read, default=None)
    feed = await ViewFeed.get(company_id=business.company_id)
    of_company = await InvoiceView.filter(company_id=business.company_id).order_by("sequence")
    assert [view.sequence for view in of_company] == list(range(1, feed.sequence + 1))
    updates = await InvoiceUpdate.filter(company_id=business.company_id).order_by("sequence")
    assert [update.sequence for update in updates] == list(range(1, feed.update_sequence + 1))
