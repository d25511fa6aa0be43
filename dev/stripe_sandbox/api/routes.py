"""The routes of the API."""

from collections.abc import Mapping
from typing import Final

from starlette.routing import Route

from dev.stripe_sandbox.api import accounts, checkout_sessions, events, payments
from dev.stripe_sandbox.api.endpoint import Endpoint

ENDPOINTS: Final[Mapping[tuple[str, str], Endpoint]] = {
    ("POST", "/oauth/deauthorize"): Endpoint(accounts.deauthorize, accounts.DEAUTHORIZE),
    ("GET", "/v1/account"): Endpoint(accounts.retrieve_account),
    ("POST", "/v1/account_links"): Endpoint(accounts.create_account_link, accounts.LINK),
    ("POST", "/v1/accounts"): Endpoint(accounts.create_account, accounts.CREATE),
    ("GET", "/v1/accounts"): Endpoint(accounts.list_accounts, accounts.LIST),
    ("GET", "/v1/accounts/{id}"): Endpoint(accounts.retrieve_account),
    ("DELETE", "/v1/accounts/{id}"): Endpoint(accounts.delete_account),
    ("GET", "/v1/charges"): Endpoint(payments.list_charges, payments.LIST_CHARGES),
    ("GET", "/v1/charges/{id}"): Endpoint(payments.retrieve_charge),
    ("POST", "/v1/checkout/sessions"): Endpoint(
        checkout_sessions.create_session, checkout_sessions.CREATE
    ),
    ("GET", "/v1/checkout/sessions"): Endpoint(
        checkout_sessions.list_sessions, checkout_sessions.LIST
    ),
    ("GET", "/v1/checkout/sessions/{id}"): Endpoint(checkout_sessions.retrieve_session),
    ("POST", "/v1/checkout/sessions/{id}/expire"): Endpoint(checkout_sessions.expire_session),
    ("GET", "/v1/checkout/sessions/{id}/line_items"): Endpoint(
        checkout_sessions.list_line_items, checkout_sessions.LIST_ITEMS
    ),
    ("GET", "/v1/disputes"): Endpoint(payments.list_disputes, payments.LIST),
    ("GET", "/v1/disputes/{id}"): Endpoint(payments.retrieve_dispute),
    ("GET", "/v1/events"): Endpoint(events.list_events, events.LIST),
    ("GET", "/v1/events/{id}"): Endpoint(events.retrieve_event),
    ("GET", "/v1/payment_intents/{id}"): Endpoint(
        payments.retrieve_intent, payments.RETRIEVE_INTENT
    ),
    ("GET", "/v1/refunds"): Endpoint(payments.list_refunds, payments.LIST),
    ("POST", "/v1/refunds"): Endpoint(payments.create_refund, payments.REFUND),
    ("GET", "/v1/refunds/{id}"): Endpoint(payments.retrieve_refund),
}


def api_routes() -> list[Route]:
    """Return a route for each endpoint."""
    return [
        Route(path, endpoint.__call__, methods=[method])
        for (method, path), endpoint in ENDPOINTS.items()
    ]
