"""A connected account: a business that takes payments through the platform."""

from typing import Any, Final

from dev.stripe_sandbox.events import ObjectEvent, object_event
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.store import Object

_REQUIREMENTS: Final = ["business_profile.url", "external_account", "tos_acceptance.date"]
"""What a business tells Stripe before it can take payments."""


def new_account(now: int, params: dict[str, Any], id_: str | None = None) -> Object:
    """Return an account that is not onboarded yet."""
    profile = {"mcc": None, "name": None, "support_email": None, "url": None}
    return {
        "id": id_ or new_id("acct", 16),
        "object": "account",
        "business_profile": profile | params.get("business_profile", {}),
        "business_type": params.get("business_type"),
        "capabilities": {"card_payments": "inactive", "transfers": "inactive"},
        "charges_enabled": False,
        "controller": {"type": "application", "is_controller": True} | params.get("controller", {}),
        "country": params.get("country", "US"),
        "created": now,
        "default_currency": params.get("default_currency", "usd"),
        "details_submitted": False,
        "email": params.get("email"),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": _requirements(_REQUIREMENTS, "requirements.past_due"),
        "settings": {"dashboard": {"display_name": None, "timezone": "Etc/UTC"}},
        "type": params.get("type", "standard"),
        "_deauthorized": False,
    }


def _requirements(due: list[str], reason: str | None) -> dict[str, Any]:
    return {
        "currently_due": list(due),
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": [],
    }


def name_of(account: Object | None) -> str:
    """Return the name of a business; of the platform for None."""
    if account is None:
        return "The platform"
    return str(account["business_profile"]["name"] or account["id"])


def finish_onboarding(account: Object) -> list[ObjectEvent]:
    """Meet all of Stripe's requirements and enable charges."""
    return set_charges_enabled(account, enabled=True)


def set_charges_enabled(account: Object, *, enabled: bool) -> list[ObjectEvent]:
    """Enable or disable charges."""
    if account["charges_enabled"] == enabled and account["details_submitted"]:
        return []
    previous = {
        name: account[name] for name in ("charges_enabled", "details_submitted", "payouts_enabled")
    }
    state = "active" if enabled else "inactive"
    account |= {
        "capabilities": {"card_payments": state, "transfers": state},
        "charges_enabled": enabled,
        "details_submitted": True,
        "payouts_enabled": enabled,
        "requirements": _requirements([], None if enabled else "rejected.other"),
    }
    return [object_event("account.updated", account, **previous)]


def deauthorize() -> list[ObjectEvent]:
    """Return the event that the business disconnected from the platform."""
    application = {"id": "ca_sandbox", "object": "application", "name": "The platform"}
    return [object_event("account.application.deauthorized", application)]
