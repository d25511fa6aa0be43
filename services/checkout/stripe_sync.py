"""Asking Stripe itself how things stand: what a lost webhook would have said."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from db.statements import execute, fetch
from db.transactions import transactional
from errors import PaymentProviderError, PaymentUnavailable
from integrations.stripe.client import StripeClient, StripeRequestRejected
from integrations.stripe.webhook_payloads import AccountReport, PaymentReversalReport
from models import UNSETTLED, Checkout, CheckoutStatus, Company, PaymentReversal
from services.checkout.checkouts import OPENING_TIMEOUT
from services.checkout.settlement import ReportMismatch, settle_payment_reversals
from services.checkout.stripe_events import note_account
from services.checkout.stripe_sessions import close, retrieve, settle

_BATCH: Final = 100
_WAITS_FOR: Final = timedelta(days=60)
"""An event that waits for its payment says who has paid, so it is kept no longer."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What asking has come to, for people; `failed`: it has to be asked again."""

    text: str
    failed: bool = False

    def __str__(self) -> str:
        """Say it in a line."""
        return self.text


async def sync_from_stripe(
    stripe: StripeClient, since: datetime
) -> AsyncGenerator[SyncResult, None]:
    """Yield what Stripe has to say that was not known, and what could not be asked.

    About every attempt to pay that is not settled, every connected account, and what was taken back
    since then. Safe beside webhooks, and beside another who asks.
    """
    async for news in _unsettled(stripe):
        yield news
    async for news in _accounts(stripe):
        yield news
    async for news in _payment_reversals(stripe, since):
        yield news
    await _forget_what_waits()


async def _forget_what_waits() -> None:
    """Let go of what was reported long ago of payments that never became known here."""
    await execute(
        "UPDATE stripe_event SET status = 'IGNORED', payload = NULL"
        " WHERE status = 'WAITING' AND received_at < $1",
        datetime.now(UTC) - _WAITS_FOR,
    )


# --- attempts -------------------------------------------------------------------------------------


async def _unsettled(stripe: StripeClient) -> AsyncIterator[SyncResult]:
    last_id = UUID(int=0)
    while True:
        batch = (
            await Checkout.filter(status__in=UNSETTLED, id__gt=last_id)
            .order_by("id")
            .limit(_BATCH)
            .select_related("invoice")
        )
        if not batch:
            return
        for checkout in batch:
            number = checkout.invoice.number
            try:
                settled = await _ask(stripe, checkout)
            except PaymentProviderError:
                yield SyncResult(
                    f"invoice {number}: Stripe does not say how it was paid.", failed=True
                )
            except StripeRequestRejected:
                yield SyncResult(f"invoice {number}: Stripe does not let us ask how it was paid.")
            else:
                if settled.status is not checkout.status:
                    yield SyncResult(f"invoice {number}: a payment is {settled.status.lower()}.")
        last_id = batch[-1].id


async def _ask(stripe: StripeClient, checkout: Checkout) -> Checkout:
    """Return the attempt as Stripe says it is."""
    if checkout.status is CheckoutStatus.OPENING:
        if datetime.now(UTC) - checkout.created_at < OPENING_TIMEOUT:
            return checkout  # somebody is about to open it
        # From now on nobody opens it any more.
        await execute(
            "UPDATE checkout SET status = 'EXPIRING' WHERE id = $1 AND status = 'OPENING'",
            checkout.id,
        )
        return await close(stripe, await Checkout.get(id=checkout.id))
    if checkout.status is CheckoutStatus.EXPIRING:
        return await close(stripe, checkout)
    return await settle(checkout, await retrieve(stripe, checkout))


# --- accounts -------------------------------------------------------------------------------------


async def _accounts(stripe: StripeClient) -> AsyncIterator[SyncResult]:
    for company in await Company.exclude(stripe_account=None).order_by("id"):
        account = company.stripe_account
        assert account is not None
        try:
            asked_at = datetime.now(UTC)
            report = await stripe.retrieve_account(account)
        except PaymentProviderError:
            yield SyncResult(
                f"{company.name}: Stripe does not say how its account is.", failed=True
            )
        except StripeRequestRejected as refusal:
            yield SyncResult(f"{company.name}: Stripe does not let us ask for its account.")
            if isinstance(refusal.error, PaymentUnavailable):  # it is ours no more
                await refresh(company.id, account, AccountReport(charges_enabled=False), asked_at)
        else:
            if await refresh(company.id, account, report, asked_at):
                can = "can" if report.charges_enabled else "can't"
                yield SyncResult(f"{company.name}: its account {can} take payments.")


@transactional
async def refresh(company_id: UUID, account: str, report: AccountReport, at: datetime) -> bool:
    """Have the company follow what Stripe said of its account; returns whether that is news.

    Events tell their second only: one that may have happened after Stripe was asked is the newer
    word. Of two answers the later one is.
    """
    company = await Company.filter(id=company_id).select_for_update(no_key=True).get()
    if company.stripe_account != account:
        return False
    before = company.charges_enabled
    await note_account(company, report, at - timedelta(seconds=1))
    return company.charges_enabled is not before


# --- what was taken back --------------------------------------------------------------------------


async def _payment_reversals(stripe: StripeClient, since: datetime) -> AsyncIterator[SyncResult]:
    rows = await fetch("SELECT DISTINCT account FROM checkout WHERE status = 'PAID' ORDER BY 1")
    for row in rows:
        account: str = row["account"]
        for noun, listed in (
            ("refunds", stripe.refunds_since(account, since)),
            ("disputes", stripe.disputes_since(account, since)),
        ):
            try:
                async with aclosing(listed) as reports:
                    async for report in reports:
                        if news := await _take_back(account, report):
                            yield news
            except PaymentProviderError:
                yield SyncResult(f"{account}: Stripe does not list its {noun}.", failed=True)
            except StripeRequestRejected:
                yield SyncResult(f"{account}: Stripe does not let us list its {noun}.")


async def _take_back(account: str, report: PaymentReversalReport) -> SyncResult | None:
    checkout = await Checkout.get_or_none(
        payment_intent=report.payment_intent or "", account=account
    ).select_related("invoice")
    if checkout is None or await _is_known(report):
        return None
    before = await _taken_back(checkout)
    number = checkout.invoice.number
    try:
        await settle_payment_reversals(checkout.id, None, [report])
    except ReportMismatch as reason:
        return SyncResult(f"invoice {number}: {report.id} does not fit: {reason}", failed=True)
    if await _taken_back(checkout) == before:
        return None
    return SyncResult(f"invoice {number}: {report.kind.lower()} {report.id} changes what is paid.")


async def _is_known(report: PaymentReversalReport) -> bool:
    """Whether what is reported is what was reported before."""
    row = await PaymentReversal.get_or_none(id=report.id)
    return row is not None and (row.status, row.amount) == (report.status, report.amount)


async def _taken_back(checkout: Checkout) -> Any:  # noqa: ANN401  # a sum of either database
    [row] = await fetch(
        "SELECT COALESCE(SUM(amount), 0) AS amount FROM reversal WHERE payment_id = $1",
        checkout.id,
    )
    return int(row["amount"])
