"""One person who works for several companies, with one address."""

from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

import pytest
from argon2.low_level import hash_secret

from models import User
from services.company.companies import create_company
from tests.support.clients import CHEAP_HASHER, PASSWORD, Business, Caller, GraphQLFailed

_SIGN_IN: Final = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
_OTHER: Final = "a password of another company"


@dataclass(frozen=True, slots=True)
class Person:
    """The first user of a business, who also works for `other_id`, with _OTHER as password."""

    business: Business
    other_id: str

    async def sign_in(self, password: str, **more: Any) -> str:
        """Return the name of the company that the person is signed in to."""
        given = {"email": self.business.email, "password": password} | more
        signed_in = await self.business.stranger.gql(_SIGN_IN, input=given)
        session = Caller(self.business.http, signed_in["signIn"]["token"])
        return str((await session.gql("{ company { name } }"))["company"]["name"])

    async def refusal(self, password: str, **more: Any) -> dict[str, Any]:
        """Return the extensions of a refused sign-in."""
        with pytest.raises(GraphQLFailed) as refusal:
            await self.sign_in(password, **more)
        return dict(refusal.value.errors[0]["extensions"])


@pytest.fixture
async def person(business: Business) -> Person:
    """Return a person at two companies."""
    created = await create_company("Zeta", business.email, CHEAP_HASHER.hash(_OTHER))
    return Person(business, str(created.company_id))


async def test_each_password_leads_to_its_company(person: Person) -> None:
    assert await person.sign_in(PASSWORD) == "Acme Ltd"
    assert await person.sign_in(_OTHER) == "Zeta"
    assert (await person.refusal("wrong"))["code"] == "UNAUTHENTICATED"
    assert await person.sign_in(_OTHER, companyId=person.other_id) == "Zeta"
    refused = await person.refusal(PASSWORD, companyId=person.other_id)
    assert refused == {"code": "UNAUTHENTICATED"}


async def test_one_password_for_several_asks_for_the_company(person: Person) -> None:
    mine = str(person.business.company_id)
    same = (await User.get(company_id=mine)).password_hash
    await User.filter(company_id=person.other_id).update(password_hash=same)
    assert await person.refusal(PASSWORD) == {
        "code": "BAD_INPUT",
        "reason": "COMPANY_REQUIRED",
        "field": "companyId",
        "companies": [{"id": mine, "name": "Acme Ltd"}, {"id": person.other_id, "name": "Zeta"}],
    }
    assert await person.sign_in(PASSWORD, companyId=person.other_id) == "Zeta"
    assert await person.sign_in(PASSWORD, companyId=mine) == "Acme Ltd"


async def test_a_new_password_costs_signing_in_no_second_hash(person: Person) -> None:
    change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }"
    given = {"email": person.business.email, "password": _OTHER}
    token = (await person.business.stranger.gql(_SIGN_IN, input=given))["signIn"]["token"]
    new = "quite another password"
    await Caller(person.business.http, token).gql(
        change, input={"current": _OTHER, "password": new}
    )
    with patch("auth.secrets.hash_secret", wraps=hash_secret) as hashed:
        assert await person.sign_in(new) == "Zeta"
        assert await person.sign_in(PASSWORD) == "Acme Ltd"
        await person.refusal("wrong")
    assert hashed.call_count == 3


async def test_a_stranger_s_user_with_the_address_gives_no_further_guesses(
    person: Person,
) -> None:
    for _ in range(9):
        assert (await person.refusal("wrong"))["code"] == "UNAUTHENTICATED"
        assert await person.sign_in(_OTHER) == "Zeta"
    assert (await person.refusal("wrong"))["code"] == "UNAUTHENTICATED"
    assert (await person.refusal("wrong"))["code"] == "RATE_LIMITED"
