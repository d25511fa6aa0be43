"""What users change about themselves."""

import pytest

from models import AuditEntry, User
from tests.support.clients import Business, GraphQLFailed
from tests.support.people import add_member

_UPDATE = (
    "mutation($input: UpdateAccountInput!)"
    " { updateAccount(input: $input) { user { name language } } }"
)


async def test_users_change_their_own_name_and_language(business: Business) -> None:
    user_id, member = await add_member(business)
    updated = await member.gql(_UPDATE, input={"name": " Ada L. ", "language": "de_at"})
    assert updated["updateAccount"]["user"] == {"name": "Ada L.", "language": "de-AT"}
    assert (await member.gql("{ me { name language } }"))["me"] == {
        "name": "Ada L.",
        "language": "de-AT",
    }
    entry = await AuditEntry.get(subject_id=user_id, action="USER_UPDATED")
    assert (entry.actor, entry.detail) == ("Ada", "Name: Ada → Ada L.")
    for none in ("", None):
        cleared = await member.gql(_UPDATE, input={"language": none})
        assert cleared["updateAccount"]["user"]["language"] is None
    assert (await member.gql("{ me { language } }"))["me"]["language"] == "en"


async def test_a_wrong_name_and_language_are_both_refused(business: Business) -> None:
    user_id, member = await add_member(business)
    with pytest.raises(GraphQLFailed) as refusal:
        await member.gql(_UPDATE, input={"name": " ", "language": "klingon"})
    [error] = refusal.value.errors
    fields = [each["field"] for each in error["extensions"]["errors"]]
    assert fields == ["name", "language"]
    assert (await User.get(id=user_id)).name == "Ada"


async def test_an_api_key_has_no_account(business: Business) -> None:
    with pytest.raises(GraphQLFailed) as refusal:
        await business.gql(_UPDATE, input={"name": "Key"})
    assert refusal.value.code == "FORBIDDEN"


async def test_staff_see_when_somebody_was_last_here(business: Business) -> None:
    user_id, member = await add_member(business)
    await member.gql("{ me { name } }")
    query = "{ company { users { edges { node { id lastSeenAt } } } } }"
    edges = (await business.gql(query))["company"]["users"]["edges"]
    seen = {edge["node"]["id"]: edge["node"]["lastSeenAt"] for edge in edges}
    assert seen.pop(user_id) is not None
    assert list(seen.values()) == [None]
