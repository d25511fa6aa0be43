"""Creating companies."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.permissions import Permission, dump_permissions
from auth.secrets import digest, generate_secret
from db.transactions import transactional
from errors import BadInput
from models import Company, Credential, CredentialKind, Plan, User, ViewFeed
from services.common.validation import clean, clean_currency, clean_email, clean_time_zone

_ACCOUNT: Final = re.compile(r"acct_[A-Za-z0-9_]{1,200}")


@dataclass(frozen=True, slots=True)
class CreatedCompany:
    """A new company and the secret of its first API key, which is never stored."""

    company_id: UUID
    api_key: str


async def create_company(
    name: str,
    email: str,
    password_hash: str,
    *,
    plan: Plan = Plan.FREE,
    currency: str = "EUR",
    time_zone: str = "UTC",
    stripe_account: str | None = None,
) -> CreatedCompany:
    """Create a company with its first user and an API key, both with all permissions.

    The key belongs to nobody, so it stays when the user is removed. The user may have the address
    of another company's user. Raises BadInput.
    """
    address = clean_email(email)
    if address is None:
        raise BadInput("Enter the user's e-mail address.", field="email")
    if stripe_account is not None and not _ACCOUNT.fullmatch(stripe_account):
        raise BadInput("Enter the id of a Stripe account, like acct_1a2b.", field="stripeAccount")
    return await _create(
        Company(
            name=clean(name, "name", most=200),
            email=address,
            plan=plan,
            currency=clean_currency(currency),
            time_zone=clean_time_zone(time_zone),
            stripe_account=stripe_account,
            # A given account is taken to be onboarded. Stripe reports if that changes.
            charges_enabled=stripe_account is not None,
        ),
        password_hash,
    )


@transactional
async def _create(company: Company, password_hash: str) -> CreatedCompany:
    await company.save()
    await ViewFeed.create(company_id=company.id)
    everything = dump_permissions(Permission)
    await User.create(
        company_id=company.id,
        email=(company.email or "").lower(),
        name=company.name,
        password_hash=password_hash,
        permissions=everything,
    )
    secret = generate_secret(CredentialKind.API_KEY)
    await Credential.create(
        company_id=company.id,
        kind=CredentialKind.API_KEY,
        name="bootstrap",
        secret_hash=digest(secret),
        permissions=everything,
    )
    return CreatedCompany(company.id, secret)
