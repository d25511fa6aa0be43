"""Connecting a company to Stripe, and taking it back."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import orjson

from auth.staff import Staff
from db.transactions import transactional
from errors import PaymentUnavailable
from integrations.stripe.client import StripeClient, StripeRequestRejected
from models import AuditAction, Company
from services.checkout.stripe_events import forget_account
from services.checkout.stripe_sync import refresh
from services.common import audit_log

_NO_STRIPE: Final = "Payments can't be made online here."
_REFUSED: Final = "Stripe does not let this account be connected."


async def connect_stripe(
    staff: Staff, stripe: StripeClient | None, return_url: str
) -> tuple[Company, str]:
    """Return the company, and where it tells Stripe about itself; the address is good for minutes.

    An account that it has already goes on being onboarded. Raises PaymentUnavailable without
    Stripe, and PaymentProviderError.
    """
    if stripe is None:
        raise PaymentUnavailable(_NO_STRIPE)
    company = await Company.get(id=staff.company_id)
    try:
        account = company.stripe_account or await _make_account(staff, stripe, company)
        url = await stripe.onboarding_url(account, return_url, return_url)
        asked_at = datetime.now(UTC)
        await refresh(company.id, account, await stripe.retrieve_account(account), asked_at)
    except StripeRequestRejected as refusal:
        raise PaymentUnavailable(_REFUSED) from refusal
    return await Company.get(id=staff.company_id), url


@transactional
async def disconnect_stripe(staff: Staff) -> Company:
    """Return the company without its account; what was being paid is called off.

    The account itself stays the business's own. Disconnecting again changes nothing.
    """
    company = await Company.filter(id=staff.company_id).select_for_update(no_key=True).get()
    account = company.stripe_account
    if account is not None:
        await audit_log.note(staff, AuditAction.STRIPE_DISCONNECTED, company.id, account[:200])
        await forget_account(company)
    return company


async def _make_account(staff: Staff, stripe: StripeClient, company: Company) -> str:
    """Return a new account of the company's: the same, however often and by whom it is made."""
    # A company that has changed its name since a try that was cut off is another request.
    details = sha256(orjson.dumps([company.email, company.name])).hexdigest()[:8]
    key = f"account-{company.id}-{company.stripe_connections}-{details}"
    account = await stripe.create_account(key, email=company.email, name=company.name)
    return await _note_account(staff, account)


@transactional
async def _note_account(staff: Staff, account: str) -> str:
    """Return the company's account: this one, unless another was faster."""
    company = await Company.filter(id=staff.company_id).select_for_update(no_key=True).get()
    if company.stripe_account is None:
        company.stripe_account = account
        await company.save(update_fields=["stripe_account"])
        await audit_log.note(staff, AuditAction.STRIPE_CONNECTED, company.id, account[:200])
    return company.stripe_account
