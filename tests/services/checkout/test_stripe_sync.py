"""Applying what Stripe answers about an account."""

from datetime import UTC, datetime, timedelta

from integrations.stripe.webhook_payloads import AccountReport
from models import Company
from services.checkout.stripe_accounts import apply_retrieved_account
from tests.support import stripe_payloads
from tests.support.clients import Business


async def test_of_two_answers_within_a_second_the_later_one_applies(business: Business) -> None:
    account, company_id = await stripe_payloads.connect(business), business.company_id
    asked_at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for enabled in (False, True, False):
        asked_at += timedelta(milliseconds=300)
        report = AccountReport(charges_enabled=enabled)
        assert await apply_retrieved_account(company_id, account, report, asked_at)
        assert (await Company.get(id=company_id)).charges_enabled is enabled
