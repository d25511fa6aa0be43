"""Paying invoices online: reserve a checkout, create its session at Stripe, store the answer.

No transaction is open while we wait for Stripe. The row that reserves the checkout holds the
request to Stripe, and its id is the idempotency key. So any step may be interrupted, and repeated
by anyone: Stripe creates one session for each row, and the database allows an invoice a share in
one row that can be paid.

    (none) → OPENING → OPEN → PENDING → PAID, FAILED
                ↓        ↓  ↘___________↗
                EXPIRING ──→ EXPIRED
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from limits import RateLimitItem

from auth.client_info import ClientInfo
from core.hit_counters import Hit
from core.rate_limits import RateLimiter
from core.urls import Urls
from errors import (
    BadInput,
    NotFound,
    PaymentProviderError,
    PaymentUnavailable,
    RateLimited,
    Text,
)
from integrations.stripe.client import StripeClient, StripeRequestRejected
from integrations.stripe.webhook_payloads import is_id
from models import UNSETTLED, Checkout, CheckoutShare, CheckoutStatus, Invoice
from models.documents import DOCUMENT_PARENTS
from services.checkout.reservations import Reservation, WantedCheckout, reserve
from services.checkout.return_urls import check_return_url
from services.checkout.stripe_sessions import (
    close,
    create_session,
    record_failed,
    record_opened,
    record_rejected,
    retrieve,
    settle,
)
from services.checkout.used_credit import UsedCredit, use_credit
from services.sharing.tokens import SharedLink
from settings import Settings
from values.money import Money

_JUST_PAID: Final = Text("A payment was just made. Check the invoice again.")
_CURRENCIES: Final = Text(
    "These invoices are in different currencies. Pay each currency separately."
)
_MAX_ATTEMPTS: Final = 4
"""How often we start over because another checkout is in the way."""
_OPENING_GRACE: Final = timedelta(seconds=5)
"""How long we wait for the process that reserved the checkout to create its session."""
_POLL_INTERVAL: Final = 0.1
"""Seconds."""
_ENDED_AT_ONCE: Final = 5
"""Checkouts that Stripe is asked to end at the same time, for one client."""
_RETURN_TIMEOUT: Final = 6.0
"""Seconds that a returning client waits for Stripe's answer."""


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """The payment that a client wants to make. Without an amount, all that is due."""

    amount: Decimal | None = None
    return_url: str | None = None
    """Where the client returns to; by default, the page of the link."""
    asked_at: datetime = field(default_factory=partial(datetime.now, UTC))


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """A checkout that can be paid at `url`."""

    url: str
    amount: Money
    expires_at: datetime
    language: str
    """The client's language."""


@dataclass(frozen=True, slots=True)
class ReturnedCheckout:
    """A checkout whose client comes back from Stripe, with its invoices as they are now."""

    checkout: Checkout
    invoices: Sequence[Invoice]
    """In the order in which they are paid, with their parents."""

    def invoice_behind(self, link: SharedLink) -> Invoice:
        """Return the invoice that the link opens."""
        [invoice] = [each for each in self.invoices if each.id == link.invoice.id]
        return invoice


@dataclass(frozen=True, slots=True)
class Checkouts:
    """Opens checkouts for clients who hold a link."""

    settings: Settings
    urls: Urls
    rate_limiter: RateLimiter
    per_ip: RateLimitItem
    per_token: RateLimitItem
    stripe: StripeClient | None

    async def open(
        self, link: SharedLink, request: CheckoutRequest, client_info: ClientInfo
    ) -> OpenCheckout:
        """Return where to pay an invoice, or a part of it.

        The same request gets the same checkout while it can be paid. Raises NotFound if the link
        has been revoked since, RateLimited, BadInput, PaymentUnavailable, AmountRefused, Conflict
        if someone else asks for something else at the same time, and PaymentProviderError if
        Stripe fails. Then nothing was charged, and the next call continues from there.
        """
        return await self._open([link], request, client_info)

    async def open_several(
        self, links: Sequence[SharedLink], request: CheckoutRequest, client_info: ClientInfo
    ) -> OpenCheckout:
        """Return where to pay all that is due on some invoices of a portal at once.

        Raises BadInput for invoices in different currencies, and otherwise as `open`, with the
        position of an invoice that can't be paid.
        """
        if len({link.invoice.currency for link in links}) > 1:
            raise BadInput(_CURRENCIES, field="numbers")
        return await self._open(links, request, client_info)

    async def _open(
        self, links: Sequence[SharedLink], request: CheckoutRequest, client_info: ClientInfo
    ) -> OpenCheckout:
        first = links[0]
        await self._hit(first, client_info)
        if self.stripe is None:
            raise PaymentUnavailable(Text("Online payment isn't switched on for this server."))
        return_url = request.return_url
        if return_url is not None:
            return_url = check_return_url(return_url, self.settings)
        wanted = WantedCheckout(
            links=links,
            amount=request.amount,
            return_url=return_url,
            urls=self.urls,
            asked_at=request.asked_at,
        )
        for _ in range(_MAX_ATTEMPTS):
            checkout = await _try_to_open(self.stripe, wanted)
            if checkout is not None:
                return _open_checkout(checkout, first.invoice)
        raise wanted.others_pay

    async def use_credit(self, link: SharedLink, client_info: ClientInfo) -> UsedCredit:
        """Pay an invoice with the customer's open credit, as far as it goes.

        Raises NotFound if the link has been revoked since, and RateLimited.
        """
        await self._hit(link, client_info)
        return await use_credit(link)

    async def _hit(self, link: SharedLink, client_info: ClientInfo) -> None:
        await self.rate_limiter.hit_all(
            Hit(
                rate=self.per_ip,
                key=("checkout", client_info.rate_limit_key),
                policy="checkout-per-ip",
            ),
            # By what the link opens, so that no token is stored in Redis.
            Hit(
                rate=self.per_token,
                key=("checkout", str(link.opened_id)),
                policy="checkout-per-token",
            ),
        )

    async def handle_return(
        self, link: SharedLink, session_id: str, client_info: ClientInfo
    ) -> ReturnedCheckout | None:
        """Return the checkout from which a client returns, and its invoices, all up to date.

        None if the invoice has no share in one with this session. If Stripe doesn't answer in
        time, the checkout is as we know it.
        """
        if not is_id(session_id):
            return None
        returned = await _find_returned(checkout__session_id=session_id)
        if returned is None or link.invoice.id not in {each.id for each in returned.invoices}:
            return None
        return await self.settle_returned(returned, client_info)

    async def find_returning(self, checkout_id: str) -> ReturnedCheckout:
        """Return the checkout whose client Stripe sends back. Raises NotFound."""
        try:
            returned = await _find_returned(checkout_id=UUID(checkout_id))
        except ValueError:
            returned = None
        if returned is None:
            raise NotFound
        return returned

    async def settle_returned(
        self, returned: ReturnedCheckout, client_info: ClientInfo
    ) -> ReturnedCheckout:
        """Return a checkout with its invoices as Stripe says it is now.

        If Stripe doesn't answer in time, it is as we know it.
        """
        checkout = returned.checkout
        if self.stripe is None or checkout.status not in UNSETTLED:
            return returned
        try:
            await self.rate_limiter.hit_all(
                Hit(rate=self.per_ip, key=("returns", client_info.rate_limit_key)),
                Hit(rate=self.per_token, key=("returns", str(checkout.id))),
            )
            async with asyncio.timeout(_RETURN_TIMEOUT):
                await settle(checkout, await retrieve(self.stripe, checkout))
        except (PaymentProviderError, StripeRequestRejected, RateLimited, TimeoutError):
            pass  # the page shows what we know, and reloads itself
        return await _find_returned(checkout_id=checkout.id) or returned


async def _try_to_open(stripe: StripeClient, wanted: WantedCheckout) -> Checkout | None:
    """Return an OPEN checkout, or None if others were in the way.

    | reserved  | status   | what happens                                                        |
    | --------- | -------- | ------------------------------------------------------------------- |
    | NEW       | OPENING  | we create its session                                               |
    | SAME      | OPEN     | it is used again, unless Stripe says that it has ended              |
    | SAME      | OPENING  | we wait for its session, and create it if nobody else does          |
    | DIFFERENT | EXPIRING | we end them at Stripe; then the caller tries again                  |
    """
    checkouts, reservation = await reserve(wanted)
    if reservation is Reservation.DIFFERENT:
        await _make_way(stripe, checkouts)
        return None
    [checkout] = checkouts
    if reservation is Reservation.NEW:
        return await _open(stripe, checkout)
    if checkout.status is CheckoutStatus.OPEN:
        return await _use_again(stripe, checkout)
    return await _wait_or_open(stripe, checkout)


async def _open(stripe: StripeClient, checkout: Checkout) -> Checkout | None:
    """Create the session of an OPENING checkout; None if it was expired while Stripe did that."""
    try:
        opened = await create_session(stripe, checkout)
    except StripeRequestRejected as rejection:
        await record_rejected(checkout.id)
        raise rejection.error from rejection
    except PaymentProviderError:
        await record_failed(checkout.id)
        raise
    checkout = await record_opened(checkout.id, opened)
    return checkout if checkout.status is CheckoutStatus.OPEN else None


async def _use_again(stripe: StripeClient, checkout: Checkout) -> Checkout | None:
    """Return an OPEN checkout if Stripe says that it can still be paid.

    It may have been paid without our knowing yet. Raises PaymentUnavailable if it was.
    """
    try:
        report = await retrieve(stripe, checkout)
    except StripeRequestRejected as rejection:
        raise rejection.error from rejection
    if report.status is CheckoutStatus.OPEN:
        return checkout
    _raise_if_paid(await settle(checkout, report))
    return None


async def _wait_or_open(stripe: StripeClient, checkout: Checkout) -> Checkout | None:
    """Wait until another process has created the session of the checkout, or create it.

    If that process has died, Stripe creates the same session for us. Returns None if the
    checkout has ended in the meantime.
    """
    # The clock of the process that reserved it may be ahead of ours.
    until = min(checkout.created_at, datetime.now(UTC)) + _OPENING_GRACE
    while checkout.status is CheckoutStatus.OPENING and datetime.now(UTC) < until:
        await asyncio.sleep(_POLL_INTERVAL)
        checkout = await Checkout.get(id=checkout.id)
    if checkout.status is CheckoutStatus.OPENING:
        return await _open(stripe, checkout)
    return checkout if checkout.status is CheckoutStatus.OPEN else None


async def _make_way(stripe: StripeClient, checkouts: Sequence[Checkout]) -> None:
    """End EXPIRING checkouts, a few at a time.

    Raises PaymentUnavailable if one turns out to be paid, and as `close` does; the others have
    ended by then, too, unless Stripe failed.
    """
    places = asyncio.Semaphore(_ENDED_AT_ONCE)

    async def end(checkout: Checkout) -> Checkout:
        async with places:
            return await close(stripe, checkout)

    outcomes = await asyncio.gather(*map(end, checkouts), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        _raise_if_paid(outcome)


def _raise_if_paid(ended: Checkout) -> None:
    if ended.status in {CheckoutStatus.PENDING, CheckoutStatus.PAID}:
        raise PaymentUnavailable(_JUST_PAID)


def _open_checkout(checkout: Checkout, invoice: Invoice) -> OpenCheckout:
    assert checkout.url is not None
    return OpenCheckout(
        url=checkout.url,
        amount=checkout.money(checkout.amount),
        expires_at=checkout.expires_at,
        language=invoice.written_in,
    )


async def _find_returned(**found_by: str | UUID) -> ReturnedCheckout | None:
    """Return a checkout with its invoices and what is needed to show them, in one statement."""
    shares = (
        await CheckoutShare.filter(**found_by)
        .order_by("position")
        .select_related("checkout", *(f"invoice__{parent}" for parent in DOCUMENT_PARENTS))
    )
    if not shares:
        return None
    return ReturnedCheckout(
        checkout=shares[0].checkout, invoices=[share.invoice for share in shares]
    )
