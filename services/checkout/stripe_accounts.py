"""Connecting a company to its Stripe account, and following the account's state."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

from auth.staff import Staff
from db.transactions import transactional
from errors import PaymentUnavailable, Text
from integrations.stripe.client import StripeClient, StripeRequestRejected
from integrations.stripe.webhook_payloads import AccountReport
from models import AuditAction, Company
from services.common import audit_log
from services.ledger.open_checkouts import expire_all_open_checkouts

_EVENT_PRECISION: Final = timedelta(seconds=1)
"""Events are dated to the second."""


async def connect_stripe(
    staff: Staff, stripe: StripeClient | None, return_url: str
) -> tuple[Company, str]:
    """Return the company, and the Stripe page on which it enters its details.

    The page works for a few minutes. A company that has an account already continues with it.
    Raises PasswordRequired, PaymentUnavailable if Stripe is not set up or rejects this, and
    PaymentProviderError.
    """
    staff.require_recent_password()
    if stripe is None:
        raise PaymentUnavailable(Text("Online payment isn't switched on for this server."))
    company = await Company.get(id=staff.company_id)
    try:
        account = company.stripe_account or await _create_account(staff, stripe, company)
        url = await stripe.onboarding_url(account, return_url, return_url)
        asked_at = datetime.now(UTC)
        report = await stripe.retrieve_account(account)
    except StripeRequestRejected as rejection:
        raise PaymentUnavailable(
            Text("Stripe doesn't allow connecting this account.")
        ) from rejection
    await apply_retrieved_account(company.id, account, report, asked_at)
    return await Company.get(id=staff.company_id), url


@transactional
async def disconnect_stripe(staff: Staff) -> Company:
    """Disconnect the company from its account, and expire its open checkouts.

    The account itself stays the company's. Disconnecting twice changes nothing. Raises
    PasswordRequired.
    """
    staff.require_recent_password()
    company = await Company.filter(id=staff.company_id).select_for_update(no_key=True).get()
    account = company.stripe_account
    if account is not None:
        await audit_log.note(staff, AuditAction.STRIPE_DISCONNECTED, company.id, account)
        await _disconnect(company)
    return company


@transactional
async def apply_retrieved_account(
    company_id: UUID, account: str, report: AccountReport, asked_at: datetime
) -> bool:
    """Update a company from a report that was retrieved at `asked_at`.

    Returns whether that changes if it can take payments. An event of the same second or later is
    newer. Does nothing if the company has another account by now.
    """
    company = await Company.filter(id=company_id).select_for_update(no_key=True).get()
    if company.stripe_account != account:
        return False
    before = company.charges_enabled
    await apply_account_report(company, report, asked_at - _EVENT_PRECISION)
    return company.charges_enabled is not before


async def apply_account_report(
    company: Company, report: AccountReport, reported_at: datetime
) -> None:
    """Update a locked company from a report, unless a later one was applied before.

    Of two reports from the same second, the more restrictive one applies.
    """
    if not report.connected:
        await _disconnect(company)
        return
    last_report_at = company.charges_reported_at
    if last_report_at is not None and reported_at < last_report_at:
        return
    enabled = report.charges_enabled
    if reported_at == last_report_at:
        enabled = enabled and company.charges_enabled
    company.charges_enabled = enabled
    company.charges_reported_at = reported_at
    await company.save(update_fields=["charges_enabled", "charges_reported_at"])


async def _disconnect(company: Company) -> None:
    """Remove the account of a locked company, and expire its open checkouts."""
    company.stripe_account = None
    company.charges_enabled = False
    company.charges_reported_at = None
    company.stripe_connections += 1
    await company.save(
        update_fields=[
            "stripe_account",
            "charges_enabled",
            "charges_reported_at",
            "stripe_connections",
        ]
    )
    await expire_all_open_checkouts("company_id", company.id)


async def _create_account(staff: Staff, stripe: StripeClient, company: Company) -> str:
    """Create the company's account. Repeated and concurrent calls create the same one."""
    # If the company's name has changed since an interrupted call, the request is another one.
    details = sha256(orjson.dumps([company.email, company.name])).hexdigest()[:8]
    key = f"account-{company.id}-{company.stripe_connections}-{details}"
    account = await stripe.create_account(key, email=company.email, name=company.name)
    return await _store_account(staff, account)


@transactional
async def _store_account(staff: Staff, account: str) -> str:
    """Return the company's account: this one, unless another call has stored one first."""
    company = await Company.filter(id=staff.company_id).select_for_update(no_key=True).get()
    if company.stripe_account is None:
        company.stripe_account = account
        await company.save(update_fields=["stripe_account"])
        await audit_log.note(staff, AuditAction.STRIPE_CONNECTED, company.id, account)
    return company.stripe_account
