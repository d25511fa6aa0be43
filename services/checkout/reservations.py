"""Reserving the checkout with which invoices are paid: a row, before Stripe is asked for anything.

An invoice has a share in at most one checkout that can be paid, so people who pay at the same time
meet here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Final, TypeAlias
from uuid import UUID

from core.urls import PATHS, Urls
from db.compiled_queries import CompiledQuery
from db.statements import database_time, fetch, padded
from db.transactions import transactional
from errors import Conflict, NotFound, PortalError, Text
from i18n.translations import translations_for
from integrations.stripe.amounts import Limits
from integrations.stripe.checkout_orders import CheckoutOrder, OrderItem
from models import Checkout, CheckoutShare, CheckoutStatus, Invoice
from services.checkout.payment_options import validate_amount
from services.checkout.return_urls import ReturnUrls
from services.checkout.shares import in_order_of_payment, new_shares
from services.checkout.stripe_sessions import OPENING_TIMEOUT, is_being_opened
from services.sharing.tokens import SharedLink
from values.money import AmountReason, AmountTooLarge, Minor

_OTHERS_PAY: Final = Text("Someone else is about to pay this invoice. Try again in a minute.")
_OTHERS_PAY_ONE: Final = Text(
    "Someone else is about to pay one of these invoices. Try again in a minute."
)
_SESSION_TTL: Final = timedelta(hours=1)
"""How long a session can be paid. Stripe allows 30 minutes to 24 hours."""
_MIN_REMAINING: Final = timedelta(minutes=5)
"""A session that can be paid for less than this is replaced."""

_Amounts: TypeAlias = Sequence[tuple[Invoice, Minor]]
"""What is paid on each invoice, in the order in which they are paid."""

_locked_invoices = CompiledQuery(
    Invoice,
    "company",
    "customer",
    "seller_snapshot",
    where="invoice.id = ANY($1) ORDER BY invoice.id FOR NO KEY UPDATE OF invoice",
)


class Reservation(Enum):
    """Whether the reserved checkout is a new one, the same as before, or a different one."""

    NEW = auto()
    SAME = auto()
    DIFFERENT = auto()


@dataclass(frozen=True, slots=True)
class WantedCheckout:
    """The checkout that a client asks for."""

    links: Sequence[SharedLink]
    """The invoices to pay. Several are of one portal and one currency."""
    amount: Decimal | None
    """Of a single invoice; None: all that is due on each."""
    return_url: str | None
    """Where Stripe sends the client; None: to our own page."""
    urls: Urls
    asked_at: datetime

    @property
    def company_id(self) -> UUID:
        """The id of the invoices' company, whose transactions take turns."""
        return self.links[0].company_id

    @property
    def others_pay(self) -> Conflict:
        """The refusal while others are about to pay."""
        return Conflict(_OTHERS_PAY_ONE if len(self.links) > 1 else _OTHERS_PAY)

    @property
    def return_path(self) -> str:
        """The path of our own page from which the client comes."""
        first = self.links[0]
        return PATHS.portal(first.token) if len(self.links) > 1 else first.url(PATHS)


@transactional
async def reserve(wanted: WantedCheckout) -> tuple[Sequence[Checkout], Reservation]:
    """Return the one checkout with which the invoices can be paid: a new one, or the same again.

    Different ones that have one of the invoices, or one that ends soon, become EXPIRING, and are
    returned instead. Raises Conflict if one of them belongs to someone who was faster, NotFound if
    the link has been revoked since, and as `validate_amount` does.
    """
    invoices = await _lock_invoices(wanted.links)
    amounts = _amounts(invoices, wanted)
    now = await database_time()
    earlier = await _lock_payable(invoices)
    if not earlier:
        return [await _create(amounts, wanted, now)], Reservation.NEW
    first = earlier[0]
    if len(earlier) == 1 and _is_usable(first, _order(first, amounts, wanted), now):
        await _share(first, wanted)
        return [first], Reservation.SAME
    if any(_belongs_to_others(each, wanted, now) for each in earlier):
        raise wanted.others_pay
    for each in earlier:
        each.move_to(CheckoutStatus.EXPIRING)
        await each.save(update_fields=["status"])
    return earlier, Reservation.DIFFERENT


def _amounts(invoices: Sequence[Invoice], wanted: WantedCheckout) -> _Amounts:
    if len(wanted.links) == 1:
        [invoice] = invoices
        return [(invoice, validate_amount(invoice, invoice.company, wanted.amount))]
    by_id = {invoice.id: invoice for invoice in invoices}
    due = {}
    for position, link in enumerate(wanted.links):
        invoice = by_id[link.invoice.id]
        try:
            due[invoice.id] = validate_amount(invoice, invoice.company, None)
        except PortalError as refusal:
            refusal.path = ("numbers", position)
            raise
    _check_total(invoices[0], sum(due.values()))
    return [(invoice, due[invoice.id]) for invoice in in_order_of_payment(invoices)]


def _check_total(invoice: Invoice, total: int) -> None:
    """Raise AmountTooLarge for more than Stripe takes, in minor units of the invoice's currency."""
    limit = invoice.money(Limits.of(invoice.currency).maximum)
    if total > limit.minor:
        raise AmountTooLarge(
            Text("At most %(amount)s can be paid online at once.", amount=limit),
            reason=AmountReason.ABOVE_MAXIMUM,
            limit=limit,
            field="numbers",
        )


async def _lock_payable(invoices: Sequence[Invoice]) -> Sequence[Checkout]:
    """Return the checkouts with which one of the locked invoices can be paid, locked, too."""
    shares = await CheckoutShare.filter(payable_for__in=[invoice.id for invoice in invoices])
    if not shares:
        return []
    checkouts = Checkout.filter(id__in={share.checkout_id for share in shares}).order_by("id")
    return [each for each in await checkouts.select_for_update(no_key=True) if each.can_be_paid]


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


async def _share(checkout: Checkout, wanted: WantedCheckout) -> None:
    """Give a checkout to a client who may have come by another link than the first one.

    Then none of them is sent back to the page of a link: it would reveal the link to the others.
    """
    if checkout.return_path not in {None, wanted.return_path}:
        checkout.return_path = None
        await checkout.save(update_fields=["return_path"])


async def _create(amounts: _Amounts, wanted: WantedCheckout, now: datetime) -> Checkout:
    invoice, _ = amounts[0]
    checkout = Checkout(
        company_id=invoice.company_id,
        account=invoice.company.stripe_account,
        amount=sum(amount for _, amount in amounts),
        currency=invoice.currency,
        return_path=wanted.return_path if wanted.return_url is None else None,
        expires_at=(now + _SESSION_TTL).replace(microsecond=0),
        next_look_at=now + OPENING_TIMEOUT,
    )
    checkout.request = _order(checkout, amounts, wanted).to_json()
    await checkout.save()
    await CheckoutShare.bulk_create(new_shares(checkout, amounts))
    return checkout


def _order(checkout: Checkout, amounts: _Amounts, wanted: WantedCheckout) -> CheckoutOrder:
    invoice, _ = amounts[0]
    language = invoice.written_in
    gettext = translations_for(language).gettext
    return_urls = ReturnUrls.of(wanted.return_url or wanted.urls.checkout(checkout.id))
    return CheckoutOrder(
        reference=checkout.id,
        items=[
            OrderItem(
                title=gettext("Invoice %(number)s") % {"number": each.number},
                invoice_number=each.label,
                amount=amount,
            )
            for each, amount in amounts
        ],
        business=invoice.seller.name,
        currency=invoice.currency,
        language=language,
        customer_email=invoice.customer.email,
        success_url=return_urls.success,
        cancel_url=return_urls.cancel,
        expires_at=checkout.expires_at,
    )


async def _lock_invoices(links: Sequence[SharedLink]) -> Sequence[Invoice]:
    """Return the invoices, locked in the order of their ids, with company, customer and seller.

    Raises NotFound for a revoked link.
    """
    first, by_id = links[0], {link.invoice.id: link for link in links}
    await fetch("SELECT id FROM company WHERE id = $1 FOR SHARE", first.company_id)
    if first.is_portal:
        await fetch("SELECT id FROM customer WHERE id = $1 FOR SHARE", first.invoice.customer_id)
    invoices = await _locked_invoices.all(padded(list(by_id)))
    if len(invoices) < len(by_id) or not all(by_id[each.id].opens(each) for each in invoices):
        raise NotFound
    return invoices
