"""Paying an invoice online: the intent is written down, Stripe is asked, its answer is noted.

Three steps, with no transaction open while Stripe is asked. The row that the first one writes says
all that Stripe is asked for and is the idempotency key. So a step may be cut off or repeated by
anybody at any time: Stripe makes one session per row, and the database lets an invoice have one row
with which it can be paid.

    (nothing) → OPENING → OPEN → PENDING → PAID, FAILED
                   ↓        ↓  ↘___________↗
                   EXPIRING ──→ EXPIRED
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any, Final
from uuid import UUID

from limits import RateLimitItem

from auth.client_info import ClientInfo
from core.rate_limits import RateLimiter
from core.urls import Urls
from db.compiled_queries import CompiledQuery
from db.statements import fetch
from db.transactions import transactional
from errors import (
    Conflict,
    NotFound,
    PaymentProviderError,
    PaymentUnavailable,
    RateLimited,
)
from i18n.translations import translations_for
from integrations.stripe.amounts import to_stripe
from integrations.stripe.client import Gateway, Refused
from models import UNSETTLED, Checkout, CheckoutStatus, Invoice
from models.money import Money
from services.checkout.payment_options import validate_amount
from services.checkout.return_urls import check_return_url, with_query
from services.checkout.stripe_sessions import (
    ask_for,
    close,
    look,
    note_opened,
    note_refused,
    settle,
)
from services.sharing.tokens import TokenLookup
from settings import Settings

_LASTS: Final = timedelta(hours=1)
"""For how long a session can be paid. Stripe takes 30 minutes to 24 hours."""
_WORTH_IT: Final = timedelta(minutes=5)
"""A session that can be paid for less than this is replaced."""
_TURNS: Final = 4
"""How often an attempt begins again, after it has found another in its way."""
_OTHERS_WORK: Final = timedelta(seconds=5)
"""For so long whoever was first is waited for, until he has opened the session."""
_LOOK_SECONDS: Final = 0.1
_RETURN_SECONDS: Final = 6.0
"""For which a client who comes back waits for Stripe's word."""
_LONGEST_ID: Final = 255
GIVE_UP_AFTER: Final = timedelta(minutes=2)
"""An attempt that Stripe has not answered by then is called off."""
_LOCALES: Final = frozenset(
    {
        "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
        "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
        "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
    }
)  # fmt: skip
"""The languages that Stripe's page speaks; in any other it follows the browser."""
_MOST_LETTERS: Final = 250
"""Characters of a text on Stripe's page."""
_JUST_PAID: Final = "A payment was just made. Look at the invoice again."

_invoice = CompiledQuery(Invoice, "company", "customer", where="invoice.id = $1")


@dataclass(frozen=True, slots=True)
class CheckoutWish:
    """What a client asks for; `number` with a portal's token, `amount` only for less than all."""

    token: str
    number: str | None = None
    amount: Decimal | None = None
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """Where to pay how much, and until when."""

    url: str
    amount: Money
    expires_at: datetime
    language: str
    """In which the client is spoken to."""


class _Found(Enum):
    """What there was when an attempt began: nothing, one like it, or another."""

    NOTHING = auto()
    SAME = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class _Way:
    """Where Stripe sends the client back to."""

    success: str
    cancel: str


@dataclass(frozen=True, slots=True)
class Checkouts:
    """Opens sessions for strangers who hold a link."""

    settings: Settings
    urls: Urls
    tokens: TokenLookup
    rate_limiter: RateLimiter
    per_ip: RateLimitItem
    per_token: RateLimitItem
    gateway: Gateway | None

    async def open(self, wish: CheckoutWish, client_info: ClientInfo) -> OpenCheckout:
        """Return where to pay. The same wish again gets the same answer, while it can be paid.

        Raises NotFound, RateLimited, BadInput, PaymentUnavailable, AmountTooSmall, AmountTooLarge,
        Conflict while others keep asking for something else, and PaymentProviderError if Stripe
        fails: then nothing was charged, and whoever asks again goes on from there.
        """
        invoice = await self._find(wish, client_info)
        await self.rate_limiter.hit(self.per_ip, "checkout", client_info.rate_limit_key)
        # Per what the token opens: tokens themselves stay out of Redis.
        opened = invoice.id if wish.number is None else invoice.customer_id
        await self.rate_limiter.hit(self.per_token, "checkout", str(opened))
        if self.gateway is None:
            message = "Payments can't be made online here."
            raise PaymentUnavailable(message)
        way = self._way(wish, invoice)
        for _ in range(_TURNS):
            checkout, found = await _begin(invoice, wish, way)
            if found is _Found.SAME and checkout.status is CheckoutStatus.OPENING:
                checkout = await _wait_for_others(checkout)
            elif found is _Found.OTHER:
                checkout = await close(self.gateway, checkout)
                if checkout.status in {CheckoutStatus.PENDING, CheckoutStatus.PAID}:
                    raise PaymentUnavailable(_JUST_PAID)
            if checkout.status is CheckoutStatus.OPENING:
                checkout = await self._create(self.gateway, checkout)
            if checkout.status is CheckoutStatus.OPEN:
                return _answer(checkout, invoice)
        message = "Somebody else is about to pay this invoice. Try again shortly."
        raise Conflict(message)

    async def returned(
        self, invoice: Invoice, session_id: str, client_info: ClientInfo
    ) -> Checkout | None:
        """Return the attempt to pay `invoice` with this session, as Stripe says that it is.

        None if there is none. If Stripe does not answer, it is as we know it.
        """
        if len(session_id) > _LONGEST_ID or "\x00" in session_id:
            return None
        checkout = await Checkout.get_or_none(session_id=session_id, invoice_id=invoice.id)
        if checkout is None or self.gateway is None or checkout.status not in UNSETTLED:
            return checkout
        try:
            await self.rate_limiter.hit(self.per_ip, "returns", client_info.rate_limit_key)
            await self.rate_limiter.hit(self.per_token, "returns", str(invoice.id))
            async with asyncio.timeout(_RETURN_SECONDS):
                return await settle(checkout, await look(self.gateway, checkout))
        except (PaymentProviderError, Refused, RateLimited, TimeoutError):
            return await Checkout.get(id=checkout.id)

    async def _find(self, wish: CheckoutWish, client_info: ClientInfo) -> Invoice:
        if wish.number is None:
            return await self.tokens.find_shared_invoice(wish.token, client_info)
        return await self.tokens.find_portal_invoice(wish.token, wish.number, client_info)

    async def _create(self, gateway: Gateway, checkout: Checkout) -> Checkout:
        try:
            opened = await ask_for(gateway, checkout)
        except Refused as refusal:
            await note_refused(checkout.id)
            raise refusal.error from refusal
        checkout = await note_opened(checkout.id, opened)
        if checkout.status is not CheckoutStatus.OPEN:
            # Called off while Stripe was asked. Whoever looks after such attempts tells Stripe.
            raise PaymentUnavailable
        return checkout

    def _way(self, wish: CheckoutWish, invoice: Invoice) -> _Way:
        """Return where the client comes back to. Raises BadInput for a place that is not ours."""
        if wish.return_url is not None:
            url = check_return_url(wish.return_url, self.settings)
        elif wish.number is None:
            url = self.urls.invoice(wish.token)
        else:
            url = self.urls.portal_invoice(wish.token, invoice.number)
        return _Way(
            success=with_query(url, "payment=success&session_id={CHECKOUT_SESSION_ID}"),
            cancel=with_query(url, "payment=cancelled"),
        )


# --- the intent -----------------------------------------------------------------------------------


@transactional
async def _begin(found: Invoice, wish: CheckoutWish, way: _Way) -> tuple[Checkout, _Found]:
    """Return the attempt with which the invoice is to be paid, or the one in the way of that.

    That is called off by this. Raises NotFound if the link has died meanwhile, and what
    `validate_amount` raises.
    """
    invoice = await _lock(found, wish)
    amount = validate_amount(invoice, invoice.company, wish.amount)
    now = datetime.now(UTC)
    earlier = await Checkout.filter(payable_for=invoice.id).select_for_update(no_key=True).first()
    if earlier is not None:
        wanted = _request(earlier.id, earlier.expires_at, invoice, amount, way)
        is_same = json.loads(earlier.request) == wanted
        is_good = earlier.expires_at - now > _WORTH_IT
        if is_same and is_good and earlier.status is not CheckoutStatus.EXPIRING:
            return earlier, _Found.SAME
        earlier.move_to(CheckoutStatus.EXPIRING)
        await earlier.save(update_fields=["status", "payable_for"])
        return earlier, _Found.OTHER
    checkout = Checkout(
        company_id=invoice.company_id,
        invoice_id=invoice.id,
        account=invoice.company.stripe_account,
        amount=amount,
        currency=invoice.currency,
        payable_for=invoice.id,
        expires_at=(now + _LASTS).replace(microsecond=0),
        next_look_at=now + GIVE_UP_AFTER,
    )
    request = _request(checkout.id, checkout.expires_at, invoice, amount, way)
    checkout.request = json.dumps(request, ensure_ascii=False)
    await checkout.save()
    return checkout, _Found.NOTHING


async def _lock(found: Invoice, wish: CheckoutWish) -> Invoice:
    """Return the invoice, locked, with company and customer, if the link still opens it."""
    await fetch("SELECT id FROM company WHERE id = $1 FOR SHARE", found.company_id)
    if wish.number is not None:
        await fetch("SELECT id FROM customer WHERE id = $1 FOR SHARE", found.customer_id)
    await fetch("SELECT id FROM invoice WHERE id = $1 FOR NO KEY UPDATE", found.id)
    invoice = await _invoice.first(found.id)
    assert invoice is not None
    token = invoice.share_token if wish.number is None else invoice.customer.portal_token
    if str(token) != wish.token:
        raise NotFound
    return invoice


def _request(
    reference: UUID, expires_at: datetime, invoice: Invoice, amount: int, way: _Way
) -> dict[str, Any]:
    """Return what Stripe is asked for. Tokens are nowhere but in the addresses to come back to."""
    language = invoice.customer.language_with(invoice.company)
    gettext = translations_for(language).gettext
    title = gettext("Invoice %(number)s") % {"number": invoice.number}
    business = invoice.company.name
    metadata = {"checkout": str(reference), "invoice": invoice.number}
    request: dict[str, Any] = {
        "mode": "payment",
        "submit_type": "pay",
        "locale": _locale(language),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": invoice.currency.lower(),
                    "unit_amount": to_stripe(amount, invoice.currency),
                    "product_data": {
                        "name": title[:_MOST_LETTERS],
                        "description": business[:_MOST_LETTERS],
                    },
                },
            }
        ],
        "client_reference_id": str(reference),
        "metadata": metadata,
        "payment_intent_data": {
            "description": f"{title} · {business}"[:_MOST_LETTERS],
            "metadata": metadata,
        },
        "success_url": way.success,
        "cancel_url": way.cancel,
        "expires_at": int(expires_at.timestamp()),
    }
    if invoice.customer.email:
        request["customer_email"] = invoice.customer.email
    return request


def _locale(language: str) -> str:
    base = language.split("-", maxsplit=1)[0]
    return next((name for name in (language, base) if name in _LOCALES), "auto")


async def _wait_for_others(checkout: Checkout) -> Checkout:
    """Return the attempt once whoever was first has opened it, or after a while as it is.

    Who has died opens nothing: then another does it, for whom Stripe makes the same session.
    """
    # The clock of whoever was first may be ahead.
    until = min(checkout.created_at, datetime.now(UTC)) + _OTHERS_WORK
    while checkout.status is CheckoutStatus.OPENING and datetime.now(UTC) < until:
        await asyncio.sleep(_LOOK_SECONDS)
        checkout = await Checkout.get(id=checkout.id)
    return checkout


def _answer(checkout: Checkout, invoice: Invoice) -> OpenCheckout:
    assert checkout.url is not None
    return OpenCheckout(
        checkout.url,
        checkout.money(checkout.amount),
        checkout.expires_at,
        invoice.customer.language_with(invoice.company),
    )
