"""Inviting, changing and removing users, and setting passwords."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final
from unittest.mock import ANY
from uuid import uuid4

import pytest

from auth.secrets import digest
from models import AuditAction, AuditEntry, Credential, Invitation, User
from tests.support.clients import PASSWORD, Business, Caller, GraphQLFailed, eventually
from tests.support.people import (
    EVERYTHING,
    USER,
    add_member,
    choose_password,
    create_user,
    list_users,
    make_api_key,
    me_of,
    new_address,
    set_permissions,
    sign_in,
    token_of,
)
from tests.support.sql_statements import statements

pytestmark = pytest.mark.one_database

_OTHER: Final = "another battery staple"


async def _change_password(caller: Caller, current: str, password: str) -> bool:
    query = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }"
    data = await caller.gql(query, input={"current": current, "password": password})
    return bool(data["changePassword"])


async def test_an_invited_user_sets_a_password_and_signs_in(business: Business) -> None:
    address = new_address()
    invited = await create_user(business, email=address.upper(), name=" Ada Lovelace ")
    user = invited["user"]
    assert (user["name"], user["email"], user["isInvited"]) == ("Ada Lovelace", address, True)
    for password in ("", PASSWORD):
        with pytest.raises(GraphQLFailed) as failed:
            await sign_in(business.stranger, address, password)
        assert failed.value.code == "UNAUTHENTICATED"
    session = await choose_password(business.stranger, token_of(invited))
    assert session["actor"] == {"name": "Ada Lovelace", "permissions": ["VIEW_INVOICES"]}
    assert (await me_of(Caller(business.http, session["token"])))["name"] == "Ada Lovelace"
    assert (await me_of(await sign_in(business.stranger, address)))["name"] == "Ada Lovelace"
    assert [user["isInvited"] for user in await list_users(business)] == [False, False]
    actions = await AuditEntry.filter(company_id=business.company_id).values_list("action", "actor")
    assert set(actions) == {
        ("USER_INVITED", "bootstrap"),
        ("PASSWORD_CHOSEN", "Ada Lovelace"),
        ("SIGNED_IN", "Ada Lovelace"),
    }


@pytest.mark.both_databases
async def test_an_invitation_works_once(business: Business) -> None:
    token = token_of(await create_user(business))
    assert (await Caller(business.http, token).refused("{ me { name } }")).code == "UNAUTHENTICATED"
    results = await asyncio.gather(
        *(choose_password(business.stranger, token) for _ in range(5)), return_exceptions=True
    )
    codes = [error.code for error in results if isinstance(error, GraphQLFailed)]
    assert codes == ["NOT_FOUND"] * 4
    assert await Invitation.filter(company_id=business.company_id).count() == 0


async def test_only_a_hash_of_an_invitation_is_stored(business: Business) -> None:
    token = token_of(await create_user(business))
    [stored] = await Invitation.filter(company_id=business.company_id).values()
    assert stored["secret_hash"] == digest(token)
    assert token not in str(stored)


async def test_an_invitation_expires(business: Business) -> None:
    token = token_of(await create_user(business))
    await Invitation.filter(company_id=business.company_id).update(
        expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    with pytest.raises(GraphQLFailed) as failed:
        await choose_password(business.stranger, token)
    assert failed.value.code == "NOT_FOUND"


@pytest.mark.parametrize("password", ["", "       ", "1234567", "p" * 1025])
async def test_a_bad_password_is_refused_and_the_invitation_stays(
    business: Business, password: str
) -> None:
    token = token_of(await create_user(business))
    with pytest.raises(GraphQLFailed) as failed:
        await choose_password(business.stranger, token, password)
    assert (failed.value.code, failed.value.field) == ("BAD_INPUT", "password")
    assert await choose_password(business.stranger, token)


async def test_a_new_invitation_replaces_the_old_one(
    business: Business,
) -> None:
    first = await create_user(business)
    user_id = first["user"]["id"]
    session = Caller(
        business.http, (await choose_password(business.stranger, token_of(first)))["token"]
    )
    tokens = [
        token_of(await business.mutate("inviteUser", "UserRef", "{ url }", userId=user_id))
        for _ in range(2)
    ]
    assert await me_of(session)
    with pytest.raises(GraphQLFailed) as failed:
        await choose_password(business.stranger, tokens[0], _OTHER)
    assert failed.value.code == "NOT_FOUND"
    await choose_password(business.stranger, tokens[1], _OTHER)
    assert (await session.refused("{ me { name } }")).code == "UNAUTHENTICATED"
    assert await sign_in(business.stranger, first["user"]["email"], _OTHER)


@pytest.mark.both_databases
async def test_concurrent_invitations_leave_one(business: Business) -> None:
    user_id = (await create_user(business))["user"]["id"]
    await asyncio.gather(
        *(business.mutate("inviteUser", "UserRef", "{ url }", userId=user_id) for _ in range(5))
    )
    assert await Invitation.filter(user_id=user_id).count() == 1


@pytest.mark.both_databases
async def test_an_address_is_unique_within_a_company_only(
    business: Business, rival: Business
) -> None:
    address = new_address()
    results = await asyncio.gather(
        *(create_user(caller, email=address) for caller in (business, rival, business)),
        return_exceptions=True,
    )
    errors = [result for result in results if isinstance(result, GraphQLFailed)]
    assert [(error.code, error.field) for error in errors] == [("CONFLICT", "email")]
    companies = await User.filter(email=address).values_list("company_id", flat=True)
    assert set(companies) == {business.company_id, rival.company_id}


@pytest.mark.both_databases
async def test_a_user_with_an_address_known_elsewhere_is_like_any_other(
    business: Business, rival: Business
) -> None:
    await me_of(business)  # notes that the key was used
    with statements() as for_known:
        known = await create_user(business, email=rival.email)
    with statements() as for_unknown:
        unknown = await create_user(business)
    assert len(for_known) == len(for_unknown)
    assert known["user"] == unknown["user"] | {"id": ANY, "email": rival.email}
    await choose_password(business.stranger, token_of(known), _OTHER)
    ours = await sign_in(business.stranger, rival.email, _OTHER)
    theirs = await sign_in(business.stranger, rival.email)
    ids = [(await each.gql("{ company { id } }"))["company"]["id"] for each in (ours, theirs)]
    assert ids == [str(business.company_id), str(rival.company_id)]
    await business.mutate("removeUser", "UserRef", "", userId=known["user"]["id"])
    assert (await me_of(theirs))["permissions"] == EVERYTHING


async def test_no_company_finds_out_who_has_a_user_elsewhere(
    business: Business, rival: Business
) -> None:
    known = await create_user(business, email=rival.email)
    unknown = await create_user(business)
    for invited in (known, unknown):
        await choose_password(business.stranger, token_of(invited), _OTHER)
        email = invited["user"]["email"]
        with pytest.raises(GraphQLFailed):
            await sign_in(business.stranger, email, "neither of the two")
        query = "mutation($email: String!) { requestPasswordReset(email: $email) { requested } }"
        await business.stranger.gql(query, email=email)
    about = {"action__in": [AuditAction.SIGN_IN_FAILED, AuditAction.PASSWORD_RESET_REQUESTED]}
    entries = AuditEntry.filter(company_id=business.company_id, **about)

    async def are_recorded() -> bool:
        return await entries.count() == 4

    await eventually(are_recorded)
    recorded = await entries.values_list("subject_id", "action", "detail")
    of_each = [
        {entry[1:] for entry in recorded if str(entry[0]) == invited["user"]["id"]}
        for invited in (known, unknown)
    ]
    # Nor where the person is, who may have meant the other company.
    expected = {("SIGN_IN_FAILED", "Wrong password"), ("PASSWORD_RESET_REQUESTED", None)}
    assert of_each == [expected, expected]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": " "}, "email"),
        ({"name": " "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"permissions": []}, "permissions"),
    ],
)
async def test_invalid_users_are_refused(
    business: Business, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(GraphQLFailed) as failed:
        await create_user(business, **wrong)
    assert (failed.value.code, failed.value.field) == ("BAD_INPUT", field)
    assert len(await list_users(business)) == 1


async def test_a_user_cannot_grant_permissions_they_lack(business: Business) -> None:
    user_id, manager = await add_member(business, "MANAGE_COMPANY")
    boss_id = str((await User.get(email=business.email)).id)
    manager = Business(manager.http, manager.secret)
    for input_type, mutation, input_ in (
        ("CreateUserInput", "createUser", {"email": new_address(), "name": "B"}),
        ("UpdateUserInput", "updateUser", {"userId": user_id}),
    ):
        with pytest.raises(GraphQLFailed) as failed:
            await manager.mutate(
                mutation, input_type, "{ user { id } }", **input_, permissions=EVERYTHING
            )
        assert failed.value.code == "FORBIDDEN"
    # Anyone who has the invitation's link can act as that user.
    with pytest.raises(GraphQLFailed) as failed:
        await manager.mutate("inviteUser", "UserRef", "{ url }", userId=boss_id)
    assert failed.value.code == "FORBIDDEN"
    assert await Invitation.filter(user_id=boss_id).count() == 0
    # A user may keep permissions that they already have.
    changed = await manager.mutate(
        "updateUser",
        "UpdateUserInput",
        f"{{ user {USER} }}",
        userId=boss_id,
        name="Boss",
        permissions=EVERYTHING,
    )
    assert changed["user"]["name"] == "Boss"


async def test_changed_permissions_apply_immediately(business: Business) -> None:
    user_id, member = await add_member(business)
    assert (await me_of(member))["permissions"] == ["VIEW_INVOICES"]
    await business.mutate(
        "updateUser",
        "UpdateUserInput",
        "{ user { id } }",
        userId=user_id,
        permissions=["MANAGE_COMPANY"],
    )
    assert (await me_of(member))["permissions"] == ["MANAGE_COMPANY"]
    refused = await member.refused("{ company { invoices { totalCount } } }")
    assert refused.code == "FORBIDDEN"


async def test_changes_to_users_and_keys_need_a_recent_password(business: Business) -> None:
    user_id, manager = await add_member(business, *EVERYTHING)
    key_id, _ = await make_api_key(business)
    await Credential.filter(secret_hash=digest(manager.secret or "")).update(
        confirmed_at=datetime.now(UTC) - timedelta(minutes=16)
    )
    for mutation in (
        create_user(manager),
        manager.mutate("inviteUser", "UserRef", "{ url }", userId=user_id),
        set_permissions(manager, user_id, "MANAGE_COMPANY"),
        manager.mutate("removeUser", "UserRef", "", userId=user_id),
        make_api_key(manager),
        manager.mutate("revokeApiKey", "RevokeApiKeyInput", "", id=key_id),
    ):
        with pytest.raises(GraphQLFailed) as failed:
            await mutation
        assert failed.value.code == "FORBIDDEN"
        assert failed.value.errors[0]["extensions"]["reason"] == "PASSWORD_REQUIRED"
    assert [user["permissions"] for user in await list_users(business)] == [EVERYTHING] * 2
    assert await Credential.filter(company_id=business.company_id, revoked_at=None).count() == 3


@pytest.mark.both_databases
async def test_of_two_who_take_a_right_from_each_other_only_the_first_succeeds(
    business: Business,
) -> None:
    for _ in range(3):
        ada, bea = [await add_member(business, *EVERYTHING) for _ in range(2)]
        results = await asyncio.gather(
            set_permissions(ada[1], bea[0], "VIEW_INVOICES"),
            set_permissions(bea[1], ada[0], "VIEW_INVOICES"),
            return_exceptions=True,
        )
        [error] = [result for result in results if isinstance(result, GraphQLFailed)]
        assert error.code == "FORBIDDEN"
        users = await User.filter(id__in=[ada[0], bea[0]])
        assert sorted(user.permissions for user in users) == [
            "VIEW_INVOICES",
            " ".join(EVERYTHING),
        ]


async def test_a_removed_user_is_signed_out_and_their_keys_end(business: Business) -> None:
    user_id, member = await add_member(business, *EVERYTHING)
    key = await Business(member.http, member.secret).make_key("VIEW_INVOICES")
    await business.mutate("removeUser", "UserRef", "", userId=user_id)
    assert (await member.refused("{ me { name } }")).code == "UNAUTHENTICATED"
    assert (await key.refused("{ me { name } }")).code == "UNAUTHENTICATED"
    assert [user["email"] for user in await list_users(business)] == [business.email]
    assert await AuditEntry.filter(subject_id=user_id, action=AuditAction.USER_REMOVED).count() == 1
    again = await business.refused(
        "mutation($input: UserRef!) { removeUser(input: $input) }", input={"userId": user_id}
    )
    assert again.code == "NOT_FOUND"


async def test_the_last_manager_cannot_be_removed(business: Business) -> None:
    await create_user(business, permissions=EVERYTHING)  # doesn't count: can't sign in yet
    boss_id = str((await User.get(email=business.email)).id)
    for mutation, input_type, selection, more in (
        ("removeUser", "UserRef", "", {}),
        ("updateUser", "UpdateUserInput", "{ user { id } }", {"permissions": ["VIEW_INVOICES"]}),
    ):
        with pytest.raises(GraphQLFailed) as failed:
            await business.mutate(mutation, input_type, selection, userId=boss_id, **more)
        assert failed.value.code == "CONFLICT"
    assert len(await list_users(business)) == 2


@pytest.mark.both_databases
async def test_two_managers_cannot_remove_each_other(business: Business) -> None:
    ids = [
        str((await User.get(email=business.email)).id),
        (await add_member(business, *EVERYTHING))[0],
    ]
    results = await asyncio.gather(
        *(business.mutate("removeUser", "UserRef", "", userId=user_id) for user_id in ids),
        return_exceptions=True,
    )
    assert sorted(isinstance(result, GraphQLFailed) for result in results) == [False, True]
    assert len(await list_users(business)) == 1


async def test_other_companies_users_are_not_found(business: Business, rival: Business) -> None:
    theirs = str((await User.get(email=rival.email)).id)
    for mutation, input_type, selection in (
        ("removeUser", "UserRef", ""),
        ("inviteUser", "UserRef", "{ url }"),
        ("updateUser", "UpdateUserInput", "{ user { id } }"),
    ):
        with pytest.raises(GraphQLFailed) as failed:
            await business.mutate(mutation, input_type, selection, userId=theirs)
        assert failed.value.code == "NOT_FOUND"
    assert len(await list_users(rival)) == 1


async def test_changing_a_password_needs_the_current_one(business: Business) -> None:
    one, two = [await sign_in(business.stranger, business.email) for _ in range(2)]
    with pytest.raises(GraphQLFailed) as failed:
        await _change_password(one, _OTHER, _OTHER)
    assert (failed.value.code, failed.value.field) == ("BAD_INPUT", "current")
    assert await _change_password(one, PASSWORD, _OTHER)
    assert await me_of(one)
    assert (await two.refused("{ me { name } }")).code == "UNAUTHENTICATED"
    with pytest.raises(GraphQLFailed):
        await sign_in(business.stranger, business.email)
    assert await sign_in(business.stranger, business.email, _OTHER)


async def test_an_api_key_has_no_password(business: Business) -> None:
    with pytest.raises(GraphQLFailed) as failed:
        await _change_password(business, PASSWORD, _OTHER)
    assert failed.value.code == "FORBIDDEN"


async def test_guessing_a_password_or_a_link_is_limited(business: Business) -> None:
    guesser = business.stranger
    codes = set()
    for _ in range(12):
        with pytest.raises(GraphQLFailed) as failed:
            await choose_password(guesser, f"inv_invitation_{uuid4().hex}")
        codes.add(failed.value.code)
    assert codes == {"NOT_FOUND", "RATE_LIMITED"}
    session = await sign_in(business.stranger, business.email)
    codes = set()
    for _ in range(12):
        with pytest.raises(GraphQLFailed) as failed:
            await _change_password(session, "wrong one", _OTHER)
        codes.add(failed.value.code)
    assert codes == {"BAD_INPUT", "RATE_LIMITED"}
    assert await Credential.filter(company_id=business.company_id).count() == 2
