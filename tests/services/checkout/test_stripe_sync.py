"""Applying what Stripe answers, item by item."""

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import asyncpg
import httpx
import pytest

from integrations.stripe.webhook_payloads import AccountReport
from models import Company
from services.checkout import stripe_sync
from services.checkout.stripe_accounts import apply_retrieved_account
from services.checkout.stripe_sync import SyncResult
from tests.support import stripe_payloads
from tests.support.clients import Business, create_business


async def test_of_two_answers_within_a_second_the_later_one_applies(business: Business) -> None:
    account, company_id = await stripe_payloads.connect(business), business.company_id
    asked_at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for enabled in (False, True, False):
        asked_at += timedelta(milliseconds=300)
        report = AccountReport(charges_enabled=enabled)
        assert await apply_retrieved_account(company_id, account, report, asked_at)
        assert (await Company.get(id=company_id)).charges_enabled is enabled


async def test_what_the_database_refuses_is_skipped_and_counts_as_failed(
    http: httpx.AsyncClient, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, free = business, await create_business(http)
    for each in (locked, free):
        await stripe_payloads.connect(each)

    async def refuse_one(_: object, company: Company) -> SyncResult:
        if company.id == locked.company_id:
            raise asyncpg.LockNotAvailableError("locked")
        return SyncResult(text=str(company.id))

    monkeypatch.setattr(stripe_sync, "_sync_account", refuse_one)
    results = [result async for result in stripe_sync._sync_accounts(Mock())]
    [failure] = [result for result in results if result.failed]
    assert "LockNotAvailableError('locked')" in str(failure)
    assert str(free.company_id) in map(str, results)
