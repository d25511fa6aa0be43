"""Connected accounts and their onboarding links."""

from typing import Final

from dev.stripe_sandbox.api.calls import Call
from dev.stripe_sandbox.errors import InvalidParameter, InvalidState
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.objects.accounts import new_account
from dev.stripe_sandbox.pagination import PAGE_FIELDS, paginate
from dev.stripe_sandbox.params import (
    Fields,
    Required,
    boolean,
    currency,
    email,
    mapping,
    metadata,
    one_of,
    text,
    text_up_to,
    url,
)
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object

_LINK_TTL: Final = 300
"""Seconds."""
_CAPABILITY: Final = mapping({"requested": boolean})

CREATE: Final[Fields] = {
    "business_profile": mapping(
        {"mcc": text, "name": text, "product_description": text, "support_email": email, "url": url}
    ),
    "business_type": one_of("company", "government_entity", "individual", "non_profit"),
    "capabilities": mapping({"card_payments": _CAPABILITY, "transfers": _CAPABILITY}),
    "controller": mapping(
        {
            "fees": mapping({"payer": one_of("account", "application")}),
            "losses": mapping({"payments": one_of("application", "stripe")}),
            "requirement_collection": one_of("application", "stripe"),
            "stripe_dashboard": mapping({"type": one_of("express", "full", "none")}),
        }
    ),
    "country": text_up_to(2),
    "default_currency": currency,
    "email": email,
    "metadata": metadata,
    "type": one_of("custom", "express", "standard"),
}
LINK: Final[Fields] = {
    "account": Required(text),
    "collect": one_of("currently_due", "eventually_due"),
    "refresh_url": Required(url),
    "return_url": Required(url),
    "type": Required(one_of("account_onboarding", "account_update")),
}
LIST: Final[Fields] = PAGE_FIELDS
DEAUTHORIZE: Final[Fields] = {"client_id": text, "stripe_user_id": Required(text)}


def create_account(sandbox: Sandbox, call: Call) -> Object:
    """Create an account that is not onboarded yet."""
    _require_platform(call)
    account = new_account(sandbox.clock.now(), call.params)
    return sandbox.store.add(account["id"], account)


def retrieve_account(sandbox: Sandbox, call: Call) -> Object:
    """Return the account in the path, the one that the call is for, or the platform."""
    id_ = call.ids.get("id") or call.account
    if id_ is None:
        return {"id": "acct_platform", "object": "account", "charges_enabled": True}
    return sandbox.account(id_)


def list_accounts(sandbox: Sandbox, call: Call) -> Object:
    """List the connected accounts."""
    _require_platform(call)
    accounts = [row for row in sandbox.store.all("account") if not row["_deauthorized"]]
    return paginate(accounts, call.params, call.path, "account")


def delete_account(sandbox: Sandbox, call: Call) -> Object:
    """Close an account for good."""
    account = sandbox.account(call.ids["id"])
    account["_deauthorized"] = True
    return {"id": account["id"], "object": "account", "deleted": True}


def create_account_link(sandbox: Sandbox, call: Call) -> Object:
    """Create a link to the onboarding page."""
    account = sandbox.account(call.params["account"])
    if call.params["type"] == "account_update" and not account["details_submitted"]:
        message = "You cannot create `account_update` type Account Links for this account."
        raise InvalidParameter(message, param="type")
    id_, now = new_id("link"), sandbox.clock.now()
    link = {
        "object": "account_link",
        "created": now,
        "expires_at": now + _LINK_TTL,
        "url": f"{sandbox.settings.base_url}/onboarding/{id_}",
        "_account": account["id"],
        "_refresh_url": call.params["refresh_url"],
        "_return_url": call.params["return_url"],
    }
    sandbox.links[id_] = link
    return link


def deauthorize(sandbox: Sandbox, call: Call) -> Object:
    """Revoke the platform's access to an account."""
    account_id = call.params["stripe_user_id"]
    sandbox.deauthorize(account_id)
    return {"stripe_user_id": account_id}


def _require_platform(call: Call) -> None:
    if call.account:
        raise InvalidState("This endpoint does not allow impersonation as a Connected Account.")
