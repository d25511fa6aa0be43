"""Links to set a new password, by e-mail."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

import pytest

from auth.client_info import ClientInfo
from models import AuditEntry, Credential, DeliveryState, EmailDelivery, Invitation, User
from services.company.companies import create_company
from services.identity.password_resets import _queue, new_reset_secret
from tests.support.clients import (
    CHEAP_HASHER,
    PASSWORD,
    Business,
    Caller,
    GraphQLFailed,
    eventually,
)
from tests.support.mailbox import Mailbox, text_of
from tests.support.second_factors import code_of, enrol, sign_in

pytestmark = pytest.mark.one_database

_REQUEST: Final = "mutation($email: String!) { requestPasswordReset(email: $email) { requested } }"
_CHOOSE: Final = (
    "mutation($input: ChoosePasswordInput!) { choosePassword(input: $input) { token } }"
)
_NEW: Final = "a completely new one"


async def _request(caller: Caller, email: str) -> bool:
    answer = await caller.gql(_REQUEST, email=email)
    return bool(answer["requestPasswordReset"]["requested"])


async def _links(business: Business, mailbox: Mailbox, count: int = 1) -> list[str]:
    """Return the secrets in the first `count` e-mails to the business's first user."""

    async def has_arrived() -> bool:
        return len(mailbox.arrived[business.email]) >= count

    await eventually(has_arrived)
    texts = map(text_of, mailbox.arrived[business.email][:count])
    return re.findall(r"/dashboard/welcome/(\S+)", "\n".join(texts))


async def _choose(caller: Caller, secret: str, **more: Any) -> Any:
    return await caller.gql(_CHOOSE, input={"secret": secret, "password": _NEW} | more)


async def test_a_forgotten_password_is_replaced_once(business: Business, mailbox: Mailbox) -> None:
    session = await sign_in(business)
    assert await _request(business.stranger, f" {business.email.upper()} ")
    [secret] = await _links(business, mailbox)
    [email] = mailbox.arrived[business.email]
    assert email["subject"] == "Set a new password for Acme Ltd"
    assert (await _choose(business.stranger, secret))["choosePassword"]["token"]
    with pytest.raises(GraphQLFailed) as again:
        await _choose(business.stranger, secret)
    assert again.value.code == "NOT_FOUND"
    assert (await session.refused("{ me { name } }")).code == "UNAUTHENTICATED"
    assert (await sign_in(business, password=_NEW)).secret
    with pytest.raises(GraphQLFailed):
        await sign_in(business)
    actions = await AuditEntry.filter(company_id=business.company_id).values_list("action")
    assert {"PASSWORD_RESET_REQUESTED", "PASSWORD_CHOSEN"} <= {action for (action,) in actions}


async def test_no_secret_is_stored(business: Business, mailbox: Mailbox) -> None:
    await _request(business.stranger, business.email)
    [secret] = await _links(business, mailbox)
    [delivery] = await EmailDelivery.filter(company_id=business.company_id)
    [link] = await Invitation.filter(company_id=business.company_id)
    assert secret not in f"{vars(delivery)} {vars(link)}"
    assert timedelta(0) < link.expires_at - datetime.now(UTC) <= timedelta(hours=1)


async def test_nobody_learns_who_has_an_account(business: Business, mailbox: Mailbox) -> None:
    invited = f"invited-{business.email}"
    await business.mutate(
        "createUser",
        "CreateUserInput",
        "{ url }",
        name="Ada",
        email=invited,
        permissions=["VIEW_INVOICES"],
    )
    for address in (f"nobody-{business.email}", invited, "\x00", "x" * 255, "no address"):
        assert await _request(business.stranger, address)
    assert await _request(business.stranger, business.email)
    await _links(business, mailbox)
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 1
    assert not mailbox.arrived[invited]


async def test_asking_for_links_is_limited_per_address(business: Business) -> None:
    for address in (f"nobody-{business.email}", business.email):
        for _ in range(5):
            assert await _request(business.stranger, address)
        refusal = await business.stranger.refused(_REQUEST, email=address.upper())
        assert refusal.code == "RATE_LIMITED"


async def test_links_cannot_be_used_to_send_spam(business: Business) -> None:
    users = User.filter(company_id=business.company_id)
    links = EmailDelivery.filter(company_id=business.company_id)
    client = ClientInfo("198.51.100.7")
    with patch("services.common.notices._MAX_BEFORE_NEW_USERS", 2):
        for _ in range(3):
            await _queue(business.email, client)
        assert await links.count() == 2
        await users.update(created_at=datetime.now(UTC) - timedelta(days=2))
        await _queue(business.email, client)
    assert await links.count() == 3


async def test_a_reset_takes_the_second_factor_and_keeps_it(
    business: Business, mailbox: Mailbox
) -> None:
    enrolled = await enrol(business)
    await _request(business.stranger, business.email)
    [secret] = await _links(business, mailbox)
    for code, reason in ((None, "CODE_REQUIRED"), ("000000", "CODE_WRONG")):
        with pytest.raises(GraphQLFailed) as refusal:
            await _choose(business.stranger, secret, code=code)
        assert refusal.value.errors[0]["extensions"]["reason"] == reason
    assert await _choose(business.stranger, secret, code=enrolled.recovery_codes[0])
    with pytest.raises(GraphQLFailed) as refusal:
        await sign_in(business, password=_NEW)
    assert refusal.value.errors[0]["extensions"]["reason"] == "CODE_REQUIRED"
    assert (await sign_in(business, code_of(enrolled.secret), _NEW)).secret


async def test_each_company_sends_its_own_link(business: Business, mailbox: Mailbox) -> None:
    stored = CHEAP_HASHER.hash("another password")
    mine_before = (await User.get(company_id=business.company_id)).password_hash
    other = await create_company("Zeta", business.email, stored)
    await _request(business.stranger, business.email)
    secrets = await _links(business, mailbox, count=2)
    senders = {str(email["from"]).partition(" <")[0] for email in mailbox.arrived[business.email]}
    assert (len(set(secrets)), senders) == (2, {"Acme Ltd", "Zeta"})
    await _choose(business.stranger, secrets[0])
    mine = await User.get(company_id=business.company_id)
    theirs = await User.get(company_id=other.company_id)
    unchanged = [mine.password_hash == mine_before, theirs.password_hash == stored]
    assert sorted(unchanged) == [False, True]


async def test_a_later_link_replaces_an_earlier_one(business: Business) -> None:
    first = await new_reset_secret(business.company_id, business.email)
    second = await new_reset_secret(business.company_id, business.email)
    assert first
    assert second
    with pytest.raises(GraphQLFailed):
        await _choose(business.stranger, first)
    assert await _choose(business.stranger, second)


async def test_a_link_expires_and_ends_with_another_password(business: Business) -> None:
    secret = await new_reset_secret(business.company_id, business.email)
    assert secret
    session = await sign_in(business)
    change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }"
    await session.gql(change, input={"current": PASSWORD, "password": _NEW})
    with pytest.raises(GraphQLFailed) as replaced:
        await _choose(business.stranger, secret)
    later = await new_reset_secret(business.company_id, business.email)
    assert later
    await Invitation.filter(company_id=business.company_id).update(expires_at=datetime.now(UTC))
    with pytest.raises(GraphQLFailed) as expired:
        await _choose(business.stranger, later)
    assert (replaced.value.code, expired.value.code) == ("NOT_FOUND", "NOT_FOUND")
    assert await Credential.filter(company_id=business.company_id, kind="SESSION").count() == 1


async def test_a_link_is_not_sent_an_hour_late(business: Business, mailbox: Mailbox) -> None:
    late = datetime.now(UTC) - timedelta(hours=1, seconds=1)
    delivery = await EmailDelivery.create(
        company_id=business.company_id,
        kind="NOTICE",
        recipient=business.email,
        subject="Set a new password for Acme Ltd",
        next_attempt_at=datetime.now(UTC) + timedelta(hours=1),
    )
    await EmailDelivery.filter(id=delivery.id).update(
        created_at=late, next_attempt_at=datetime.now(UTC)
    )

    async def has_failed() -> bool:
        row = await EmailDelivery.get(id=delivery.id)
        return row.status is DeliveryState.FAILED

    await eventually(has_failed)
    assert not mailbox.arrived[business.email]
