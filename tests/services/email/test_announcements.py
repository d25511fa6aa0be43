"""Announcements go to each selected address once, unless it has opted out."""

import asyncio
from typing import Any

import pytest

from models import Announcement, Customer, EmailDelivery, MailCategory
from tests.services.email.test_emails import new_address, turn_off
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox, text_of

COUNTS = "{ queued skipped withoutAddress }"


async def announce(business: Business, customer_ids: list[str], **more: object) -> Any:
    """Send an announcement and return its counts."""
    content = {"subject": "We're moving", "body": "To a larger office.\nCome and see it."} | more
    return await business.mutate(
        "sendAnnouncement", "SendAnnouncementInput", COUNTS, customerIds=customer_ids, **content
    )


async def all_settled(business: Business) -> bool:
    """Whether no delivery is waiting any more."""
    return not await EmailDelivery.exists(
        company_id=business.company_id, next_attempt_at__isnull=False
    )


async def test_each_address_gets_an_announcement_once(business: Business, mailbox: Mailbox) -> None:
    shared, opted_out, own = new_address(), new_address(), new_address()
    await turn_off(business, opted_out, MailCategory.MARKETING)
    addresses = [shared, shared.upper(), opted_out, own, None]
    customer_ids = [await business.make_customer(email=address) for address in addresses]
    portal_token = await business.share_portal(customer_ids[3])
    counts = await announce(business, [*customer_ids, customer_ids[0]])
    assert counts == {"queued": 2, "skipped": 1, "withoutAddress": 1}
    await eventually(lambda: all_settled(business))
    assert mailbox.arrived[opted_out] == []
    other_spelling = shared.upper().replace("EXAMPLE.COM", "example.com")
    [message] = mailbox.arrived[shared] + mailbox.arrived[other_spelling]
    assert message["Subject"] == "We're moving"
    assert "To a larger office.\nCome and see it." in text_of(message)
    assert "/unsubscribe/" in message["List-Unsubscribe"]
    assert f"/portal/{portal_token}?source=email" in text_of(mailbox.only(own))


async def test_the_same_key_announces_once(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    customer_id = await business.make_customer(email=address)
    requests = (announce(business, [customer_id], idempotencyKey="k") for _ in range(8))
    counts = await asyncio.gather(*requests)
    assert counts == [{"queued": 1, "skipped": 0, "withoutAddress": 0}] * 8
    await eventually(lambda: all_settled(business))
    mailbox.only(address)
    await Customer.filter(id=customer_id).update(email=None)
    later = await announce(business, [customer_id], idempotencyKey="k")
    assert (later["queued"], later["skipped"]) == (1, 0)
    with pytest.raises(GraphQLFailed) as refusal:
        await announce(business, [customer_id], idempotencyKey="k", subject="Another")
    assert (refusal.value.code, refusal.value.field) == ("CONFLICT", "idempotencyKey")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": "\r\n"}, "subject"),
        ({"body": ""}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"customerIds": []}, "customerIds"),
        ({"customerIds": ["x"] * 1001}, "customerIds"),
    ],
)
async def test_invalid_announcements_are_refused(
    business: Business, change: dict[str, Any], field: str
) -> None:
    input_ = {"customerIds": [await business.make_customer()]} | change
    with pytest.raises(GraphQLFailed) as refusal:
        await announce(business, input_.pop("customerIds"), **input_)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert await Announcement.filter(company_id=business.company_id).count() == 0


async def test_a_subject_is_one_line(business: Business) -> None:
    await announce(business, [await business.make_customer()], subject="a\r\nBcc: b@c.dd")
    announcement = await Announcement.get(company_id=business.company_id)
    assert announcement.subject == "a Bcc: b@c.dd"


async def test_another_company_s_customer_stops_the_announcement(
    business: Business, rival: Business
) -> None:
    ids = [await business.make_customer(), await rival.make_customer()]
    with pytest.raises(GraphQLFailed) as refusal:
        await announce(business, ids)
    assert refusal.value.code == "NOT_FOUND"
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0
