"""Reserving the checkout with which an invoice is paid: a row, before Stripe is asked for anything.

An invoice has at most one checkout that can be paid, so people who pay at the same time meet here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Final

from core.urls import PATHS, Urls
from db.compiled_queries import CompiledQuery
from db.statements import fetch
from db.transactions import transactional
from errors import Conflict, NotFound, Text
from i18n.translations import translations_for
from integrations.stripe.checkout_orders import CheckoutOrder
from models import Checkout, CheckoutStatus, Invoice
from models.money import Minor
from services.checkout.payment_options import validate_amount
from services.checkout.return_urls import ReturnUrls
from services.checkout.stripe_sessions import OPENING_TIMEOUT, is_being_opened
from services.sharing.tokens import SharedLink

OTHERS_PAY: Final = Text("Someone else is about to pay this invoice. Try again in a minute.")
_SESSION_TTL: Final = timedelta(hours=1)
"""How long a session can be paid. Stripe allows 30 minutes to 24 hours."""
_MIN_REMAINING: Final = timedelta(minutes=5)
"""A session that can be paid for less than this is replaced."""

_locked_invoice = CompiledQuery(
    Invoice,
    "company",
    "customer",
    "seller_snapshot",
    where="invoice.id = $1 FOR NO KEY UPDATE OF invoice",
)


class Reservation(Enum):
    """Whether the reserved checkout is a new one, the same as before, or a different one."""

    NEW = auto()
    SAME = auto()
    DIFFERENT = auto()


@dataclass(frozen=True, slots=True)
class WantedCheckout:
    """The checkout that a client asks for."""

    amount: Decimal | None
    return_url: str | None
    """Where Stripe sends the client; None: to our own page."""
    urls: Urls
    asked_at: datetime


@transactional
async def reserve(link: SharedLink, wanted: WantedCheckout) -> tuple[Checkout, Reservation]:
    """Return the invoice's one checkout that can be paid: a new one, unless there is one already.

    A different one, or one that ends soon, becomes EXPIRING. Raises Conflict if it belongs to
    someone who was faster, NotFound if the link has been revoked since, and as `validate_amount`
    does.
    """
    invoice = await _lock_invoice(link)
    amount = validate_amount(invoice, invoice.company, wanted.amount)
    now = datetime.now(UTC)
    earlier = await Checkout.filter(payable_for=invoice.id).select_for_update(no_key=True).first()
    if earlier is None:
        return await _create(link, invoice, amount, wanted, now), Reservation.NEW
    if _is_usable(earlier, _order(earlier, invoice, amount, wanted), now):
        await _share(earlier, link)
        return earlier, Reservation.SAME
    if _belongs_to_others(earlier, wanted, now):
        raise Conflict(OTHERS_PAY)
    earlier.move_to(CheckoutStatus.EXPIRING)
    await earlier.save(update_fields=["status", "payable_for"])
    return earlier, Reservation.DIFFERENT


def _is_usable(checkout: Checkout, order: CheckoutOrder, now: datetime) -> bool:
    return (
        checkout.status is not CheckoutStatus.EXPIRING
        and checkout.request == order.to_json()
        and checkout.expires_at - now > _MIN_REMAINING
    )


def _belongs_to_others(checkout: Checkout, wanted: WantedCheckout, now: datetime) -> bool:
    """Whether someone else was only just sent to Stripe, or is about to be.

    If everybody expired the checkouts of those who were faster, nobody would get to pay.
    """
    opened_at = checkout.opened_at
    is_newer = (
        checkout.status is CheckoutStatus.OPEN
        and opened_at is not None
        and opened_at > wanted.asked_at
    )
    return is_newer or is_being_opened(checkout, now)


async def _share(checkout: Checkout, link: SharedLink) -> None:
    """Give a checkout to a client who may have come by another link than the first one.

    Then none of them is sent back to the page of a link: it would reveal the link to the others.
    """
    if checkout.return_path not in {None, link.url(PATHS)}:
        checkout.return_path = None
        await checkout.save(update_fields=["return_path"])


async def _create(
    link: SharedLink, invoice: Invoice, amount: Minor, wanted: WantedCheckout, now: datetime
) -> Checkout:
    checkout = Checkout(
        company_id=invoice.company_id,
        invoice_id=invoice.id,
        account=invoice.company.stripe_account,
        amount=amount,
        currency=invoice.currency,
        payable_for=invoice.id,
        return_path=link.url(PATHS) if wanted.return_url is None else None,
        expires_at=(now + _SESSION_TTL).replace(microsecond=0),
        next_look_at=now + OPENING_TIMEOUT,
    )
    checkout.request = _order(checkout, invoice, amount, wanted).to_json()
    await checkout.save()
    return checkout


def _order(
    checkout: Checkout, invoice: Invoice, amount: Minor, wanted: WantedCheckout
) -> CheckoutOrder:
    language = invoice.written_in
    gettext = translations_for(language).gettext
    return_urls = ReturnUrls.of(wanted.return_url or wanted.urls.checkout(checkout.id))
    return CheckoutOrder(
        reference=checkout.id,
        title=gettext("Invoice %(number)s") % {"number": invoice.number},
        business=invoice.seller.name,
        invoice_number=invoice.label,
        amount=amount,
        currency=invoice.currency,
        language=language,
        customer_email=invoice.customer.email,
        success_url=return_urls.success,
        cancel_url=return_urls.cancel,
        expires_at=checkout.expires_at,
    )


async def _lock_invoice(link: SharedLink) -> Invoice:
    """Return the invoice, locked, with company, customer and seller.

    Raises NotFound for a revoked link.
    """
    await fetch("SELECT id FROM company WHERE id = $1 FOR SHARE", link.invoice.company_id)
    if link.is_portal:
        await fetch("SELECT id FROM customer WHERE id = $1 FOR SHARE", link.invoice.customer_id)
    invoice = await _locked_invoice.first(link.invoice.id)
    if invoice is None or not link.opens(invoice):
        raise NotFound
    return invoice
