"""Our calls to Stripe. Each is bounded in time, and its failures are our own errors.

Stripe's SDK is imported only where there is a key, because that takes long.

Calls are made on behalf of the connected account, except those that create accounts.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from structlog import get_logger

from core.telemetry.metrics import STRIPE_SECONDS, timed
from core.telemetry.tracing import span
from errors import (
    PaymentProviderError,
    PaymentUnavailable,
    PortalError,
    Text,
)
from integrations.stripe.payment_details import PaymentDetails
from integrations.stripe.webhook_payloads import (
    REFUND_REQUEST,
    AccountReport,
    InvalidPayload,
    PaymentReversalReport,
    SessionReport,
    dispute_report,
    refund_report,
)
from settings import Settings
from values.money import AmountReason, AmountTooLarge, AmountTooSmall

if TYPE_CHECKING:
    import stripe

_REQUEST_TIMEOUT: Final = 8.0
"""Seconds for one HTTP request."""
_CALL_TIMEOUT: Final = 20.0
"""Seconds for a call with its retries."""
_MAX_RETRIES: Final = 2
_PAGE_SIZE: Final = 100
_SERVER_ERROR: Final = 500
_LIVE_KEYS: Final = ("sk_live_", "rk_live_")
_TOO_SMALL: Final = Text("This is less than can be paid online in this currency.")
_TOO_LARGE: Final = Text("This is more than can be paid online at once.")
_WRONG_CURRENCY: Final = Text("This business can't take online payments in this currency.")
_NO_ACCESS: Final = Text("This business can't take payments online at the moment.")
_WRONG_KEY: Final = Text(
    "Online payment isn't set up correctly on this server. Nothing was charged."
)
_REFUSED: Final = Text("The payment provider refused this payment. Nothing was charged.")
"""Trying again wouldn't help: the log says what the provider objects to."""

T = TypeVar("T")
log = get_logger(__name__)


class StripeRequestRejected(Exception):
    """Stripe has rejected the request for good, and created nothing.

    `error` is the error for our own caller, `parameter` the Stripe parameter that is wrong, if any,
    and `code` Stripe's reason: https://docs.stripe.com/error-codes.
    """

    def __init__(
        self, error: PortalError, parameter: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.parameter = parameter
        self.code = code


class StripeServerError(PaymentProviderError):
    """Stripe has answered with a failure of its own (a status of 500 or more).

    It repeats that answer for the same idempotency key, whatever it has done meanwhile.
    """


class StripeAccessDenied(StripeRequestRejected):
    """Stripe has rejected the request because the account is not, or no longer, connected to us."""

    def __init__(self) -> None:
        super().__init__(PaymentUnavailable(_NO_ACCESS))


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A Checkout session that Stripe has created."""

    id: str
    url: str | None
    """The page to pay on; None once the session has ended."""


class StripeClient:
    """Stripe's API.

    All methods raise StripeRequestRejected, and PaymentProviderError if Stripe fails or can't be
    reached.
    """

    def __init__(self, sdk: "stripe.StripeClient", *, livemode: bool) -> None:
        self._sdk = sdk
        self.livemode = livemode
        """Whether the key moves real money. Events of the other mode are not ours."""

    # --- Checkout sessions ------------------------------------------------------------------------

    async def create_checkout_session(
        self, account: str, key: str, order_json: str
    ) -> OpenedSession:
        """Create a session, or return the one that was created with the same `key` before.

        `order_json` is the JSON of a `CheckoutOrder`. If Stripe rejects the customer's e-mail
        address, the session has none, and the client types it on Stripe's page.
        """
        request = json.loads(order_json)
        try:
            return await self._create_checkout_session(account, key, request)
        except StripeRequestRejected as rejection:
            if rejection.parameter != "customer_email" or not request.pop("customer_email", None):
                raise
        return await self._create_checkout_session(account, f"{key}-without-email", request)

    async def _create_checkout_session(
        self, account: str, key: str, request: Mapping[str, Any]
    ) -> OpenedSession:
        session = await _call(
            self._sdk.v1.checkout.sessions.create_async(
                _params(request), {"stripe_account": account, "idempotency_key": key}
            )
        )
        return OpenedSession(id=session.id, url=session.url)

    async def find_session(
        self, account: str, reference: str, since: datetime
    ) -> OpenedSession | None:
        """Return the session with this reference that was created since then, if there is one."""
        page = await _call(
            self._sdk.v1.checkout.sessions.list_async(*_list_arguments(account, since))
        )
        async for session in _all_pages(page):
            if session.client_reference_id == reference:
                return OpenedSession(id=session.id, url=session.url)
        return None

    async def expire_session(self, account: str, session_id: str) -> SessionReport:
        """Expire an open session. Stripe rejects this if it is not open."""
        session = await _call(
            self._sdk.v1.checkout.sessions.expire_async(
                session_id, None, {"stripe_account": account}
            )
        )
        return _read(SessionReport.of, session)

    async def retrieve_session(self, account: str, session_id: str) -> SessionReport:
        """Return the session's current state. Stripe rejects this if the account has no such id."""
        session = await _call(
            self._sdk.v1.checkout.sessions.retrieve_async(
                session_id,
                {"expand": ["payment_intent.latest_charge"]},
                {"stripe_account": account},
            )
        )
        return _read(SessionReport.of, session)

    async def payment_details(self, account: str, payment_intent: str) -> PaymentDetails:
        """Return what the client of a payment paid with, and why it failed, if it did."""
        intent = await _call(
            self._sdk.v1.payment_intents.retrieve_async(
                payment_intent, {"expand": ["latest_charge"]}, {"stripe_account": account}
            )
        )
        return PaymentDetails.of(intent.to_dict())

    # --- refunds and disputes ---------------------------------------------------------------------

    async def create_refund(
        self, account: str, key: str, payment_intent: str, amount: int, request_id: str
    ) -> PaymentReversalReport:
        """Refund `amount`, in Stripe's units, of a payment; with the same `key`, only once.

        `request_id` comes back with every report of the refund.
        """
        refund = await _call(
            self._sdk.v1.refunds.create_async(
                {
                    "payment_intent": payment_intent,
                    "amount": amount,
                    "metadata": {REFUND_REQUEST: request_id},
                },
                {"stripe_account": account, "idempotency_key": key},
            )
        )
        return _read(refund_report, refund)

    async def payment_currency(self, account: str, payment_intent: str) -> str:
        """Return the code of the currency that a payment was made in, which refunds are in, too."""
        intent = await _call(
            self._sdk.v1.payment_intents.retrieve_async(
                payment_intent, None, {"stripe_account": account}
            )
        )
        return intent.currency.upper()

    async def refunds_of(
        self, account: str, payment_intent: str
    ) -> AsyncGenerator[PaymentReversalReport, None]:
        """Yield the refunds of a payment, the newest first."""
        page = await _call(
            self._sdk.v1.refunds.list_async(
                {"payment_intent": payment_intent, "limit": _PAGE_SIZE}, {"stripe_account": account}
            )
        )
        async for refund in _all_pages(page):
            yield _read(refund_report, refund)

    async def refunds_since(
        self, account: str, since: datetime
    ) -> AsyncGenerator[PaymentReversalReport, None]:
        """Yield the account's refunds created since then, the newest first."""
        page = await _call(self._sdk.v1.refunds.list_async(*_list_arguments(account, since)))
        async for refund in _all_pages(page):
            yield _read(refund_report, refund)

    async def disputes_since(
        self, account: str, since: datetime
    ) -> AsyncGenerator[PaymentReversalReport, None]:
        """Yield the account's disputes created since then, the newest first."""
        page = await _call(self._sdk.v1.disputes.list_async(*_list_arguments(account, since)))
        async for dispute in _all_pages(page):
            yield _read(dispute_report, dispute)

    # --- accounts ---------------------------------------------------------------------------------

    async def create_account(self, key: str, *, email: str | None, name: str) -> str:
        """Create a connected account and return its id: with the same `key`, the same account."""
        details: dict[str, Any] = {
            "controller": {
                "losses": {"payments": "stripe"},
                "fees": {"payer": "account"},
                "stripe_dashboard": {"type": "full"},
                "requirement_collection": "stripe",
            },
            "business_profile": {"name": name},
        }
        if email is not None:
            details["email"] = email
        account = await _call(
            self._sdk.v1.accounts.create_async(_params(details), {"idempotency_key": key})
        )
        return account.id

    async def onboarding_url(self, account: str, return_url: str, refresh_url: str) -> str:
        """Return the page on which the business enters its details. It works for a few minutes."""
        link = await _call(
            self._sdk.v1.account_links.create_async(
                {
                    "account": account,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": refresh_url,
                }
            )
        )
        return link.url

    async def retrieve_account(self, account: str) -> AccountReport:
        """Return the account's current state. Stripe rejects this if it is not connected to us."""
        retrieved = await _call(self._sdk.v1.accounts.retrieve_async(account))
        return AccountReport(charges_enabled=retrieved.charges_enabled is True)


@asynccontextmanager
async def open_stripe_client(settings: Settings) -> AsyncGenerator[StripeClient | None, None]:
    """Yield a client; None without a key, since then nothing can be paid online."""
    if settings.stripe_secret_key is None:
        yield None
        return
    import stripe

    key = settings.stripe_secret_key.get_secret_value()
    http = stripe.HTTPXClient(timeout=_REQUEST_TIMEOUT)
    sdk = stripe.StripeClient(
        key,
        base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else {},
        max_network_retries=_MAX_RETRIES,
        http_client=http,
    )
    try:
        yield StripeClient(sdk, livemode=key.startswith(_LIVE_KEYS))
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


_FAILURES: Final = {StripeRequestRejected: "rejected"}
"""The results under which metrics count calls. Others that fail are "failed"."""


async def _call(call: Awaitable[T]) -> T:
    """Return the result of a call to the SDK, measure it, and turn its errors into ours."""
    with timed(STRIPE_SECONDS, _FAILURES), span("stripe", kind="client"):
        return await _translated(call)


async def _translated(call: Awaitable[T]) -> T:
    import stripe

    try:
        async with asyncio.timeout(_CALL_TIMEOUT):
            return await call
    except stripe.InvalidRequestError as error:
        raise _rejection(error) from error
    except stripe.PermissionError as error:
        _log_failure(error)
        raise StripeAccessDenied from error
    except stripe.AuthenticationError as error:
        _log_failure(error)
        raise PaymentProviderError(_WRONG_KEY) from error
    except stripe.StripeError as error:
        _log_failure(error)
        if error.http_status is not None and error.http_status >= _SERVER_ERROR:
            raise StripeServerError from error
        raise PaymentProviderError from error
    except TimeoutError as error:
        log.warning("stripe.timeout")
        raise PaymentProviderError from error


def _rejection(error: "stripe.InvalidRequestError") -> StripeRequestRejected:
    """Return what Stripe's error means for the client who is paying."""
    _log_failure(error)
    parameter = error.param
    match error.code:
        case "amount_too_small":
            too_small = AmountTooSmall(_TOO_SMALL, reason=AmountReason.REFUSED_BY_STRIPE)
            return StripeRequestRejected(too_small, parameter)
        case "amount_too_large":
            too_large = AmountTooLarge(_TOO_LARGE, reason=AmountReason.REFUSED_BY_STRIPE)
            return StripeRequestRejected(too_large, parameter)
        case "account_invalid":
            return StripeAccessDenied()
    if parameter is not None and parameter.endswith("currency]"):
        return StripeRequestRejected(PaymentUnavailable(_WRONG_CURRENCY), parameter)
    return StripeRequestRejected(PaymentUnavailable(_REFUSED), parameter, error.code)


def _log_failure(error: "stripe.StripeError") -> None:
    """Log what Stripe's support needs to find the request, but nothing that we sent."""
    log.warning(
        "stripe.failed",
        kind=type(error).__name__,
        status=error.http_status,
        code=error.code,
        parameter=getattr(error, "param", None),
        stripe_request=error.request_id,
    )


def _read(reader: Callable[[Any], T], response: Any) -> T:  # noqa: ANN401  # one of the SDK's
    """Read Stripe's response. One that can't be read counts as a failure of Stripe."""
    try:
        return reader(response.to_dict())
    except InvalidPayload as error:
        log.warning("stripe.invalid_payload", detail=str(error))
        raise PaymentProviderError from error


async def _all_pages(page: Any) -> AsyncIterator[Any]:  # noqa: ANN401  # the SDK's page of a list
    """Yield the objects of this page and of all that follow."""
    while True:
        for row in page.data:
            yield row
        if not page.has_more:
            return
        page = await _call(page.next_page_async())


def _list_arguments(account: str, since: datetime) -> tuple[Any, Any]:
    """Return the parameters and options that list an account's objects since then."""
    return {"created": {"gte": int(since.timestamp())}, "limit": _PAGE_SIZE}, {
        "stripe_account": account
    }


def _params(values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # one of the SDK's TypedDicts
    return dict(values)
