"""News by e-mail, combined, and in the company's chat."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from tortoise.expressions import Q

from models import Credential, EmailDelivery, User, Webhook, WebhookDelivery
from services.webhooks import delivery_queue, delivery_worker, digests, news
from services.webhooks.delivery_queue import Lease
from tests.conftest import Backend
from tests.support.clients import Business, eventually
from tests.support.killed import killed
from tests.support.people import add_member, set_permissions
from tests.support.webhook_receiver import receiving

_CHOOSE = (
    "mutation($events: [WebhookEvent!]!) { chooseNotices(input: { events: $events }) { notices } }"
)
_CHAT = (
    "mutation($url: String, $events: [WebhookEvent!]!)"
    " { setChat(input: { url: $url, events: $events }) { chat { url events } } }"
)
_READ = "mutation($input: ReportReadInput!) { reportRead(input: $input) { recorded } }"
_ASK = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }"
_ANSWER = "mutation($input: AnswerQuoteInput!) { answerQuote(input: $input) { quote { status } } }"


async def _subscriber(business: Business, *events: str) -> User:
    """Return a new user who gets e-mails about these events."""
    user_id, member = await add_member(business)
    data = await member.gql(_CHOOSE, events=list(events))
    assert data["chooseNotices"]["notices"] == list(events)
    await User.filter(id=user_id).update(created_at=datetime.now(UTC) - timedelta(days=2))
    return await User.get(id=user_id)


async def _emails(user: User) -> list[Any]:
    return await EmailDelivery.filter(recipient=user.email, idempotency_key__isnull=False)


async def _is_told(user: User) -> bool:
    """Whether nothing is queued for the user any more. What is queued is sent at once."""
    queued = WebhookDelivery.filter(webhook__user_id=user.id, state="QUEUED")
    await Webhook.filter(user_id=user.id).update(next_attempt_at=None)
    return not await queued.exists()


async def test_a_busy_hour_is_one_email(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = (
        *("INVOICE_VIEWED", "INVOICE_READ", "PAYMENT_RECEIVED", "QUOTE_ACCEPTED"),
        "QUESTION_ASKED",
    )
    user = await _subscriber(business, *events)
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    for _ in range(3):
        reader = business.stranger
        await reader.record_view(token)
        await reader.gql(_READ, input={"token": token})
    await business.pay(invoice_id, "40.00")
    quote = await business.share_quote(await business.make_quote())
    asked = {"token": quote, "name": "Rowan", "text": "Now?\nOr " + "x" * 300}
    await business.stranger.gql(_ASK, input=asked)
    answer = {"token": quote, "name": "Rowan", "accept": True, "note": "<b>Now</b>"}
    await business.stranger.gql(_ANSWER, input=answer)
    assert await _emails(user) == []
    monkeypatch.setattr(digests, "_QUIET", timedelta(0))
    await eventually(lambda: _is_told(user), pause=0.5)
    [email] = await _emails(user)
    assert email.subject == "5 things happened at Acme Ltd"
    sentences = [line for line in email.message.splitlines() if line and "://" not in line]
    assert sentences == [
        "Ada Lovelace opened invoice INV-00001 for the first time.",
        "Ada Lovelace has read invoice INV-00001.",
        "A payment of €40.00 by Ada Lovelace for invoice INV-00001 was received.",
        "Rowan (Ada Lovelace) asks about quote Q-00001: “Now? Or " + "x" * 292 + "…”",
        "Quote Q-00001 for Ada Lovelace (€100.00) was accepted by Rowan: “<b>Now</b>”",
    ]
    await business.pay(invoice_id, "1.00")
    queued = await WebhookDelivery.get(webhook__user_id=user.id, state="QUEUED")
    later = queued.queued_at + timedelta(minutes=50)
    await eventually(Webhook.filter(user_id=user.id, next_attempt_at__gt=later).exists)
    assert len(await _emails(user)) == 1


_DIE_WHILE_TELLING: Final = """
import time
from datetime import timedelta
from core.urls import Urls
from db.statements import database_time, fetch, id_of
from services.webhooks import digests
from services.webhooks.delivery_queue import LEASE_TTL, Lease

async def main(user_id, moment):
    now = await database_time()
    [row] = await fetch(
        "UPDATE webhook SET lease = lease + 1, next_attempt_at = $1 WHERE user_id = $2"
        " RETURNING id, company_id, lease", now + 2 * LEASE_TTL, user_id
    )
    lease = Lease(id_of(row["id"]), id_of(row["company_id"]), row["lease"], now, time.monotonic())

    async def note_and_die(sql, rows):
        die()

    digests._QUIET = timedelta(0)
    if moment == "before the commit":
        digests.execute_many = note_and_die
    await digests.send_digest(lease, Urls("https://portal.example"))
    die()
"""


@pytest.mark.parametrize(
    ("moment", "told"), [("before the commit", False), ("after the commit", True)]
)
async def test_a_process_that_is_killed_while_telling_tells_nothing_twice(
    *,
    backend: Backend,
    business: Business,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    told: bool,
) -> None:
    user = await _subscriber(business, "PAYMENT_RECEIVED")
    await business.pay(await business.make_invoice(), "1.00")
    await killed(backend, _DIE_WHILE_TELLING, str(user.id), moment)
    assert len(await _emails(user)) == told
    queued = WebhookDelivery.filter(webhook__user_id=user.id, state="QUEUED")
    assert await queued.exists() is not told
    monkeypatch.setattr(digests, "_QUIET", timedelta(0))
    await eventually(lambda: _is_told(user), pause=0.5)
    [email] = await _emails(user)
    assert "€1.00" in email.message


async def test_an_event_that_cannot_be_told_holds_up_no_other(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise LookupError

    user = await _subscriber(business, "PAYMENT_RECEIVED", "QUESTION_ASKED")
    invoice_id = await business.make_invoice()
    asked = {"token": await business.share(invoice_id), "name": "Rowan", "text": "Now?"}
    await business.stranger.gql(_ASK, input=asked)
    await business.pay(invoice_id, "40.00")
    monkeypatch.setattr(news, "_question", fail)
    monkeypatch.setattr(digests, "_QUIET", timedelta(0))
    await eventually(lambda: _is_told(user), pause=0.5)
    [email] = await _emails(user)
    assert "Rowan" not in email.message
    assert "€40.00" in email.message


async def test_who_may_not_see_invoices_any_more_is_told_nothing(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await _subscriber(business, "PAYMENT_RECEIVED")
    await business.pay(await business.make_invoice(), "1.00")
    await set_permissions(business, str(user.id), "MANAGE_COMPANY")
    monkeypatch.setattr(digests, "_QUIET", timedelta(0))
    await eventually(lambda: _is_told(user), pause=0.5)
    assert await _emails(user) == []


async def test_choosing_nothing_ends_the_emails(business: Business) -> None:
    user_id, member = await add_member(business)
    await member.gql(_CHOOSE, events=["PAYMENT_RECEIVED"])
    assert (await member.gql("{ notices }"))["notices"] == ["PAYMENT_RECEIVED"]
    await member.gql(_CHOOSE, events=[])
    assert (await member.gql("{ notices }"))["notices"] == []
    assert not await Webhook.filter(user_id=user_id).exists()


async def test_only_people_are_told_and_only_of_some_events(business: Business) -> None:
    _, member = await add_member(business)
    assert (await member.refused(_CHOOSE, events=["LINK_SHARED"])).field == "events"
    assert (await business.refused(_CHOOSE, events=["INVOICE_VIEWED"])).code == "FORBIDDEN"
    assert not await Webhook.filter(company_id=business.company_id).exists()


async def test_a_chat_gets_messages_that_cannot_mention_anyone(business: Business) -> None:
    async with receiving() as chat:
        data = await business.gql(
            _CHAT, url=chat.url, events=["INVOICE_VIEWED", "PAYMENT_RECEIVED"]
        )
        assert data["setChat"]["chat"]["url"] == chat.url
        customer_id = await business.make_customer(name="<!channel> & Co")
        invoice_id = await business.make_invoice(customerId=customer_id)
        token = await business.share(invoice_id)
        await business.stranger.record_view(token)
        await chat.until(1)
        await business.stranger.record_view(token)
        await business.pay(invoice_id, "40.00")
        await _end_pause(business)
        await chat.until(2)
    first, second = (each.payload for each in chat.received)
    assert list(first) == ["text"]
    assert first["text"].startswith("&lt;!channel&gt; &amp; Co opened invoice INV-00001 for")
    assert f"/dashboard/invoices/{invoice_id}" in first["text"]
    assert "€40.00" in second["text"]
    assert "webhook-signature" not in chat.received[0].headers


async def test_a_busy_minute_is_one_message_in_the_chat(business: Business) -> None:
    async with receiving() as chat:
        await business.gql(_CHAT, url=chat.url, events=["PAYMENT_RECEIVED"])
        invoice_id = await business.make_invoice()
        await business.pay(invoice_id, "1.00")
        await chat.until(1)
        for amount in ("2.00", "3.00", "4.00"):
            await business.pay(invoice_id, amount)
        chat.answer = lambda _: "500 Busy" if len(chat.received) == 2 else "200 OK"
        await _end_pause(business)
        await chat.until(2)
        await business.pay(invoice_id, "5.00")
        await _end_pause(business)
        await chat.until(3)
    texts = [each.payload["text"] for each in chat.received]
    assert [re.findall(r"€\d", text) for text in texts] == [
        ["€1"],
        ["€2", "€3", "€4"],
        ["€2", "€3", "€4", "€5"],
    ]


async def test_a_message_that_takes_long_to_make_is_posted_with_another_lease(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_payloads, renew = delivery_queue.store_payloads, delivery_queue.renew
    renewed: list[int] = []

    async def store_late(payloads: Mapping[UUID, str]) -> Mapping[UUID, str]:
        monkeypatch.setattr(delivery_worker, "_FRESH", 5.0)
        return await store_payloads(payloads)

    async def note(lease: Lease) -> Webhook | None:
        renewed.append(lease.number)
        return await renew(lease)

    async with receiving() as chat:
        await business.gql(_CHAT, url=chat.url, events=["PAYMENT_RECEIVED"])
        monkeypatch.setattr(delivery_worker, "_FRESH", 0.0)
        monkeypatch.setattr(delivery_queue, "store_payloads", store_late)
        monkeypatch.setattr(delivery_queue, "renew", note)
        await business.pay(await business.make_invoice(), "1.00")
        await chat.until(1)
        posted_with = renewed[-1]
        await eventually(WebhookDelivery.filter(state="DELIVERED").exists)
    assert len(chat.received) == 1
    assert posted_with > renewed[0]


async def _end_pause(business: Business) -> None:
    """Let the chat's next message be due once its pause has begun."""
    chat = Webhook.filter(id=business.company_id)
    soon = datetime.now(UTC) + delivery_queue.LEASE_TTL
    later = Q(next_attempt_at__gt=soon) | Q(failing_since__isnull=False)
    await eventually(chat.filter(later).exists)
    await chat.update(next_attempt_at=None)


async def test_a_chat_is_no_webhook_of_the_api_and_can_be_removed(business: Business) -> None:
    await business.gql(_CHAT, url="http://127.0.0.1:9/", events=["PAYMENT_RECEIVED"])
    query = "{ company { chat { events } webhooks { totalCount edges { node { id } } } } }"
    company = (await business.gql(query))["company"]
    assert company["chat"] == {"events": ["PAYMENT_RECEIVED"]}
    assert company["webhooks"]["edges"] == []
    refusal = await business.refused(
        "mutation($id: ID!) { deleteWebhook(input: { webhookId: $id }) { deletedId } }",
        id=str(business.company_id),
    )
    assert refusal.code == "NOT_FOUND"
    await business.gql(_CHAT, url=None, events=[])
    assert (await business.gql(query))["company"]["chat"] is None


async def test_the_address_of_a_chat_is_checked(business: Business) -> None:
    refusal = await business.refused(_CHAT, url="ftp://chat", events=["PAYMENT_RECEIVED"])
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "url")
    assert not await Webhook.filter(company_id=business.company_id).exists()


async def test_only_another_address_of_a_chat_takes_a_recent_password(business: Business) -> None:
    user_id, manager = await add_member(business, "MANAGE_COMPANY", "VIEW_INVOICES")
    url = "http://127.0.0.1:9/"
    await manager.gql(_CHAT, url=url, events=["PAYMENT_RECEIVED"])
    earlier = datetime.now(UTC) - timedelta(minutes=16)
    await Credential.filter(user_id=user_id).update(confirmed_at=earlier)
    data = await manager.gql(_CHAT, url=url, events=["PAYMENT_FAILED"])
    refusal = await manager.refused(_CHAT, url=f"{url}new", events=["PAYMENT_FAILED"])
    assert data["setChat"]["chat"] == {"url": url, "events": ["PAYMENT_FAILED"]}
    assert refusal.code == "FORBIDDEN"
    assert (await Webhook.get(id=business.company_id)).url == url


async def test_what_the_desktop_shows_is_chosen_apart_from_emails(business: Business) -> None:
    choose = (
        "mutation($desktop: [WebhookEvent!]) { chooseNotices(input: { events: [PAYMENT_FAILED],"
        " desktopEvents: $desktop }) { notices desktopNotices } }"
    )
    _, member = await add_member(business)
    for desktop, expected in (
        (["PAYMENT_RECEIVED", "INVOICE_VIEWED"], ["INVOICE_VIEWED", "PAYMENT_RECEIVED"]),
        (None, ["INVOICE_VIEWED", "PAYMENT_RECEIVED"]),
        ([], []),
    ):
        data = await member.gql(choose, desktop=desktop)
        chosen = {"notices": ["PAYMENT_FAILED"], "desktopNotices": expected}
        assert data["chooseNotices"] == chosen
        assert (await member.gql("{ desktopNotices }"))["desktopNotices"] == expected
    refusal = await member.refused(choose, desktop=["EMAIL_FAILED"])
    assert refusal.code == "BAD_INPUT"
