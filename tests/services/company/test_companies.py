"""What a new company needs."""

import pytest

from errors import BadInput
from services.company.companies import create_company


@pytest.mark.parametrize("account", ["", "a" * 20, "acct_" + "1" * 300, "acct_1 x", "acct_é"])
async def test_a_stripe_account_has_an_id_of_stripe(account: str) -> None:
    with pytest.raises(BadInput) as refusal:
        await create_company("Acme", "me@example.com", "hash", stripe_account=account)
    assert refusal.value.path == ("stripeAccount",)
