"""What is asked of Stripe: few calls, each bounded in time, whose failures are ours by name.

Every call is made on the connected account, but for those that make accounts.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import stripe
from structlog import get_logger

from errors import (
    PaymentProviderError,
    PaymentUnavailable,
    PortalError,
)
from integrations.stripe.webhook_payloads import (
    AccountReport,
    Malformed,
    PaymentReversalReport,
    SessionReport,
    dispute_report,
    refund_report,
)
from models.money import AmountReason, AmountTooLarge, AmountTooSmall
from settings import Settings

_ATTEMPT_SECONDS: Final = 8.0
"""For which one try of a call is waited."""
_CALL_SECONDS: Final = 20.0
"""For which a call is waited with its repetitions."""
_RETRIES: Final = 2
_PAGE: Final = 100
_LIVE_KEYS: Final = ("sk_live_", "rk_live_")

T = TypeVar("T")
log = get_logger(__name__)


class Refused(Exception):
    """Stripe has refused for good, and nothing was made; `error` is what the caller is told."""

    def __init__(self, error: PortalError, parameter: str | None) -> None:
        super().__init__(error.message)
        self.error = error
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A Checkout session that Stripe has made, and where it is paid, while it can be."""

    id: str
    url: str | None


class Gateway:
    """Stripe's API. All methods raise PaymentProviderError if it fails or can't be reached."""

    def __init__(self, client: stripe.StripeClient, *, livemode: bool) -> None:
        self._stripe = client
        self.livemode = livemode
        """Whether the key moves real money; events of the other kind are none of ours."""

    # --- sessions ---------------------------------------------------------------------------------

    async def create_session(
        self, account: str, key: str, request: Mapping[str, Any]
    ) -> OpenedSession:
        """Return the session that `request` asks for; with the same key it is the same. Refused."""
        session = await _call(
            self._stripe.v1.checkout.sessions.create_async(
                _params(request), {"stripe_account": account, "idempotency_key": key}
            )
        )
        return OpenedSession(session.id, session.url)

    async def expire_session(self, account: str, session_id: str) -> SessionReport:
        """Return the session, expired. Raises Refused if it is not open any more."""
        session = await _call(
            self._stripe.v1.checkout.sessions.expire_async(
                session_id, None, {"stripe_account": account}
            )
        )
        return _read(SessionReport.of, session)

    async def retrieve_session(self, account: str, session_id: str) -> SessionReport:
        """Return where a session stands now. Raises Refused if the account has none of this id."""
        session = await _call(
            self._stripe.v1.checkout.sessions.retrieve_async(
                session_id, {"expand": ["payment_intent"]}, {"stripe_account": account}
            )
        )
        return _read(SessionReport.of, session)

    # --- what is taken back -----------------------------------------------------------------------

    async def refunds_since(
        self, account: str, since: datetime
    ) -> AsyncGenerator[PaymentReversalReport, None]:
        """Yield the account's refunds, the newest first. Raises Refused."""
        page = await _call(self._stripe.v1.refunds.list_async(*_listing(account, since)))
        async for refund in _every(page):
            yield _read(refund_report, refund)

    async def disputes_since(
        self, account: str, since: datetime
    ) -> AsyncGenerator[PaymentReversalReport, None]:
        """Yield the account's disputes, the newest first. Raises Refused."""
        page = await _call(self._stripe.v1.disputes.list_async(*_listing(account, since)))
        async for dispute in _every(page):
            yield _read(dispute_report, dispute)

    # --- accounts ---------------------------------------------------------------------------------

    async def create_account(self, key: str, *, email: str | None, name: str) -> str:
        """Return the id of a new connected account; with the same key it is the same. Refused."""
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
            self._stripe.v1.accounts.create_async(_params(details), {"idempotency_key": key})
        )
        return account.id

    async def onboarding_url(self, account: str, return_url: str, refresh_url: str) -> str:
        """Return where the business tells Stripe about itself; good for minutes. Raises Refused."""
        link = await _call(
            self._stripe.v1.account_links.create_async(
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
        """Return whether a connected account takes payments. Raises Refused if it is not ours."""
        found = await _call(self._stripe.v1.accounts.retrieve_async(account))
        return AccountReport(charges_enabled=found.charges_enabled is True)


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncGenerator[Gateway | None, None]:
    """Open the way to Stripe; None without a key: then nothing can be paid online."""
    if settings.stripe_secret_key is None:
        yield None
        return
    key = settings.stripe_secret_key.get_secret_value()
    http = stripe.HTTPXClient(timeout=_ATTEMPT_SECONDS)
    client = stripe.StripeClient(
        key,
        base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else {},
        max_network_retries=_RETRIES,
        http_client=http,
    )
    try:
        yield Gateway(client, livemode=key.startswith(_LIVE_KEYS))
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


async def _call(call: Awaitable[T]) -> T:
    """Return what Stripe answers. Raises Refused and PaymentProviderError."""
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            return await call
    except stripe.InvalidRequestError as error:
        raise _refusal(error) from error
    except stripe.PermissionError as error:
        _note(error)
        raise Refused(PaymentUnavailable(), None) from error
    except stripe.StripeError as error:
        _note(error)
        raise PaymentProviderError from error
    except TimeoutError as error:
        log.warning("stripe.too_late")
        raise PaymentProviderError from error


def _refusal(error: stripe.InvalidRequestError) -> Refused:
    """Return what a refusal means for who is paying."""
    parameter = error.param
    match error.code:
        case "amount_too_small":
            too_small = AmountTooSmall(_TOO_SMALL, reason=AmountReason.REFUSED_BY_STRIPE)
            return Refused(too_small, parameter)
        case "amount_too_large":
            too_large = AmountTooLarge(_TOO_LARGE, reason=AmountReason.REFUSED_BY_STRIPE)
            return Refused(too_large, parameter)
        case "account_invalid":
            return Refused(PaymentUnavailable(), parameter)
    _note(error)
    return Refused(PaymentProviderError(), parameter)


_TOO_SMALL: Final = "This is less than can be paid online in this currency."
_TOO_LARGE: Final = "This is more than can be paid online at once."


def _note(error: stripe.StripeError) -> None:
    """Note a failure by what Stripe can find it by, without what was asked for."""
    log.warning(
        "stripe.failed",
        kind=type(error).__name__,
        status=error.http_status,
        code=error.code,
        stripe_request=error.request_id,
    )


def _read(reader: Callable[[Any], T], answer: Any) -> T:  # noqa: ANN401  # one of the SDK's
    """Return the report of what Stripe has answered; what can't be read is Stripe's failure."""
    try:
        return reader(answer.to_dict())
    except Malformed as error:
        log.warning("stripe.malformed", what=str(error))
        raise PaymentProviderError from error


async def _every(page: Any) -> AsyncIterator[Any]:  # noqa: ANN401  # the SDK's page of a list
    """Yield everything that Stripe lists, page after page."""
    while True:
        for row in page.data:
            yield row
        if not page.has_more:
            return
        page = await _call(page.next_page_async())


def _listing(account: str, since: datetime) -> tuple[Any, Any]:
    """Return what an account's objects are listed by, and the call's options."""
    return {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}, {"stripe_account": account}


def _params(values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # one of the SDK's TypedDicts
    return dict(values)
