"""What operators do with users and API keys."""

import pytest

from core.urls import Urls
from errors import NotFound
from models import AuditEntry, Credential, CredentialKind, User
from services.administration import people
from tests.support.clients import PASSWORD, Business, Caller

_SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
_ME = "{ company { name } }"


async def _signed_in(business: Business) -> Caller:
    signed_in = await business.stranger.gql(
        _SIGN_IN, input={"email": business.email, "password": PASSWORD}
    )
    return Caller(business.http, signed_in["signIn"]["token"])


async def test_a_user_is_signed_out_everywhere(business: Business) -> None:
    session = await _signed_in(business)
    [user] = await people.find_users(business.email)
    await people.end_sessions(user)
    assert (await session.refused(_ME)).code == "UNAUTHENTICATED"
    assert await business.gql(_ME)


async def test_a_link_of_the_operator_sets_a_new_password(business: Business) -> None:
    [user] = await people.find_users(business.email.upper())
    link = await people.reset_password(user, Urls("https://portal.example"))
    path = link.removeprefix("https://portal.example")
    assert (await business.http.get(path)).status_code == 200
    entry = await AuditEntry.filter(company_id=business.company_id, actor="Operator").get()
    assert (entry.action, entry.subject_id) == ("PASSWORD_RESET_REQUESTED", user.id)


async def test_a_key_is_revoked_with_those_it_made(business: Business) -> None:
    made = await business.make_key("VIEW_INVOICES")
    key = await Credential.get(
        company_id=business.company_id, kind=CredentialKind.API_KEY, parent_id=None
    )
    for _ in range(2):
        assert (await people.revoke_key(str(key.id))).revoked_at is not None
    assert (await business.refused(_ME)).code == "UNAUTHENTICATED"
    assert (await made.refused(_ME)).code == "UNAUTHENTICATED"


@pytest.mark.usefixtures("rival")
async def test_users_and_keys_of_a_company_are_listed(business: Business) -> None:
    users = [row async for row in people.list_users(str(business.company_id))]
    [user] = users
    assert user["email"] == business.email
    assert (user["has_password"], user["has_second_factor"]) == (True, False)
    assert {type(user["has_password"]), type(user["has_second_factor"])} == {bool}
    keys = [row async for row in people.list_keys(str(business.company_id))]
    assert len(keys) == await Credential.filter(company_id=business.company_id).count()
    assert all("secret_hash" not in row for row in keys)


async def test_unknown_people_are_refused() -> None:
    with pytest.raises(NotFound):
        await people.find_users("nobody@example.com")
    with pytest.raises(NotFound):
        await people.revoke_key("00000000-0000-4000-8000-000000000000")
    assert not await User.filter(email="nobody@example.com").exists()
