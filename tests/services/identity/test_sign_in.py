"""Signing in and out, and API keys."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4

import pytest
from argon2.low_level import hash_secret

from auth.secrets import PREFIXES, digest
from db.connections import connection
from db.statements import fetch
from errors import Busy
from models import AuditEntry, Credential, CredentialKind, User
from tests.support.clients import (
    CHEAP_HASHER,
    PASSWORD,
    Business,
    Caller,
    GraphQLFailed,
    eventually,
)

pytestmark = pytest.mark.one_database

_SIGN_IN: Final = (
    "mutation($input: SignInInput!) { signIn(input: $input)"
    " { token expiresAt actor { name email permissions } } }"
)
_ME: Final = "{ me { name email permissions } }"
_REVOKE: Final = "mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) }"
_CREATE_KEY: Final = (
    "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret id } }"
)
_ALL: Final = ["VIEW_INVOICES", "MANAGE_INVOICES", "MANAGE_COMPANY"]


async def _sign_in(caller: Caller, email: str, password: str = PASSWORD) -> Any:
    return (await caller.gql(_SIGN_IN, input={"email": email, "password": password}))["signIn"]


async def _session(business: Business) -> Caller:
    return Caller(business.http, (await _sign_in(business.stranger, business.email))["token"])


async def _make_key(caller: Caller, **details: object) -> Any:
    details = {"name": "tool", "permissions": _ALL} | details
    return (await caller.gql(_CREATE_KEY, input=details))["createApiKey"]


async def _number_of_keys(business: Business) -> int:
    kind = CredentialKind.API_KEY
    return await Credential.filter(company_id=business.company_id, kind=kind).count()


# --- sessions ------------------------------------------------------------------------------------


async def test_a_user_signs_in_and_acts(business: Business) -> None:
    signed_in = await _sign_in(business.stranger, business.email)
    actor = {"name": "Acme Ltd", "email": business.email, "permissions": _ALL}
    assert signed_in["actor"] == actor
    lifetime = datetime.fromisoformat(signed_in["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=7) - timedelta(minutes=1) < lifetime <= timedelta(days=7)
    assert (await Caller(business.http, signed_in["token"]).gql(_ME))["me"] == actor


@pytest.mark.parametrize("write", [str.upper, str.title, "  {}\t".format])
@pytest.mark.both_databases
async def test_sign_in_ignores_the_case_of_the_address(
    business: Business, write: Callable[[str], str]
) -> None:
    signed_in = await _sign_in(business.stranger, write(business.email))
    assert signed_in["actor"]["email"] == business.email


async def _refusal(business: Business, email: str, password: str) -> dict[str, Any]:
    with pytest.raises(GraphQLFailed) as refusal:
        await _sign_in(business.stranger, email, password)
    error = refusal.value.errors[0]
    return {"message": error["message"], **error["extensions"]}


async def test_an_unknown_address_looks_like_a_wrong_password(business: Business) -> None:
    wrong = await _refusal(business, business.email, "wrong")
    assert wrong == {
        "message": "The e-mail address or the password is wrong.",
        "code": "UNAUTHENTICATED",
    }
    for email, password in (
        ("nobody@example.com", PASSWORD),
        ("", ""),
        ("\x00", PASSWORD),
        ("a" * 255, PASSWORD),
        ("\u0130" * 254, PASSWORD),
        ("a" * 100_000, PASSWORD),
        (business.email, ""),
        (business.email, PASSWORD + " "),
        (business.email, PASSWORD.upper()),
        (business.email, "x" * 100_000),
    ):
        assert await _refusal(business, email, password) == wrong
    assert not await Credential.exists(company_id=business.company_id, kind=CredentialKind.SESSION)


async def test_an_unknown_address_takes_as_long_as_a_wrong_password(business: Business) -> None:
    with patch("auth.secrets.hash_secret", wraps=hash_secret) as hashed:
        await _refusal(business, business.email, "wrong")
        await _refusal(business, "nobody@example.com", "wrong")
        await _refusal(business, "x" * 100_000, "wrong")
    assert [call.kwargs["memory_cost"] for call in hashed.mock_calls if call.kwargs] == [8] * 3


async def test_a_truncated_password_is_wrong(business: Business) -> None:
    long = "p" * 1025
    user = await User.get(company_id=business.company_id)
    user.password_hash = CHEAP_HASHER.hash(long[:1024])
    await user.save()
    assert (await _refusal(business, business.email, long))["code"] == "UNAUTHENTICATED"
    assert (await _sign_in(business.stranger, business.email, long[:1024]))["token"]


@pytest.mark.both_databases
async def test_an_ip_may_try_ten_times_a_minute(business: Business) -> None:
    stranger = business.stranger
    attempts = (_sign_in(stranger, f"{uuid4().hex}@example.com") for _ in range(12))
    failures = await asyncio.gather(*attempts, return_exceptions=True)
    codes = [failure.code for failure in failures if isinstance(failure, GraphQLFailed)]
    assert sorted(codes) == ["RATE_LIMITED"] * 2 + ["UNAUTHENTICATED"] * 10
    with pytest.raises(GraphQLFailed) as refusal:
        await _sign_in(stranger, business.email)
    assert refusal.value.code == "RATE_LIMITED"
    assert 1 <= refusal.value.errors[0]["extensions"]["retryAfter"] <= 60
    assert (await _sign_in(business.stranger, business.email))["token"]


async def test_an_account_may_be_tried_ten_times_from_anywhere(business: Business) -> None:
    for address in (business.email, "Nobody.Here@example.com"):
        codes = [(await _refusal(business, address, "wrong"))["code"] for _ in range(11)]
        assert codes == ["UNAUTHENTICATED"] * 10 + ["RATE_LIMITED"]
        refusal = await _refusal(business, address.swapcase(), PASSWORD)
        assert 1 <= refusal["retryAfter"] <= 15 * 60


async def test_the_log_for_monitoring_has_ids_and_no_addresses(
    business: Business, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "invotify.security")
    await _refusal(business, business.email, "wrong")
    await _refusal(business, f"nobody-{business.email}", "wrong")
    await (await _session(business)).gql("mutation { signOut }")
    user = await User.get(company_id=business.company_id)
    events: list[Any] = [
        record.msg for record in caplog.records if record.name == "invotify.security"
    ]
    assert [event["event"] for event in events] == [
        "security.sign_in_failed",
        "security.sign_in_failed",
        "security.signed_in",
        "security.signed_out",
    ]
    assert [event.get("user_ids") for event in events[:2]] == [[str(user.id)], []]
    assert {event["user_id"] for event in events[2:]} == {str(user.id)}
    assert business.email not in str(events)
    assert PASSWORD not in str(events)


async def test_only_failures_count_for_an_account(business: Business) -> None:
    for _ in range(9):
        await _refusal(business, business.email, "wrong")
    for _ in range(3):
        assert (await _sign_in(business.stranger, business.email))["token"]
    assert (await _refusal(business, business.email, "wrong"))["code"] == "UNAUTHENTICATED"
    assert (await _refusal(business, business.email, PASSWORD))["code"] == "RATE_LIMITED"


async def test_what_could_not_be_checked_does_not_count(business: Business) -> None:
    with patch("services.identity.sign_in.find_users", side_effect=Busy(retry_after=1)):
        for _ in range(11):
            assert (await _refusal(business, business.email, PASSWORD))["code"] == "UNAVAILABLE"
    assert (await _sign_in(business.stranger, business.email))["token"]


async def test_signing_in_and_out_and_failing_to_is_on_record(business: Business) -> None:
    await _refusal(business, business.email, "wrong")
    session = await _session(business)
    await session.gql("mutation { signOut }")

    async def actions() -> list[tuple[Any, ...]]:
        entries = AuditEntry.filter(company_id=business.company_id).order_by("at")
        return await entries.values_list("action", "actor", "detail")

    async def has_all() -> bool:
        return len(await actions()) == 3

    await eventually(has_all)  # failures are recorded after the answer
    details = {action: (actor, detail) for action, actor, detail in await actions()}
    assert details["SIGN_IN_FAILED"] == ("Acme Ltd", "Wrong password")
    assert details["SIGNED_IN"][1].startswith("From 198.18.")
    assert details["SIGNED_OUT"] == ("Acme Ltd", None)


async def test_a_session_expires(business: Business) -> None:
    session = await _session(business)
    row = Credential.filter(secret_hash=digest(session.secret or ""))
    await row.update(expires_at=datetime.now(UTC))
    assert (await session.refused(_ME)).code == "UNAUTHENTICATED"


async def test_signing_out_ends_this_session_only(business: Business) -> None:
    session, other = await _session(business), await _session(business)
    assert (await session.gql("mutation { signOut }")) == {"signOut": True}
    assert (await session.refused(_ME)).code == "UNAUTHENTICATED"
    assert (await session.refused("mutation { signOut }")).code == "UNAUTHENTICATED"
    assert (await other.gql(_ME))["me"]["email"] == business.email
    assert (await business.gql(_ME))["me"]["name"] == "bootstrap"


async def test_signing_out_does_not_revoke_a_key(business: Business) -> None:
    refusal = await business.refused("mutation { signOut }")
    assert (refusal.code, refusal.errors[0]["message"]) == (
        "FORBIDDEN",
        "API keys are revoked with revokeApiKey.",
    )
    assert (await business.gql(_ME))["me"]["name"] == "bootstrap"


async def test_a_session_has_its_user_s_current_permissions(business: Business) -> None:
    session = await _session(business)
    await User.filter(company_id=business.company_id).update(permissions="VIEW_INVOICES")
    assert (await session.gql(_ME))["me"]["permissions"] == ["VIEW_INVOICES"]


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Basic {}", "{}", "Bearer x{}", "Bearer {}x", "Bearer {} {}"],
)
async def test_an_invalid_bearer_secret_is_unauthenticated(
    business: Business, authorization: str | None
) -> None:
    headers = dict(business.stranger.headers)
    if authorization is not None:
        headers["authorization"] = authorization.format(business.secret, business.secret)
    answer = await business.http.post("/graphql", json={"query": _ME}, headers=headers)
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_authorization_scheme_ignores_case(business: Business) -> None:
    headers = business.headers | {"authorization": f"bEARER  {business.secret}"}
    answer = await business.http.post("/graphql", json={"query": _ME}, headers=headers)
    assert answer.json()["data"]["me"]["name"] == "bootstrap"


# --- keys ----------------------------------------------------------------------------------------


async def test_a_key_has_exactly_its_permissions(business: Business) -> None:
    tool = await business.make_key("VIEW_INVOICES")
    me = {"name": "tool", "email": None, "permissions": ["VIEW_INVOICES"]}
    assert (await tool.gql(_ME))["me"] == me
    assert (await tool.gql("{ company { invoices { totalCount } } }"))["company"]
    refused = 'mutation { createCustomer(input: {name: "x"}) { customer { id } } }'
    assert (await tool.refused(refused)).code == "FORBIDDEN"
    assert (await tool.refused("{ company { apiKeys { totalCount } } }")).code == "FORBIDDEN"


async def test_a_key_cannot_have_permissions_the_caller_lacks(business: Business) -> None:
    tool = await business.make_key("MANAGE_COMPANY")
    before = await _number_of_keys(business)
    for permissions in (_ALL, ["VIEW_INVOICES"], ["MANAGE_COMPANY", "MANAGE_INVOICES"]):
        details = {"name": "x", "permissions": permissions}
        assert (await tool.refused(_CREATE_KEY, input=details)).code == "FORBIDDEN"
    assert await _number_of_keys(business) == before
    assert (await _make_key(tool, permissions=["MANAGE_COMPANY"]))["secret"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": "\n\x00"}, "name"),
        ({"permissions": []}, "permissions"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    ],
)
async def test_invalid_keys_are_refused(
    business: Business, change: dict[str, Any], field: str
) -> None:
    details = {"name": "tool", "permissions": _ALL} | change
    refusal = await business.refused(_CREATE_KEY, input=details)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", field)
    assert await _number_of_keys(business) == 1
    assert not await AuditEntry.exists(company_id=business.company_id)


async def test_a_key_expires(business: Business) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    key = await _make_key(business, expiresAt=expires_at.isoformat())
    tool = Caller(business.http, key["secret"])
    assert (await tool.gql(_ME))["me"]["name"] == "tool"
    assert (await Credential.get(id=key["id"])).expires_at == expires_at
    await Credential.filter(id=key["id"]).update(expires_at=datetime.now(UTC))
    assert (await tool.refused(_ME)).code == "UNAUTHENTICATED"


async def test_a_revoked_key_stops_working_and_is_logged_once(business: Business) -> None:
    key = await _make_key(business)
    for _ in range(2):
        assert (await business.gql(_REVOKE, input={"id": key["id"]})) == {"revokeApiKey": True}
    tool = Caller(business.http, key["secret"])
    assert (await tool.refused(_ME)).code == "UNAUTHENTICATED"
    query = "{ company { auditEntries { edges { node { actor action subject subjectId } } } } }"
    edges = (await business.gql(query))["company"]["auditEntries"]["edges"]
    common = {"actor": "bootstrap", "subject": "tool", "subjectId": key["id"]}
    assert [edge["node"] for edge in edges] == [
        {"action": "API_KEY_REVOKED"} | common,
        {"action": "API_KEY_CREATED"} | common,
    ]


async def test_other_companies_keys_cannot_be_revoked(business: Business, rival: Business) -> None:
    theirs, session = (await _make_key(rival))["id"], await _session(business)
    mine = await Credential.get(secret_hash=digest(session.secret or ""))
    for id_ in (theirs, str(mine.id), str(uuid4()), "x"):
        assert (await business.refused(_REVOKE, input={"id": id_})).code == "NOT_FOUND"
    assert (await Credential.get(id=theirs)).revoked_at is None
    assert (await session.gql(_ME))["me"]["email"] == business.email


async def test_the_last_use_is_recorded_to_the_minute(business: Business) -> None:
    key = await _make_key(business)
    row, tool = Credential.filter(id=key["id"]), Caller(business.http, key["secret"])
    assert (await row.get()).last_used_at is None
    await tool.gql(_ME)
    first = (await row.get()).last_used_at
    assert first is not None
    assert datetime.now(UTC) - first < timedelta(seconds=20)
    await tool.gql(_ME)
    assert (await row.get()).last_used_at == first
    await row.update(last_used_at=first - timedelta(seconds=61))
    await tool.gql(_ME)
    again = (await row.get()).last_used_at
    assert again is not None
    assert again >= first


async def test_keys_are_listed_without_their_secrets(business: Business) -> None:
    key = await _make_key(business, permissions=["VIEW_INVOICES"])
    fields = "id name permissions expiresAt lastUsedAt revokedAt"
    query = f"{{ company {{ apiKeys(first: 1) {{ edges {{ node {{ {fields} }} }} }} }} }}"
    assert (await business.gql(query))["company"]["apiKeys"]["edges"] == [
        {
            "node": {
                "id": key["id"],
                "name": "tool",
                "permissions": ["VIEW_INVOICES"],
                "expiresAt": None,
                "lastUsedAt": None,
                "revokedAt": None,
            }
        }
    ]


async def _all_values() -> str:
    """Return every value of every table, as text."""
    on_sqlite = connection().capabilities.dialect == "sqlite"
    tables = await fetch(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if on_sqlite
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    rows = [await fetch(f'SELECT * FROM "{table["name"]}"') for table in tables]
    return "\n".join(str(dict(row)) for table_rows in rows for row in table_rows)


async def test_secrets_and_passwords_are_never_stored(business: Business) -> None:
    session, key = await _session(business), (await _make_key(business))["secret"]
    await Caller(business.http, key).gql(_ME)
    stored = await _all_values()
    assert digest(key) in stored
    for secret in (session.secret or "", key, business.secret or ""):
        assert secret.startswith(tuple(PREFIXES.values()))
        for prefix in PREFIXES.values():
            assert secret.removeprefix(prefix) not in stored
    assert PASSWORD not in stored
    assert "$argon2id$" in stored
