"""Creating, changing, testing and replaying webhooks, and who may."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import WebhookVerificationError

from errors import Text
from integrations.webhooks.addresses import AddressRefused, CheckedAddresses
from models import AuditEntry, ViewFeed, Webhook, WebhookDelivery
from services.common.webhook_events import forget_unwanted_views
from services.webhooks.delivery_queue import delete_old
from services.webhooks.signing import rotate, sign
from services.webhooks.webhooks import MAX_WEBHOOKS
from tests.support.clients import Business, GraphQLFailed
from tests.support.webhook_receiver import (
    Received,
    delivered,
    deliveries_of,
    make_webhook,
    receiving,
)

_URL = "http://127.0.0.1:9/webhooks"
_CREATE = "mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }"


async def _run(business: Business, mutation: str, webhook_id: str) -> None:
    await business.mutate(mutation, "WebhookRef", "{ webhook { id } }", webhookId=webhook_id)


async def test_a_test_is_recognisable_and_signed(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, secret = await make_webhook(business, receiver.url, "INVOICE_PAID")
        await _run(business, "testWebhook", webhook_id)
        await receiver.until(1)
        [delivery] = await delivered(business, webhook_id)
    [received] = receiver.received
    received.verify(secret)
    assert received.payload["type"] == "webhook.test"
    assert received.payload["data"]["webhook"]["id"] == webhook_id
    assert (delivery["event"], delivery["isTest"]) == ("INVOICE_PAID", True)


async def test_a_replay_has_the_same_id_and_content_and_comes_last(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        await business.make_invoice()
        await business.make_invoice()
        deliveries = await delivered(business, webhook_id)
        await business.mutate(
            "replayWebhookDelivery",
            "WebhookDeliveryRef",
            "{ webhook { id } }",
            deliveryId=deliveries[-1]["id"],
        )
        await receiver.until(3)
        newest_first = await delivered(business, webhook_id)
    first, _, replay = receiver.received
    assert replay.body == first.body
    assert replay.headers["webhook-id"] == first.headers["webhook-id"] == deliveries[-1]["id"]
    assert [each["id"] for each in newest_first] == [each["id"] for each in reversed(deliveries)]


async def test_both_secrets_verify_for_a_day_after_a_rotation(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, before = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        after = await business.mutate(
            "rotateWebhookSecret", "WebhookRef", "{ secret }", webhookId=webhook_id
        )
        await business.make_invoice()
        await receiver.until(1)
    [received] = receiver.received
    received.verify(before)
    received.verify(after["secret"])
    webhook = await Webhook.get(id=webhook_id)
    now = datetime.now(UTC)
    rotate(webhook, now - timedelta(days=1))
    later = Received(sign(webhook, webhook.id, "{}", now), "{}")
    later.verify(webhook.secret)
    with pytest.raises(WebhookVerificationError):
        later.verify(after["secret"])


async def test_an_update_changes_only_what_it_has(business: Business) -> None:
    webhook_id, _ = await make_webhook(business, _URL, "INVOICE_PAID", "INVOICE_ISSUED")
    before = await Webhook.get(id=webhook_id)
    payload = await business.mutate(
        "updateWebhook",
        "UpdateWebhookInput",
        "{ webhook { url events enabled description } }",
        webhookId=webhook_id,
        enabled=False,
        description="Warehouse",
    )
    assert payload["webhook"] == {
        "url": _URL,
        "events": ["INVOICE_ISSUED", "INVOICE_PAID"],
        "enabled": False,
        "description": "Warehouse",
    }
    assert (await Webhook.get(id=webhook_id)).secret == before.secret
    await business.make_invoice()
    assert await deliveries_of(business, webhook_id) == []


async def test_a_webhook_that_begins_to_want_views_is_told_of_them(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_PAID")
        token = await business.share(await business.make_invoice())
        await business.stranger.record_view(token)
        await business.mutate(
            "updateWebhook",
            "UpdateWebhookInput",
            "{ webhook { id } }",
            webhookId=webhook_id,
            events=["INVOICE_VIEWED"],
        )
        await business.stranger.record_view(token)
        await receiver.until(1)
        assert len(await delivered(business, webhook_id)) == 1


async def test_views_are_written_without_asking_once_no_webhook_wants_them(
    business: Business,
) -> None:
    feed = ViewFeed.filter(company_id=business.company_id, tells_views=True)
    wanting, _ = await make_webhook(business, _URL, "INVOICE_VIEWED")
    await forget_unwanted_views()
    assert await feed.exists()
    await Webhook.filter(id=wanting).update(enabled=False)
    await forget_unwanted_views()
    assert not await feed.exists()
    token = await business.share(await business.make_invoice())
    await business.stranger.record_view(token)
    webhook_id, _ = await make_webhook(business, _URL, "INVOICE_VIEWED")
    await business.stranger.record_view(token)
    assert len(await deliveries_of(business, webhook_id)) == 1


async def test_a_page_of_the_log_has_only_the_deliveries_that_are_wanted(
    business: Business,
) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        for _ in range(3):
            await business.make_invoice()
        ids = [each["id"] for each in await delivered(business, webhook_id)]
    await WebhookDelivery.filter(id__in=ids[:2]).update(state="FAILED", delivered_at=None)
    query = (
        "{ company { webhooks { edges { node {"
        " failed: deliveries(state: FAILED, first: 1) { totalCount edges { node { id } } }"
        " queued: deliveries(state: QUEUED) { totalCount }"
        " deliveries { totalCount } } } } } }"
    )
    [edge] = (await business.gql(query))["company"]["webhooks"]["edges"]
    assert edge["node"] == {
        "failed": {"totalCount": 2, "edges": [{"node": {"id": ids[0]}}]},
        "queued": {"totalCount": 0},
        "deliveries": {"totalCount": 3},
    }


async def test_a_repeated_request_creates_no_webhook_even_if_its_host_is_gone(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"url": _URL, "events": ["INVOICE_PAID"], "idempotencyKey": "shop"}
    create = "createWebhook", "CreateWebhookInput", "{ webhook { id } secret }"
    made = await business.mutate(*create, **request)

    async def refuse(*_: object) -> None:
        raise AddressRefused(Text("Gone."))

    monkeypatch.setattr(CheckedAddresses, "check", refuse)
    assert await business.mutate(*create, **request) == made
    with pytest.raises(GraphQLFailed) as refused:
        await business.mutate(*create, **request | {"idempotencyKey": "other"})
    assert refused.value.field == "url"


async def test_deleting_a_webhook_while_things_happen_fails_nothing(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)

    async def recreate() -> None:
        for _ in range(5):
            webhook_id, _ = await make_webhook(business, _URL, "PAYMENT_RECEIVED", "INVOICE_VIEWED")
            await asyncio.sleep(0.02)
            await business.mutate(
                "deleteWebhook", "WebhookRef", "{ deletedId }", webhookId=webhook_id
            )

    async def act() -> None:
        for _ in range(6):
            await business.pay(invoice_id, "0.10")
            assert await business.stranger.record_view(token)

    await asyncio.gather(recreate(), act(), act(), act())
    assert await Webhook.filter(company_id=business.company_id).count() == 0
    assert await WebhookDelivery.filter(company_id=business.company_id).count() == 0


async def test_a_company_has_a_limited_number_of_webhooks(business: Business) -> None:
    await Webhook.bulk_create(
        Webhook(
            company_id=business.company_id, url=_URL, event_names="INVOICE_PAID", secret="whsec_x"
        )
        for _ in range(MAX_WEBHOOKS)
    )
    refusal = await business.refused(_CREATE, input={"url": _URL, "events": ["INVOICE_PAID"]})
    assert refusal.code == "CONFLICT"
    assert await Webhook.filter(company_id=business.company_id).count() == MAX_WEBHOOKS


@pytest.mark.parametrize(
    ("input_", "field"),
    [
        ({"url": "ftp://shop.example", "events": ["INVOICE_PAID"]}, "url"),
        ({"url": "http://unknown.invalid/", "events": ["INVOICE_PAID"]}, "url"),
        ({"url": _URL, "events": []}, "events"),
        ({"url": _URL, "events": ["INVOICE_PAID"], "description": "x" * 201}, "description"),
    ],
)
async def test_bad_input_is_refused(
    business: Business, input_: dict[str, object], field: str
) -> None:
    refusal = await business.refused(_CREATE, input=input_)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", field)
    assert not await Webhook.filter(company_id=business.company_id).exists()


async def test_a_webhook_that_is_off_cannot_be_tested(business: Business) -> None:
    webhook_id, _ = await make_webhook(business, _URL, "INVOICE_PAID")
    await Webhook.filter(id=webhook_id).update(enabled=False)
    refusal = await business.refused(
        "mutation($id: ID!) { testWebhook(input: { webhookId: $id }) { webhook { id } } }",
        id=webhook_id,
    )
    assert refusal.code == "CONFLICT"
    assert await deliveries_of(business, webhook_id) == []


async def test_the_audit_log_has_the_host_and_not_the_path(business: Business) -> None:
    webhook_id, _ = await make_webhook(business, f"{_URL}/secret-path", "INVOICE_PAID")
    await business.mutate("rotateWebhookSecret", "WebhookRef", "{ secret }", webhookId=webhook_id)
    await business.mutate("deleteWebhook", "WebhookRef", "{ deletedId }", webhookId=webhook_id)
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at").values()
    written = [entry for entry in entries if entry["action"].startswith("WEBHOOK")]
    assert [(entry["action"], entry["subject"]) for entry in written] == [
        ("WEBHOOK_CREATED", "127.0.0.1"),
        ("WEBHOOK_SECRET_ROTATED", "127.0.0.1"),
        ("WEBHOOK_DELETED", "127.0.0.1"),
    ]
    assert "secret-path" not in str(written)


async def test_deliveries_are_kept_for_thirty_days(business: Business) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        await business.make_invoice()
        await business.make_invoice()
        kept, old = await delivered(business, webhook_id)
    month_ago = datetime.now(UTC) - timedelta(days=30, seconds=1)
    await WebhookDelivery.filter(id=old["id"]).update(queued_at=month_ago)
    await delete_old()
    assert [each["id"] for each in await deliveries_of(business, webhook_id)] == [kept["id"]]


async def test_nobody_sends_elsewhere_what_they_may_not_see(business: Business) -> None:
    webhook_id, _ = await make_webhook(business, _URL, "INVOICE_PAID")
    manager = await business.make_key("MANAGE_COMPANY")
    created = await manager.refused(_CREATE, input={"url": _URL, "events": ["INVOICE_PAID"]})
    update = (
        "mutation($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }"
    )
    more: dict[str, object] = {"webhookId": webhook_id, "events": ["LINK_SHARED"]}
    changed = await manager.refused(update, input=more)
    assert (created.code, changed.code) == ("FORBIDDEN", "FORBIDDEN")
    await manager.gql(update, input={"webhookId": webhook_id, "enabled": False})
    [webhook] = await Webhook.filter(company_id=business.company_id)
    assert (webhook.events, webhook.enabled) == (["INVOICE_PAID"], False)
