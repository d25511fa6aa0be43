"""What a receiver gets: each event once it is committed, signed, in order, until it accepts it."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest

from db.statements import database_time
from db.transactions import transactional
from integrations.webhooks import sender
from integrations.webhooks.sender import Answer
from models import (
    AuditEntry,
    SubjectType,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from services.common.webhook_events import Subject, publish
from services.webhooks import delivery_queue, delivery_worker
from services.webhooks.delivery_queue import Attempt, Lease
from services.webhooks.delivery_worker import WebhookWorker
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox, text_of
from tests.support.webhook_receiver import (
    Received,
    delivered,
    deliveries_of,
    make_webhook,
    receiving,
)


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(delivery_queue, "DELAYS", (timedelta(0),))


async def test_a_receiver_is_told_of_what_happens_in_order(business: Business) -> None:
    async with receiving() as receiver:
        events = ["INVOICE_ISSUED", "INVOICE_VIEWED", "INVOICE_PAID", "PAYMENT_RECEIVED"]
        webhook_id, secret = await make_webhook(business, receiver.url, *events, "LINK_SHARED")
        invoice_id = await business.make_invoice()
        token = await business.share(invoice_id)
        await business.stranger.record_view(token)
        await business.pay(invoice_id, "40.00")
        await business.pay(invoice_id, "60.00")
        await receiver.until(6)
        deliveries = await delivered(business, webhook_id)
    assert receiver.types == [
        "invoice.issued",
        "link.shared",
        "invoice.viewed",
        "payment.received",
        "payment.received",
        "invoice.paid",
    ]
    for received in receiver.received:
        received.verify(secret)
        assert received.headers["webhook-id"] == received.payload["id"]
    ids = [received.payload["id"] for received in receiver.received]
    assert [each["id"] for each in reversed(deliveries)] == ids
    assert {(each["state"], each["responseBody"]) for each in deliveries} == {("DELIVERED", "ok")}


async def test_only_the_chosen_events_of_the_own_company_are_sent(
    business: Business, rival: Business
) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "PAYMENT_RECEIVED")
        await rival.pay(await rival.make_invoice(), "1.00")
        invoice_id = await business.make_invoice()
        await business.pay(invoice_id, "1.00")
        await receiver.until(1)
        [delivery] = await delivered(business, webhook_id)
    assert receiver.received[0].payload["data"]["invoice"]["id"] == invoice_id
    assert delivery["event"] == "PAYMENT_RECEIVED"


async def test_what_is_not_committed_is_not_sent(business: Business) -> None:
    @transactional
    async def fail() -> None:
        subject = Subject(SubjectType.INVOICE, uuid4())
        publish(business.company_id, WebhookEvent.INVOICE_ISSUED, subject)
        raise LookupError

    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        with pytest.raises(LookupError):
            await fail()
        invoice_id = await business.make_invoice()
        await receiver.until(1)
        [delivery] = await delivered(business, webhook_id)
    assert invoice_id in delivery["payload"]


async def test_a_view_by_a_program_is_not_sent(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_VIEWED")
        token = await business.share(await business.make_invoice())
        program = business.stranger
        program.user_agent = "Googlebot/2.1 (+http://www.google.com/bot.html)"
        await program.record_view(token)
        await business.stranger.record_view(token)
        await receiver.until(1)
        assert len(await delivered(business, webhook_id)) == 1
    [received] = receiver.received
    assert received.payload["data"]["view"]["automated"] is False


@pytest.mark.usefixtures("without_pauses")
async def test_a_failed_delivery_is_repeated_as_it_was_before_the_next_one(
    business: Business,
) -> None:
    async with receiving() as receiver:
        receiver.answer = lambda _: "200 OK" if len(receiver.received) > 3 else "500 Oops"
        webhook_id, secret = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        first, second = await business.make_invoice(), await business.make_invoice()
        await receiver.until(5)
        deliveries = await delivered(business, webhook_id)
    bodies = [received.body for received in receiver.received]
    assert bodies[:4] == [bodies[0]] * 4
    sent = [received.payload["data"]["invoice"]["id"] for received in receiver.received]
    assert sent == [first] * 4 + [second]
    receiver.received[3].verify(secret)
    assert [each["attempts"] for each in deliveries] == [1, 4]
    assert (await Webhook.get(id=webhook_id)).failing_since is None


async def test_receivers_that_hang_delay_nobody_else(
    business: Business, rival: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TIMEOUT", 2.0)
    async with receiving() as hanging, receiving() as receiver:
        hanging.answer = lambda _: None
        for _ in range(18):
            await make_webhook(rival, hanging.url, "INVOICE_ISSUED")
        await rival.make_invoice()
        await hanging.until(1)
        await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        await business.make_invoice()
        await receiver.until(1)
        assert not await WebhookDelivery.filter(company_id=rival.company_id, attempts__gt=0)
        assert 0 < len(hanging.received) <= 4
        await Webhook.filter(company_id=rival.company_id).delete()


async def test_a_slow_attempt_ends_the_turn(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_queue, "SLOW", timedelta(0))
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(
            business, receiver.url, "PAYMENT_RECEIVED", "INVOICE_PAID"
        )
        await business.pay(await business.make_invoice(), "100.00")
        await delivered(business, webhook_id)
    webhook = await Webhook.get(id=webhook_id)
    assert (receiver.types, webhook.is_slow) == (["payment.received", "invoice.paid"], True)
    assert webhook.lease == 2


@pytest.mark.usefixtures("without_pauses")
async def test_what_fails_for_three_days_is_given_up_for_what_follows(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        old = datetime.now(UTC) - timedelta(days=3)
        first = await _queued(
            business, webhook_id, queued_at=old + timedelta(milliseconds=500), payload="{}"
        )
        receiver.answer = lambda each: "500 Oops" if _id(each) == str(first.id) else "200 OK"
        invoice_id = await business.make_invoice()
        deliveries = await delivered(business, webhook_id)
    assert [each["state"] for each in deliveries] == ["DELIVERED", "FAILED"]
    assert invoice_id in deliveries[0]["payload"]


async def test_what_has_waited_for_three_days_is_given_up_at_once(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        await _queued(business, webhook_id, queued_at=datetime.now(UTC) - timedelta(days=3))
        await business.make_invoice()
        deliveries = await delivered(business, webhook_id)
    assert [each["state"] for each in deliveries] == ["DELIVERED", "FAILED"]
    assert "three days" in deliveries[1]["detail"]
    assert len(receiver.received) == 1


async def test_a_receiver_that_is_gone_is_told_nothing_more(
    business: Business, mailbox: Mailbox
) -> None:
    async with receiving() as receiver:
        receiver.answer = lambda _: "410 Gone"
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        await business.make_invoice()
        await eventually(lambda: _has_mail(mailbox, business))
        await business.make_invoice()
        webhook = await Webhook.get(id=webhook_id)
        assert (webhook.enabled, len(await deliveries_of(business, webhook_id))) == (False, 1)
        assert "410" in (webhook.disabled_reason or "")
        assert "127.0.0.1" in text_of(mailbox.only(business.email))
        entry = await AuditEntry.get(company_id=business.company_id, action="WEBHOOK_DISABLED")
        assert entry.subject == "127.0.0.1"
        receiver.answer = lambda _: "200 OK"
        await _enable(business, webhook_id)
        [delivery] = await delivered(business, webhook_id)
    assert delivery["state"] == "DELIVERED"


@pytest.mark.parametrize(("days", "enabled"), [(6, True), (8, False)])
async def test_a_webhook_is_turned_off_after_a_week_of_failures(
    business: Business, days: int, *, enabled: bool
) -> None:
    async with receiving() as receiver:
        receiver.answer = lambda _: "500 Oops"
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        failing_since = datetime.now(UTC) - timedelta(days=days)
        await Webhook.filter(id=webhook_id).update(failing_since=failing_since)
        await business.make_invoice()
        await eventually(lambda: WebhookDelivery.filter(webhook_id=webhook_id, attempts=1).exists())
    assert (await Webhook.get(id=webhook_id)).enabled is enabled


async def test_what_a_process_was_sending_when_it_died_is_sent_by_another(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        monkeypatch.setattr(delivery_queue, "LEASE_TTL", timedelta(seconds=1))
        await Webhook.filter(id=webhook_id).update(
            lease=7, next_attempt_at=datetime.now(UTC) + delivery_queue.LEASE_TTL
        )
        await business.make_invoice()
        assert (await deliveries_of(business, webhook_id))[0]["attempts"] == 0
        await receiver.until(1)
        await delivered(business, webhook_id)
    assert (await Webhook.get(id=webhook_id)).lease > 7
    assert Counter(map(_id, receiver.received)).total() == 1


async def test_what_is_leased_while_a_process_stops_is_given_back(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id, _ = await make_webhook(business, "http://127.0.0.1:9", "INVOICE_ISSUED")
    now = await database_time()
    await Webhook.filter(id=webhook_id).update(
        lease=7, next_attempt_at=now + delivery_queue.LEASE_TTL
    )
    lease = Lease(UUID(webhook_id), business.company_id, 7, now, time.monotonic())
    worker = WebhookWorker(Mock(), Mock(), Mock())
    lease_next, leasing = delivery_queue.lease_next, asyncio.Event()

    async def lease_late(**options: Any) -> Lease | None:
        if asyncio.current_task() is not worker._queue._task:  # the portal's
            return await lease_next(**options)
        leasing.set()
        await asyncio.sleep(0.1)
        return lease

    monkeypatch.setattr(delivery_queue, "lease_next", lease_late)
    async with worker:
        await leasing.wait()
    stopped = await Webhook.get(id=webhook_id)
    assert stopped.lease == 7
    assert stopped.next_attempt_at
    assert stopped.next_attempt_at < now + timedelta(seconds=10)


async def test_a_queue_is_delivered_in_few_steps_and_repeated_if_its_outcomes_are_lost(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []
    store_attempts = delivery_queue.store_attempts

    async def lose_first(lease: Lease, attempts: Sequence[Attempt]) -> None:
        # Webhooks of other tests may be retried meanwhile.
        is_mine = str(lease.webhook_id) == webhook_id
        if is_mine:
            stored.append(len(attempts))
        if not is_mine or len(stored) > 1:
            await store_attempts(lease, attempts)

    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        invoice_id, now = await business.make_draft(), datetime.now(UTC)
        webhook = Webhook.filter(id=webhook_id)
        await webhook.update(next_attempt_at=now + timedelta(hours=1))
        queue = [
            await _queued(
                business, webhook_id, queued_at=now, sequence=n, subject_id=str(invoice_id)
            )
            for n in range(1, 31)
        ]
        monkeypatch.setattr(delivery_queue, "store_attempts", lose_first)
        await webhook.update(next_attempt_at=None)
        await delivered(business, webhook_id)
    ids = [str(each.id) for each in queue]
    lost = stored[0]
    assert [_id(each) for each in receiver.received] == ids[:lost] + ids
    bodies = [each.body for each in receiver.received]
    assert bodies[:lost] == bodies[lost : 2 * lost]
    assert max(stored) > 1


async def test_payloads_that_take_long_to_make_are_sent_with_a_renewed_lease(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []
    store_payloads, renew = delivery_queue.store_payloads, delivery_queue.renew

    async def store_late(payloads: Mapping[UUID, str]) -> Mapping[UUID, str]:
        if asyncio.current_task() in turns:
            stored.append(len(payloads))
            monkeypatch.setattr(delivery_worker, "_FRESH", 5.0)
        return await store_payloads(payloads)

    async def count(lease: Lease) -> Webhook | None:
        if str(lease.webhook_id) == webhook_id:
            turns.add(asyncio.current_task())
            renewals.append(lease.number)
        return await renew(lease)

    renewals: list[int] = []
    turns: set[asyncio.Task[Any] | None] = set()
    """Those of this webhook. Webhooks of other tests may be retried meanwhile."""
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        monkeypatch.setattr(delivery_worker, "_FRESH", 0.0)
        monkeypatch.setattr(delivery_queue, "store_payloads", store_late)
        monkeypatch.setattr(delivery_queue, "renew", count)
        await business.make_invoice()
        await delivered(business, webhook_id)
    assert (stored, len(receiver.received)) == ([1, 0], 1)
    assert len(renewals) > 1


async def test_what_a_former_address_answers_does_not_count(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        lease, delivery = await _attempted(business, webhook_id)
        await business.mutate(
            "updateWebhook",
            "UpdateWebhookInput",
            "{ webhook { id } }",
            webhookId=webhook_id,
            url=f"{receiver.url}/new",
        )
        await _store(lease, delivery, Answer(status=410, detail="Gone"))
        [sent] = await delivered(business, webhook_id)
    webhook = await Webhook.get(id=webhook_id)
    assert (webhook.enabled, webhook.failing_since, sent["attempts"]) == (True, None, 1)


async def test_a_late_answer_does_not_replace_a_replay(business: Business) -> None:
    webhook_id, _ = await make_webhook(business, "http://127.0.0.1:9/", "INVOICE_ISSUED")
    lease, delivery = await _attempted(business, webhook_id)
    late = await WebhookDelivery.get(id=delivery.id)
    await _store(lease, delivery, Answer(status=200))
    await business.mutate(
        "replayWebhookDelivery",
        "WebhookDeliveryRef",
        "{ webhook { id } }",
        deliveryId=str(delivery.id),
    )
    await _store(lease, late, Answer(status=200))
    replay = await WebhookDelivery.get(id=delivery.id)
    assert (replay.state, replay.delivered_at) == ("QUEUED", None)


async def test_clocks_of_processes_that_are_wrong_delay_nothing(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        ahead = datetime.now(UTC) + timedelta(days=1)
        await Webhook.filter(id=webhook_id).update(created_at=ahead)
        await business.make_invoice()
        await receiver.until(1)
        await delivered(business, webhook_id)


async def test_an_event_about_something_that_is_gone_holds_up_nothing(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        await _queued(business, webhook_id, queued_at=datetime.now(UTC))
        await Webhook.filter(id=webhook_id).update(next_attempt_at=None)
        await business.make_invoice()
        deliveries = await delivered(business, webhook_id)
    assert [each["state"] for each in deliveries] == ["DELIVERED", "FAILED"]


def _id(received: Received) -> str:
    return received.headers["webhook-id"]


async def _attempted(business: Business, webhook_id: str) -> tuple[Lease, WebhookDelivery]:
    """Return a delivery and the lease of the process that attempts it."""
    webhook = await Webhook.get(id=webhook_id)
    webhook.lease += 1
    webhook.next_attempt_at = datetime.now(UTC) + timedelta(minutes=1)
    await webhook.save()
    now = datetime.now(UTC)
    delivery = await _queued(business, webhook_id, queued_at=now, payload="{}")
    return Lease(webhook.id, business.company_id, webhook.lease, now, time.monotonic()), delivery


async def _store(lease: Lease, delivery: WebhookDelivery, answer: Answer) -> None:
    await delivery_queue.store_attempts(lease, [Attempt(delivery, answer, timedelta(0))])


async def _enable(business: Business, webhook_id: str) -> None:
    await business.mutate(
        "updateWebhook",
        "UpdateWebhookInput",
        "{ webhook { id } }",
        webhookId=webhook_id,
        enabled=True,
    )


async def _has_mail(mailbox: Mailbox, business: Business) -> bool:
    return bool(mailbox.arrived[business.email])


async def _queued(
    business: Business,
    webhook_id: str,
    *,
    queued_at: datetime,
    payload: str | None = None,
    sequence: int = 0,
    subject_id: str | None = None,
) -> WebhookDelivery:
    """Return a delivery, by default before all others and about an invoice that doesn't exist."""
    return await WebhookDelivery.create(
        company_id=business.company_id,
        webhook_id=webhook_id,
        event=WebhookEvent.INVOICE_ISSUED,
        subject_type=SubjectType.INVOICE,
        subject_id=subject_id or str(uuid4()),
        occurred_at=queued_at,
        queued_at=queued_at,
        sequence=sequence,
        payload=payload,
    )
