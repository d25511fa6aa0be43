"""API keys: they end with their user and the key that made them, and never exceed either."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.response_budget import ROW_COST, ResponseBudget, ResponseTooLarge
from models import AuditEntry, Credential
from services.identity.api_keys import load_keys_of
from tests.support.clients import Business, GraphQLFailed
from tests.support.people import (
    EVERYTHING,
    add_member,
    make_api_key,
    me_of,
    set_permissions,
)


async def _revoke(caller: Business, key_id: str) -> None:
    await caller.mutate("revokeApiKey", "RevokeApiKeyInput", "", id=key_id)


async def _ended(*callers: Business) -> None:
    for caller in callers:
        assert (await caller.refused("{ me { name } }")).code == "UNAUTHENTICATED"


async def _entries(business: Business, **filters: Any) -> list[tuple[str, str, str | None]]:
    entries = AuditEntry.filter(company_id=business.company_id, **filters).order_by("at")
    rows = await entries.values_list("action", "subject", "detail")
    return [(str(action), subject, detail) for action, subject, detail in rows]


async def test_a_key_loses_the_rights_that_its_user_loses(business: Business) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    _, key = await make_api_key(member, "VIEW_INVOICES", "MANAGE_COMPANY")
    await set_permissions(business, user_id, "VIEW_INVOICES", "MANAGE_INVOICES")
    assert (await me_of(key))["permissions"] == ["VIEW_INVOICES"]
    with pytest.raises(GraphQLFailed) as failed:
        await set_permissions(key, user_id, *EVERYTHING)
    assert failed.value.code == "FORBIDDEN"
    [*_, (action, subject, detail)] = await _entries(business)
    assert (action, subject) == ("USER_UPDATED", "Ada")
    assert detail == (
        "Permissions: VIEW_INVOICES, MANAGE_INVOICES, MANAGE_COMPANY →"
        " VIEW_INVOICES, MANAGE_INVOICES\n"
        "API key tool: Permissions: VIEW_INVOICES, MANAGE_COMPANY → VIEW_INVOICES"
    )
    await set_permissions(business, user_id, *EVERYTHING)
    assert (await me_of(key))["permissions"] == ["VIEW_INVOICES", "MANAGE_COMPANY"]


async def test_keys_say_who_made_them_and_what_they_can_do(business: Business) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    key_id, key = await make_api_key(member, "VIEW_INVOICES", "MANAGE_COMPANY")
    child_id, _ = await make_api_key(key, "VIEW_INVOICES", name="child")
    await make_api_key(business, "VIEW_INVOICES", name="other")
    await set_permissions(business, user_id, "MANAGE_COMPANY")
    query = """{ company {
      apiKeys { edges { node {
        name permissions effectivePermissions createdBy { name userId apiKeyId }
      } } }
      users { edges { node { name keys { id } } } }
    } }"""
    company = (await business.gql(query))["company"]
    [other, child, tool, first] = [edge["node"] for edge in company["apiKeys"]["edges"]]
    assert (first["createdBy"], first["effectivePermissions"]) == (None, EVERYTHING)
    assert tool["createdBy"] == {"name": "Ada", "userId": user_id, "apiKeyId": None}
    assert tool["permissions"] == ["VIEW_INVOICES", "MANAGE_COMPANY"]
    assert tool["effectivePermissions"] == ["MANAGE_COMPANY"]
    assert child["createdBy"] == {"name": "tool", "userId": user_id, "apiKeyId": key_id}
    assert child["effectivePermissions"] == []
    assert (other["createdBy"]["name"], other["createdBy"]["userId"]) == ("bootstrap", None)
    [ada, boss] = [edge["node"] for edge in company["users"]["edges"]]
    assert ada == {"name": "Ada", "keys": [{"id": child_id}, {"id": key_id}]}
    assert boss["keys"] == []
    await _revoke(business, key_id)
    company = (await business.gql(query))["company"]
    assert company["apiKeys"]["edges"][2]["node"]["effectivePermissions"] == []
    assert company["users"]["edges"][0]["node"]["keys"] == []


async def test_a_key_ends_with_its_user(business: Business) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    _, key = await make_api_key(member)
    _, child = await make_api_key(key, name="child")
    await business.mutate("removeUser", "UserRef", "", userId=user_id)
    await _ended(key, child)
    held = "Permissions: VIEW_INVOICES, MANAGE_INVOICES, MANAGE_COMPANY → none"
    assert (await _entries(business))[-3:] == [
        ("API_KEY_REVOKED", "child", f"{held}\nIts user Ada was removed."),
        ("API_KEY_REVOKED", "tool", f"{held}\nIts user Ada was removed."),
        ("USER_REMOVED", "Ada", held),
    ]
    assert await Credential.filter(name__in=["tool", "child"], user_id=None).count() >= 2


async def test_a_key_of_the_command_line_belongs_to_nobody(business: Business) -> None:
    user_id, _ = await add_member(business, *EVERYTHING)
    boss = (await business.gql("{ company { users { edges { node { id name } } } } }"))["company"]
    [boss_id] = [e["node"]["id"] for e in boss["users"]["edges"] if e["node"]["id"] != user_id]
    await business.mutate("removeUser", "UserRef", "", userId=boss_id)
    assert (await me_of(business))["permissions"] == EVERYTHING


async def test_a_key_cannot_make_one_that_lasts_longer(business: Business) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    _, key = await make_api_key(business, expiresAt=end.isoformat())
    for expiry in (None, (end + timedelta(seconds=1)).isoformat()):
        with pytest.raises(GraphQLFailed) as failed:
            await make_api_key(key, expiresAt=expiry)
        assert (failed.value.code, failed.value.field) == ("BAD_INPUT", "expiresAt")
        assert f"{end:%Y-%m-%dT%H:%M:%SZ}" in str(failed.value)
    _, child = await make_api_key(key, expiresAt=end.isoformat())
    assert (await me_of(child))["permissions"] == EVERYTHING


async def test_a_key_is_revoked_with_the_key_that_made_it(business: Business) -> None:
    key_id, key = await make_api_key(business, name="first")
    _, child = await make_api_key(key, name="second")
    grandchild_id, grandchild = await make_api_key(child, name="third")
    _, other = await make_api_key(business, name="other")
    await _revoke(other, grandchild_id)
    assert (await me_of(child))["name"] == "second"
    _, grandchild = await make_api_key(child, name="fourth")
    await _revoke(business, key_id)
    await _ended(key, child, grandchild)
    assert (await me_of(other))["name"] == "other"
    reason = "Permissions: VIEW_INVOICES, MANAGE_INVOICES, MANAGE_COMPANY → none"
    assert await _entries(business, action="API_KEY_REVOKED") == [
        ("API_KEY_REVOKED", "third", reason),
        ("API_KEY_REVOKED", "first", reason),
        ("API_KEY_REVOKED", "fourth", f"{reason}\nIt was made with the key first."),
        ("API_KEY_REVOKED", "second", f"{reason}\nIt was made with the key first."),
    ]


async def test_no_key_survives_if_it_is_made_while_the_one_that_makes_it_is_revoked(
    business: Business,
) -> None:
    for _ in range(5):
        key_id, key = await make_api_key(business)
        made, _ = await asyncio.gather(
            make_api_key(key), _revoke(business, key_id), return_exceptions=True
        )
        if isinstance(made, BaseException):
            assert isinstance(made, GraphQLFailed)
            assert made.code == "UNAUTHENTICATED"
        else:
            await _ended(made[1])
    assert await Credential.filter(company_id=business.company_id, revoked_at=None).count() == 1


async def test_the_keys_of_users_are_loaded_as_far_as_a_response_can_pay(
    business: Business,
) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    for _ in range(3):
        await make_api_key(member, "VIEW_INVOICES")
    id_ = UUID(user_id)
    with pytest.raises(ResponseTooLarge):
        await load_keys_of([id_], ResponseBudget(2 * ROW_COST))
    [keys] = await load_keys_of([id_], ResponseBudget(3 * ROW_COST))
    assert [key.user_id for key in keys] == [id_] * 3
