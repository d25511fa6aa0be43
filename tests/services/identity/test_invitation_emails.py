"""Invitations that are sent by e-mail."""

import re
from typing import Any, Final
from unittest.mock import patch

import pytest

from models import EmailDelivery, Invitation, MailKind
from services.identity import invitation_emails
from services.identity.invitation_emails import new_emailed_secret
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox, text_of
from tests.support.people import (
    choose_password,
    create_user,
    new_address,
    set_permissions,
    token_of,
)

_INVITE: Final = (
    "mutation($id: ID!) { inviteUser(input: {userId: $id}, sendEmail: true) { isEmailed } }"
)


async def _emailed_link(mailbox: Mailbox, address: str) -> str:
    async def has_arrived() -> bool:
        return bool(mailbox.arrived[address])

    await eventually(has_arrived)
    [secret] = re.findall(r"/dashboard/welcome/(\S+)", text_of(mailbox.only(address)))
    return str(secret)


async def _refused(business: Business, token: str) -> None:
    with pytest.raises(GraphQLFailed) as failed:
        await choose_password(business.stranger, token)
    assert failed.value.code == "NOT_FOUND"


async def _invite(business: Business, address: str) -> Any:
    return await create_user(business, email=address, sendEmail=True)


async def test_either_link_works_and_ends_the_other(business: Business, mailbox: Mailbox) -> None:
    addresses = [new_address(), new_address()]
    shown = [token_of(await _invite(business, address)) for address in addresses]
    emailed = [await _emailed_link(mailbox, address) for address in addresses]
    text = text_of(mailbox.only(addresses[0]))
    assert "You're invited to work on the invoices of Acme Ltd." in text
    assert await choose_password(business.stranger, emailed[0])
    assert await choose_password(business.stranger, shown[1])
    for token in (shown[0], emailed[1]):
        await _refused(business, token)


async def test_an_emailed_link_ends_with_the_rights_that_it_was_for(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invited = await _invite(business, address)
    token = await _emailed_link(mailbox, address)
    await set_permissions(business, invited["user"]["id"], "MANAGE_INVOICES")
    await _refused(business, token)
    assert not await Invitation.exists(user_id=invited["user"]["id"])


async def test_an_email_has_no_link_once_its_invitation_is_used_or_replaced(
    business: Business,
) -> None:
    used, replaced = await _invite(business, new_address()), await _invite(business, new_address())
    await choose_password(business.stranger, token_of(used))
    await business.gql(_INVITE, id=replaced["user"]["id"])
    for user in (used["user"], replaced["user"]):
        first, *_ = await EmailDelivery.filter(recipient=user["email"]).order_by("created_at")
        assert await new_emailed_secret(first) is None


async def test_only_so_many_invitations_are_sent_in_a_day(business: Business) -> None:
    invited = await _invite(business, new_address())
    user_id = invited["user"]["id"]
    with patch.object(invitation_emails, "_MAX_PER_ADDRESS", 2):
        again = [await business.gql(_INVITE, id=user_id) for _ in range(2)]
    assert [each["inviteUser"]["isEmailed"] for each in again] == [True, False]
    with patch.object(invitation_emails, "_MAX_PER_DAY", 2):
        await _invite(business, new_address())
    emailed = EmailDelivery.filter(company_id=business.company_id, kind=MailKind.INVITATION)
    assert await emailed.count() == 2
