"""The counter of changes after which a credential may allow less."""

import pytest

from auth.staff import authenticate
from db.statements import execute
from models import ViewFeed
from tests.support.clients import Business
from tests.support.people import add_member


async def _count(business: Business) -> int:
    feed = await ViewFeed.get(company_id=business.company_id)
    return int(feed.credentials_changed)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE credential SET revoked_at = CURRENT_TIMESTAMP WHERE company_id = $1",
        "UPDATE credential SET expires_at = CURRENT_TIMESTAMP WHERE company_id = $1",
        "UPDATE credential SET permissions = '' WHERE company_id = $1",
        "DELETE FROM credential WHERE company_id = $1",
        "UPDATE staff_user SET permissions = '' WHERE company_id = $1",
        "UPDATE staff_user SET totp_confirmed_at = NULL WHERE company_id = $1",
        "DELETE FROM staff_user WHERE company_id = $1",
        "UPDATE company SET second_factor_required = TRUE WHERE id = $1",
    ],
)
async def test_what_a_credential_allows_cannot_change_uncounted(
    business: Business, rival: Business, change: str
) -> None:
    await add_member(business)
    before, of_others = await _count(business), await _count(rival)
    await execute(change, business.company_id)
    assert await _count(business) > before
    assert await _count(rival) == of_others


async def test_using_a_credential_is_not_counted(business: Business) -> None:
    before = await _count(business)
    await execute("UPDATE credential SET last_used_at = NULL")
    await authenticate(f"Bearer {business.secret}")
    assert await _count(business) == before
