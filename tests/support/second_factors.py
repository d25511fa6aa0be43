"""People with a second factor."""

from dataclasses import dataclass
from typing import Final

import pyotp

from models import User
from tests.support.clients import PASSWORD, Business, Caller


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A session of a user with a second factor."""

    session: Caller
    secret: str
    recovery_codes: list[str]


async def sign_in(business: Business, code: str | None = None, password: str = PASSWORD) -> Caller:
    """Return a new session of the business's first user. Raises GraphQLFailed."""
    query = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    given = {"email": business.email, "password": password, "code": code}
    signed_in = await business.stranger.gql(query, input=given)
    return Caller(business.http, signed_in["signIn"]["token"])


CONFIRM: Final = (
    "mutation($code: String!) { confirmSecondFactor(input: {code: $code}) { recoveryCodes } }"
)


async def enrol(business: Business, session: Caller | None = None) -> Enrolled:
    """Set up a second factor for the business's first user. The code shown now isn't used."""
    session = session or await sign_in(business)
    set_up = await session.gql("mutation { setUpSecondFactor { secret } }")
    secret = set_up["setUpSecondFactor"]["secret"]
    confirmed = await session.gql(CONFIRM, code=code_of(secret))
    users = User.filter(company_id=business.company_id, email=business.email)
    await users.update(totp_last_step=None)
    return Enrolled(session, secret, confirmed["confirmSecondFactor"]["recoveryCodes"])


def code_of(secret: str) -> str:
    """Return the code that an app shows now."""
    return pyotp.TOTP(secret).now()
