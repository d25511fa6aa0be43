"""A business whose clients can pay on its pages."""

import pytest

from tests.clients import Business
from tests.paying import StandIn


@pytest.fixture
async def seller(business: Business, stand_in: StandIn) -> Business:
    """Return a new company that is connected to what stands in for Stripe."""
    await stand_in.connect(business)
    return business
