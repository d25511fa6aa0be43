"""Invitations end with the rights of those who invite, and when those of the invited change."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Credential, Invitation, User
from tests.support.clients import Business, GraphQLFailed
from tests.support.people import (
    EVERYTHING,
    add_member,
    choose_password,
    create_user,
    make_api_key,
    set_permissions,
    token_of,
)


async def _refused(business: Business, token: str) -> None:
    with pytest.raises(GraphQLFailed) as failed:
        await choose_password(business.stranger, token)
    assert failed.value.code == "NOT_FOUND"


async def _invite(caller: Business, user_id: str) -> str:
    return token_of(await caller.mutate("inviteUser", "UserRef", "{ url }", userId=user_id))


@pytest.mark.parametrize("permissions", [EVERYTHING, ["MANAGE_INVOICES"]])
async def test_an_invitation_ends_when_the_invited_user_gets_other_rights(
    business: Business, permissions: list[str]
) -> None:
    _, manager = await add_member(business, "VIEW_INVOICES", "MANAGE_COMPANY")
    user_id, _ = await add_member(business)
    tokens = [await _invite(manager, user_id), token_of(await create_user(manager))]
    await set_permissions(business, user_id, *permissions)
    await _refused(business, tokens[0])
    assert await choose_password(business.stranger, tokens[1])


@pytest.mark.parametrize("permissions", [["MANAGE_COMPANY"], ["VIEW_INVOICES"]])
async def test_an_invitation_ends_when_the_inviter_loses_a_right(
    business: Business, permissions: list[str]
) -> None:
    manager_id, manager = await add_member(business, "VIEW_INVOICES", "MANAGE_COMPANY")
    _, key = await make_api_key(manager, "VIEW_INVOICES", "MANAGE_COMPANY")
    tokens = [token_of(await create_user(caller)) for caller in (manager, key)]
    await set_permissions(business, manager_id, *permissions)
    for token in tokens:
        await _refused(business, token)
    # It doesn't begin to work again with the rights.
    await set_permissions(business, manager_id, *EVERYTHING)
    for token in tokens:
        await _refused(business, token)


async def test_the_rights_of_the_inviter_count_when_an_invitation_is_used(
    business: Business,
) -> None:
    manager_id, manager = await add_member(business, *EVERYTHING)
    token = token_of(await create_user(manager, permissions=["MANAGE_INVOICES"]))
    for permissions in ("VIEW_INVOICES MANAGE_COMPANY", "VIEW_INVOICES MANAGE_INVOICES"):
        await User.filter(id=manager_id).update(permissions=permissions)
        await _refused(business, token)
    await User.filter(id=manager_id).update(permissions="MANAGE_INVOICES MANAGE_COMPANY")
    assert await choose_password(business.stranger, token)


async def test_an_invitation_ends_with_the_user_who_invites(business: Business) -> None:
    manager_id, manager = await add_member(business, *EVERYTHING)
    _, key = await make_api_key(manager)
    tokens = [token_of(await create_user(caller)) for caller in (manager, key)]
    await business.mutate("removeUser", "UserRef", "", userId=manager_id)
    for token in tokens:
        await _refused(business, token)
    assert await Invitation.filter(company_id=business.company_id).count() == 0


async def test_an_invitation_ends_with_the_key_that_invites(business: Business) -> None:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    revoked_id, revoked = await make_api_key(business)
    expired_id, expired = await make_api_key(business, expiresAt=expiry.isoformat())
    tokens = [token_of(await create_user(caller)) for caller in (revoked, expired)]
    await business.mutate("revokeApiKey", "RevokeApiKeyInput", "", id=revoked_id)
    await Credential.filter(id=expired_id).update(expires_at=datetime.now(UTC))
    for token in tokens:
        await _refused(business, token)


async def test_an_invitation_that_is_used_while_rights_change_gives_none_but_the_old(
    business: Business,
) -> None:
    _, manager = await add_member(business, "VIEW_INVOICES", "MANAGE_COMPANY")
    user_id, _ = await add_member(business)
    for _ in range(5):
        await User.filter(id=user_id).update(permissions="VIEW_INVOICES")
        token = await _invite(manager, user_id)
        results = await asyncio.gather(
            choose_password(business.stranger, token),
            set_permissions(business, user_id, *EVERYTHING),
            return_exceptions=True,
        )
        used: Any = results[0]
        # Either it was used first, when the inviter had all of the user's rights, or never.
        if isinstance(used, GraphQLFailed):
            assert used.code == "NOT_FOUND"
        else:
            assert used["actor"]["permissions"] == ["VIEW_INVOICES"]
        assert await Invitation.filter(user_id=user_id).count() == 0
