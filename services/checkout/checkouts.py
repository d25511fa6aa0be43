"""Paying an invoice online: reserve a checkout, create its session at Stripe, store the answer.

No transaction is open while we wait for Stripe. The row that reserves the checkout holds the
request to Stripe, and its id is the idempotency key. So any step may be interrupted, and repeated
by anyone: Stripe creates one session for each row, and the database allows an invoice one row that
can be paid.

    (none) → OPENING → OPEN → PENDING → PAID, FAILED
                ↓        ↓  ↘___________↗
                EXPIRING ──→ EXPIRED
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Final
from uuid import UUID

from limits import RateLimitItem

from auth.client_info import ClientInfo
from core.rate_limits import RateLimiter
from core.urls import Urls
from db.compiled_queries import CompiledQuery
from db.statements import fetch
from db.transactions import transactional
from errors import Conflict, NotFound, PaymentProviderError, PaymentUnavailable, RateLimited
from i18n.translations import translations_for
from integrations.stripe.checkout_orders import CheckoutOrder
from integrations.stripe.client import StripeClient, StripeRequestRejected
from integrations.stripe.webhook_payloads import is_id
from models import UNSETTLED, Checkout, CheckoutStatus, Invoice
from models.documents import DOCUMENT_PARENTS
from models.money import Minor, Money
from services.checkout.payment_options import validate_amount
from services.checkout.return_urls import ReturnUrls, check_return_url
from services.checkout.stripe_sessions import (
    close,
    create_session,
    record_opened,
    record_rejected,
    retrieve,
    settle,
)
from services.sharing.tokens import SharedLink
from settings import Settings

_SESSION_TTL: Final = timedelta(hours=1)
"""How long a session can be paid. Stripe allows 30 minutes to 24 hours."""
_MIN_REMAINING: Final = timedelta(minutes=5)
"""A session that can be paid for less than this is replaced."""
_MAX_ATTEMPTS: Final = 4
"""How often we start over because another checkout is in the way."""
_OPENING_GRACE: Final = timedelta(seconds=5)
"""How long we wait for the process that reserved the checkout to create its session."""
_POLL_INTERVAL: Final = 0.1
"""Seconds."""
_RETURN_TIMEOUT: Final = 6.0
"""Seconds that a returning client waits for Stripe's answer."""
OPENING_TIMEOUT: Final = timedelta(minutes=2)
"""A checkout that has no session after this is expired."""

_locked_invoice = CompiledQuery(
    Invoice, "company", "customer", where="invoice.id = $1 FOR NO KEY UPDATE OF invoice"
)


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """The payment that a client wants to make. Without an amount, all that is due."""

    amount: Decimal | None = None
    return_url: str | None = None
    """Where the client returns to; by default, the page of the link."""


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """A checkout that can be paid at `url`."""

    url: str
    amount: Money
    expires_at: datetime
    language: str
    """The client's language."""


class _Reservation(Enum):
    """Whether the reserved checkout is a new one, the same as before, or a different one."""

    NEW = auto()
    SAME = auto()
    DIFFERENT = auto()


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
        """Return where to pay. The same request gets the same checkout while it can be paid.

        Raises NotFound if the link has been revoked since, RateLimited, BadInput,
        PaymentUnavailable, AmountRefused, Conflict while others keep asking for something else, and
        PaymentProviderError if Stripe fails. Then nothing was charged, and the next call continues
        from there.
        """
        await self.rate_limiter.hit(self.per_ip, "checkout", client_info.rate_limit_key)
        # By what the link opens, so that no token is stored in Redis.
        await self.rate_limiter.hit(self.per_token, "checkout", str(link.opened_id))
        if self.stripe is None:
            raise PaymentUnavailable("Online payment isn't switched on for this server.")
        return_urls = self._return_urls(link, request)
        for _ in range(_MAX_ATTEMPTS):
            checkout = await _try_to_open(self.stripe, link, request.amount, return_urls)
            if checkout is not None:
                return _open_checkout(checkout, link.invoice)
        raise Conflict("Someone else is about to pay this invoice. Try again in a minute.")

    async def handle_return(
        self, link: SharedLink, session_id: str, client_info: ClientInfo
    ) -> Checkout | None:
        """Return the checkout from which a client returns, and its invoice, both up to date.

        None if the invoice has none with this session. If Stripe doesn't answer in time, the
        checkout is as we know it.
        """
        if not is_id(session_id):
            return None
        checkout = await _find_by_session(session_id, link.invoice)
        if checkout is None or self.stripe is None or checkout.status not in UNSETTLED:
            return checkout
        try:
            await self.rate_limiter.hit(self.per_ip, "returns", client_info.rate_limit_key)
            await self.rate_limiter.hit(self.per_token, "returns", str(link.invoice.id))
            async with asyncio.timeout(_RETURN_TIMEOUT):
                await settle(checkout, await retrieve(self.stripe, checkout))
        except (PaymentProviderError, StripeRequestRejected, RateLimited, TimeoutError):
            pass  # the page shows what we know, and reloads itself
        return await _find_by_session(session_id, link.invoice)

    def _return_urls(self, link: SharedLink, request: CheckoutRequest) -> ReturnUrls:
        if request.return_url is None:
            return ReturnUrls.of(link.url(self.urls))
        return ReturnUrls.of(check_return_url(request.return_url, self.settings))


async def _try_to_open(
    stripe: StripeClient, link: SharedLink, amount: Decimal | None, return_urls: ReturnUrls
) -> Checkout | None:
    """Return an OPEN checkout, or None if another one was in the way.

    | reserved  | status   | what happens                                                        |
    | --------- | -------- | ------------------------------------------------------------------- |
    | NEW       | OPENING  | we create its session                                               |
    | SAME      | OPEN     | it is used again                                                    |
    | SAME      | OPENING  | we wait for its session, and create it if nobody else does          |
    | DIFFERENT | EXPIRING | we end it at Stripe; then the caller tries again                    |
    """
    checkout, reservation = await _reserve(link, amount, return_urls)
    match reservation, checkout.status:
        case _Reservation.NEW, _:
            return await _open(stripe, checkout)
        case _Reservation.SAME, CheckoutStatus.OPEN:
            return checkout
        case _Reservation.SAME, _:
            return await _wait_or_open(stripe, checkout)
        case _Reservation.DIFFERENT, _:
            await _make_way(stripe, checkout)
    return None


async def _open(stripe: StripeClient, checkout: Checkout) -> Checkout:
    """Create the session of an OPENING checkout."""
    try:
        opened = await create_session(stripe, checkout)
    except StripeRequestRejected as rejection:
        await record_rejected(checkout.id)
        raise rejection.error from rejection
    checkout = await record_opened(checkout.id, opened)
    if checkout.status is not CheckoutStatus.OPEN:
        # It was expired while we waited for Stripe. The expiry worker tells Stripe.
        raise PaymentUnavailable
    return checkout


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


async def _make_way(stripe: StripeClient, checkout: Checkout) -> None:
    """End an EXPIRING checkout. Raises PaymentUnavailable if it turns out to be paid."""
    closed = await close(stripe, checkout)
    if closed.status in {CheckoutStatus.PENDING, CheckoutStatus.PAID}:
        raise PaymentUnavailable("A payment was just made. Check the invoice again.")


def _open_checkout(checkout: Checkout, invoice: Invoice) -> OpenCheckout:
    assert checkout.url is not None
    return OpenCheckout(
        url=checkout.url,
        amount=checkout.money(checkout.amount),
        expires_at=checkout.expires_at,
        language=invoice.customer.language_with(invoice.company),
    )


async def _find_by_session(session_id: str, invoice: Invoice) -> Checkout | None:
    """Return the checkout with its invoice and what is needed to show it, in one statement."""
    return await Checkout.get_or_none(session_id=session_id, invoice_id=invoice.id).select_related(
        *(f"invoice__{parent}" for parent in DOCUMENT_PARENTS)
    )


# --- reserving ------------------------------------------------------------------------------------


@transactional
async def _reserve(
    link: SharedLink, amount: Decimal | None, return_urls: ReturnUrls
) -> tuple[Checkout, _Reservation]:
    """Return the invoice's one checkout that can be paid: a new one, unless there is one already.

    A different one, or one that ends soon, becomes EXPIRING. Raises NotFound if the link has been
    revoked since, and as `validate_amount` does.
    """
    invoice = await _lock_invoice(link)
    minor = validate_amount(invoice, invoice.company, amount)
    now = datetime.now(UTC)
    earlier = await Checkout.filter(payable_for=invoice.id).select_for_update(no_key=True).first()
    if earlier is None:
        return await _create(invoice, minor, return_urls, now), _Reservation.NEW
    order = _order(earlier.id, earlier.expires_at, invoice, minor, return_urls)
    is_usable = (
        earlier.request == order.to_json()
        and earlier.expires_at - now > _MIN_REMAINING
        and earlier.status is not CheckoutStatus.EXPIRING
    )
    if is_usable:
        return earlier, _Reservation.SAME
    earlier.move_to(CheckoutStatus.EXPIRING)
    await earlier.save(update_fields=["status", "payable_for"])
    return earlier, _Reservation.DIFFERENT


async def _create(
    invoice: Invoice, amount: Minor, return_urls: ReturnUrls, now: datetime
) -> Checkout:
    checkout = Checkout(
        company_id=invoice.company_id,
        invoice_id=invoice.id,
        account=invoice.company.stripe_account,
        amount=amount,
        currency=invoice.currency,
        payable_for=invoice.id,
        expires_at=(now + _SESSION_TTL).replace(microsecond=0),
        next_look_at=now + OPENING_TIMEOUT,
    )
    order = _order(checkout.id, checkout.expires_at, invoice, amount, return_urls)
    checkout.request = order.to_json()
    await checkout.save()
    return checkout


def _order(
    reference: UUID,
    expires_at: datetime,
    invoice: Invoice,
    amount: Minor,
    return_urls: ReturnUrls,
) -> CheckoutOrder:
    language = invoice.written_in
    gettext = translations_for(language).gettext
    return CheckoutOrder(
        reference=reference,
        title=gettext("Invoice %(number)s") % {"number": invoice.number},
        business=invoice.company.name,
        invoice_number=invoice.label,
        amount=amount,
        currency=invoice.currency,
        language=language,
        customer_email=invoice.customer.email,
        success_url=return_urls.success,
        cancel_url=return_urls.cancel,
        expires_at=expires_at,
    )


async def _lock_invoice(link: SharedLink) -> Invoice:
    """Return the invoice, locked, with company and customer. Raises NotFound for a revoked link."""
    await fetch("SELECT id FROM company WHERE id = $1 FOR SHARE", link.invoice.company_id)
    if link.is_portal:
        await fetch("SELECT id FROM customer WHERE id = $1 FOR SHARE", link.invoice.customer_id)
    invoice = await _locked_invoice.first(link.invoice.id)
    if invoice is None or not link.opens(invoice):
        raise NotFound
    return invoice
