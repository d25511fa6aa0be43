"""The second factor: setting it up, signing in with it, and recovery codes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

import pyotp
import pytest

from auth import totp
from auth.totp import clean_code, matching_step, new_recovery_codes
from models import AuditEntry, Credential, RecoveryCode, User
from services.identity import second_factor
from services.identity.password_resets import new_reset_secret
from tests.support.clients import PASSWORD, Business, Caller, GraphQLFailed
from tests.support.second_factors import CONFIRM, Enrolled, code_of, enrol, sign_in

pytestmark = pytest.mark.one_database

_REQUIRE: Final = (
    "mutation($required: Boolean) { updateCompany(input: {secondFactorRequired: $required})"
    " { company { secondFactorRequired } } }"
)
_ME: Final = "{ me { hasSecondFactor mustSetUpSecondFactor permissions } }"


@pytest.fixture
async def enrolled(business: Business) -> Enrolled:
    """Return the business's first user, with a second factor."""
    return await enrol(business)


async def _reason(business: Business, code: str | None = None, password: str = PASSWORD) -> str:
    with pytest.raises(GraphQLFailed) as refusal:
        await sign_in(business, code, password)
    extensions = refusal.value.errors[0]["extensions"]
    return str(extensions.get("reason", extensions["code"]))


async def test_signing_in_takes_a_code_once(business: Business, enrolled: Enrolled) -> None:
    assert await _reason(business) == "CODE_REQUIRED"
    assert await _reason(business, password="wrong") == "UNAUTHENTICATED"
    assert await _reason(business, "000000") == "CODE_WRONG"
    code = code_of(enrolled.secret)
    session = await sign_in(business, f" {code[:3]} {code[3:]} ")
    assert (await session.gql(_ME))["me"]["hasSecondFactor"] is True
    assert await _reason(business, code) == "CODE_WRONG"


@pytest.mark.both_databases
async def test_a_code_used_twice_at_once_opens_one_session(
    business: Business, enrolled: Enrolled
) -> None:
    code = code_of(enrolled.secret)
    attempts = (sign_in(business, code) for _ in range(5))
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, Caller) for result in results) == 1


@pytest.mark.both_databases
async def test_a_recovery_code_works_once(business: Business, enrolled: Enrolled) -> None:
    [first, second, *others] = enrolled.recovery_codes
    assert len(others) == 8
    attempts = (sign_in(business, first.upper()) for _ in range(5))
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, Caller) for result in results) == 1
    assert await _reason(business, first) == "CODE_WRONG"
    assert (await sign_in(business, second.replace("-", ""))).secret
    entries = AuditEntry.filter(company_id=business.company_id, action="RECOVERY_CODE_USED")
    assert [entry.detail for entry in await entries.order_by("at")] == ["9 left", "8 left"]


async def test_codes_cannot_be_guessed(business: Business, enrolled: Enrolled) -> None:
    for _ in range(9):
        assert await _reason(business, "000000") == "CODE_WRONG"
    assert await _reason(business, enrolled.recovery_codes[0][:-1]) == "CODE_WRONG"
    assert await _reason(business, code_of(enrolled.secret)) == "RATE_LIMITED"
    assert await _reason(business) == "CODE_REQUIRED"


async def test_who_knows_a_password_uses_up_no_codes_of_a_session_or_link(
    business: Business, enrolled: Enrolled
) -> None:
    for _ in range(10):
        await _reason(business, "000000")
    assert await _reason(business, code_of(enrolled.secret)) == "RATE_LIMITED"
    confirm = (
        "mutation($input: ConfirmPasswordInput!) { confirmPassword(input: $input) { confirmed } }"
    )
    first, second, *_ = enrolled.recovery_codes
    assert await enrolled.session.gql(confirm, input={"password": PASSWORD, "code": first})
    secret = await new_reset_secret(business.company_id, business.email)
    choose = "mutation($input: ChoosePasswordInput!) { choosePassword(input: $input) { token } }"
    given = {"secret": secret, "password": "quite another password", "code": second}
    assert await business.stranger.gql(choose, input=given)


async def test_setting_up_takes_effect_with_a_first_code(business: Business) -> None:
    session = await sign_in(business)
    other = await sign_in(business)
    set_up = (await session.gql("mutation { setUpSecondFactor { secret uri } }"))[
        "setUpSecondFactor"
    ]
    assert set_up["uri"].startswith("otpauth://totp/Invotify:")
    assert f"secret={set_up['secret']}" in set_up["uri"]
    assert (await sign_in(business)).secret
    refusal = await session.refused(CONFIRM, code="000000")
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "code")
    code = pyotp.TOTP(set_up["secret"]).now()
    codes = (await session.gql(CONFIRM, code=code))["confirmSecondFactor"]["recoveryCodes"]
    assert len(set(codes)) == 10
    assert (await session.refused(CONFIRM, code=code)).code == "CONFLICT"
    assert (await session.refused("mutation { setUpSecondFactor { uri } }")).code == "CONFLICT"
    assert (await other.refused(_ME)).code == "UNAUTHENTICATED"
    assert await _reason(business) == "CODE_REQUIRED"
    assert await _reason(business, code) == "CODE_WRONG"  # the first code is used, too
    stored = await RecoveryCode.filter(company_id=business.company_id)
    assert not {row.code_hash for row in stored} & set(codes)


async def test_recovery_codes_can_be_replaced(business: Business, enrolled: Enrolled) -> None:
    replaced = await enrolled.session.gql("mutation { replaceRecoveryCodes { recoveryCodes } }")
    codes = replaced["replaceRecoveryCodes"]["recoveryCodes"]
    assert await _reason(business, enrolled.recovery_codes[0]) == "CODE_WRONG"
    assert (await sign_in(business, codes[0])).secret


async def test_a_second_factor_can_be_removed(business: Business, enrolled: Enrolled) -> None:
    for _ in range(2):
        assert await enrolled.session.gql("mutation { removeSecondFactor { user { id } } }")
    assert (await sign_in(business)).secret
    assert not await RecoveryCode.exists(company_id=business.company_id)
    actions = await AuditEntry.filter(company_id=business.company_id).values_list("action")
    assert sum(action == "SECOND_FACTOR_DISABLED" for (action,) in actions) == 1


async def test_changing_a_second_factor_needs_a_recent_password(
    business: Business, enrolled: Enrolled
) -> None:
    earlier = datetime.now(UTC) - timedelta(minutes=16)
    sessions = Credential.filter(company_id=business.company_id, kind="SESSION")
    await sessions.update(confirmed_at=earlier)
    for mutation in (
        "removeSecondFactor { user { id } }",
        "replaceRecoveryCodes { recoveryCodes }",
    ):
        refusal = await enrolled.session.refused(f"mutation {{ {mutation} }}")
        assert refusal.errors[0]["extensions"]["reason"] == "PASSWORD_REQUIRED"
    confirm = (
        "mutation($input: ConfirmPasswordInput!) { confirmPassword(input: $input) { confirmed } }"
    )
    given: dict[str, Any] = {"password": PASSWORD}
    refusal = await enrolled.session.refused(confirm, input=given)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "code")
    assert await enrolled.session.gql(confirm, input=given | {"code": code_of(enrolled.secret)})
    assert await enrolled.session.gql("mutation { removeSecondFactor { user { id } } }")


async def test_an_api_key_has_no_second_factor(business: Business) -> None:
    for mutation in ("setUpSecondFactor { uri }", "removeSecondFactor { user { id } }"):
        assert (await business.refused(f"mutation {{ {mutation} }}")).code == "FORBIDDEN"
    await User.filter(company_id=business.company_id).update(totp_secret=totp.new_secret())
    assert (await business.gql(_ME))["me"]["hasSecondFactor"] is False


async def test_a_manager_resets_the_second_factor_of_a_lost_phone(
    business: Business, rival: Business, enrolled: Enrolled
) -> None:
    user = await User.get(company_id=business.company_id)
    reset = "mutation($id: ID!) { resetSecondFactor(input: {userId: $id}) { user { id } } }"
    assert (await rival.refused(reset, id=str(user.id))).code == "NOT_FOUND"
    weaker = await business.make_key("MANAGE_COMPANY")
    assert (await weaker.refused(reset, id=str(user.id))).code == "FORBIDDEN"
    assert await _reason(business) == "CODE_REQUIRED"
    assert await business.gql(reset, id=str(user.id))
    assert (await enrolled.session.refused(_ME)).code == "UNAUTHENTICATED"
    assert (await sign_in(business)).secret


async def test_an_operator_resets_the_second_factor_of_an_only_manager(
    business: Business, enrolled: Enrolled
) -> None:
    assert await second_factor.reset_all("nobody@example.com") == 0
    assert await second_factor.reset_all(f" {business.email.upper()}") == 1
    assert await second_factor.reset_all(business.email) == 0
    assert (await enrolled.session.refused(_ME)).code == "UNAUTHENTICATED"
    assert (await sign_in(business)).secret
    [entry] = await AuditEntry.filter(company_id=business.company_id, action="SECOND_FACTOR_RESET")
    assert entry.actor == "invotify reset-second-factor"


async def test_a_company_can_require_a_second_factor(business: Business) -> None:
    session = await sign_in(business)
    earlier = datetime.now(UTC) - timedelta(minutes=16)
    sessions = Credential.filter(company_id=business.company_id, kind="SESSION")
    await sessions.update(confirmed_at=earlier)
    refusal = await session.refused(_REQUIRE, required=True)
    assert refusal.errors[0]["extensions"]["reason"] == "PASSWORD_REQUIRED"
    await sessions.update(confirmed_at=datetime.now(UTC))
    assert await session.gql(_REQUIRE, required=True)
    assert (await session.gql(_ME))["me"] == {
        "hasSecondFactor": False,
        "mustSetUpSecondFactor": True,
        "permissions": [],
    }
    for query in (
        "{ company { name } }",
        "{ sessions { id } }",
        "mutation { endOtherSessions { sessions { isCurrent } } }",
    ):
        refusal = await session.refused(query)
        assert refusal.code == "FORBIDDEN"
        assert refusal.errors[0]["extensions"]["reason"] == "SECOND_FACTOR_REQUIRED"
    assert (await business.gql("{ company { name } }"))["company"]["name"] == "Acme Ltd"
    await enrol(business, session)
    assert (await session.gql("{ company { name } }"))["company"]["name"] == "Acme Ltd"
    assert await session.gql(_REQUIRE, required=None)
    entries = AuditEntry.filter(company_id=business.company_id, actor="Acme Ltd")
    actions = [entry.action for entry in await entries.order_by("at")]
    assert actions == [
        "SIGNED_IN",
        "SECOND_FACTOR_REQUIRED",
        "SECOND_FACTOR_ENABLED",
        "SECOND_FACTOR_NOT_REQUIRED",
    ]


# --- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "code"), [(1111111111, "050471"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(at: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # its appendix B has it
    now = datetime.fromtimestamp(at, UTC)
    assert matching_step(secret, code, now) == at // 30
    for seconds, step in ((30, at // 30), (-30, at // 30), (60, None), (-60, None)):
        assert matching_step(secret, code, now + timedelta(seconds=seconds)) == step


@pytest.mark.parametrize("code", ["", "12345", "1234567", "٢٨٧٠٨٢", "28708a", "287082\n"])
def test_other_texts_are_no_codes(code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # its appendix B has it
    assert matching_step(secret, code, datetime.fromtimestamp(59, UTC)) is None


def test_recovery_codes_are_random_and_readable() -> None:
    codes = {code for _ in range(20) for code in new_recovery_codes()}
    assert len(codes) == 200
    assert all(len(code) == 19 and len(clean_code(code)) == 16 for code in codes)
    with patch("auth.totp.secrets.choice", return_value="x"):
        assert new_recovery_codes()[0] == "xxxx-xxxx-xxxx-xxxx"
