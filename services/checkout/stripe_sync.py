"""Asking Stripe for what lost webhooks would have reported."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from db.connections import DATABASE_ERRORS
from db.statements import execute, fetch
from errors import PaymentProviderError
from integrations.stripe.client import StripeAccessDenied, StripeClient, StripeRequestRejected
from integrations.stripe.webhook_payloads import AccountReport, PaymentReversalReport
from models import (
    UNSETTLED,
    Checkout,
    CheckoutStatus,
    Company,
    Invoice,
    PaymentReversal,
    StripeRefund,
    StripeRefundStatus,
)
from services.checkout.refunds import process
from services.checkout.settlement import ReportMismatch, settle_payment_reversals
from services.checkout.stripe_accounts import apply_retrieved_account
from services.checkout.stripe_sessions import OPENING_TIMEOUT, close, retrieve, settle

_BATCH_SIZE: Final = 100
_WAITING_EVENT_TTL: Final = timedelta(days=60)
"""A waiting event holds the payer's personal data, so it is not kept longer."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """Something new, or a request that failed and must be repeated, as a line for people."""

    text: str
    failed: bool = False

    def __str__(self) -> str:
        """Return the line."""
        return self.text


async def sync_from_stripe(
    stripe: StripeClient, since: datetime, *, accounts: bool = True
) -> AsyncGenerator[SyncResult, None]:
    """Apply Stripe's answers to the database, and yield what was new and what failed.

    Covers every unsettled checkout, every connected account unless `accounts` is false, and refunds
    and disputes created since then. What the database refuses, such as a row that is locked, is
    skipped and yielded as failed. Safe to run alongside webhooks and other runs.
    """
    async for result in _sync_checkouts(stripe):
        yield result
    if accounts:
        async for result in _sync_accounts(stripe):
            yield result
    async for result in _sync_payment_reversals(stripe, since):
        yield result
    async for result in _continue_refunds(stripe):
        yield result
    if refusal := await _unless_refused("old events", _drop_old_waiting_events()):
        yield refusal


async def _unless_refused(name: str, work: Awaitable[SyncResult | None]) -> SyncResult | None:
    """Return what came of `work`, or what the database said when it refused it."""
    try:
        return await work
    except DATABASE_ERRORS as refusal:
        return SyncResult(text=f"{name}: the database refused it: {refusal!r}", failed=True)


async def _drop_old_waiting_events() -> None:
    """Ignore events from long ago whose payment never became known here."""
    await execute(
        "UPDATE stripe_event SET status = 'IGNORED', payload = NULL"
        " WHERE status = 'WAITING' AND received_at < $1",
        datetime.now(UTC) - _WAITING_EVENT_TTL,
    )


# --- checkouts ------------------------------------------------------------------------------------


async def _sync_checkouts(stripe: StripeClient) -> AsyncIterator[SyncResult]:
    last_id = UUID(int=0)
    while True:
        batch = (
            await Checkout.filter(status__in=UNSETTLED, id__gt=last_id)
            .order_by("id")
            .limit(_BATCH_SIZE)
        )
        if not batch:
            return
        for checkout in batch:
            name = await _name_of(checkout)
            if result := await _unless_refused(name, _sync_checkout(stripe, checkout, name)):
                yield result
        last_id = batch[-1].id


async def _name_of(checkout: Checkout) -> str:
    """Return the invoices of a checkout as people call them."""
    rows = await fetch(
        "SELECT number FROM checkout_share JOIN invoice ON invoice.id = invoice_id"
        " WHERE checkout_id = $1 ORDER BY position",
        checkout.id,
    )
    numbers = ", ".join(row["number"] for row in rows)
    return f"invoices {numbers}" if len(rows) > 1 else f"invoice {numbers}"


async def _sync_checkout(stripe: StripeClient, checkout: Checkout, name: str) -> SyncResult | None:
    try:
        settled = await _settle(stripe, checkout)
    except PaymentProviderError:
        return SyncResult(text=f"{name}: Stripe did not report the payment.", failed=True)
    except StripeRequestRejected:
        return SyncResult(text=f"{name}: Stripe denies access to the payment.")
    if settled.status is checkout.status:
        return None
    return SyncResult(text=f"{name}: a payment is {settled.status.lower()}.")


async def _settle(stripe: StripeClient, checkout: Checkout) -> Checkout:
    """Return the checkout as it is at Stripe."""
    if checkout.session_id is None and datetime.now(UTC) - checkout.created_at < OPENING_TIMEOUT:
        return checkout  # its session is just being created
    if checkout.status is CheckoutStatus.OPENING:
        await execute(
            "UPDATE checkout SET status = 'EXPIRING' WHERE id = $1 AND status = 'OPENING'",
            checkout.id,
        )
        return await close(stripe, await Checkout.get(id=checkout.id))
    if checkout.status is CheckoutStatus.EXPIRING:
        return await close(stripe, checkout)
    return await settle(checkout, await retrieve(stripe, checkout))


# --- accounts -------------------------------------------------------------------------------------


async def _sync_accounts(stripe: StripeClient) -> AsyncIterator[SyncResult]:
    for company in await Company.exclude(stripe_account=None).order_by("id"):
        if result := await _unless_refused(company.name, _sync_account(stripe, company)):
            yield result


async def _sync_account(stripe: StripeClient, company: Company) -> SyncResult | None:
    account = company.stripe_account
    assert account is not None
    asked_at = datetime.now(UTC)
    try:
        report = await stripe.retrieve_account(account)
    except PaymentProviderError:
        return SyncResult(text=f"{company.name}: Stripe did not report its account.", failed=True)
    except StripeRequestRejected as rejection:
        if isinstance(rejection, StripeAccessDenied):  # no longer connected to us
            report = AccountReport(charges_enabled=False)
            await apply_retrieved_account(company.id, account, report, asked_at)
        return SyncResult(text=f"{company.name}: Stripe denies access to its account.")
    if not await apply_retrieved_account(company.id, account, report, asked_at):
        return None
    can = "can" if report.charges_enabled else "can't"
    return SyncResult(text=f"{company.name}: its account {can} take payments.")


# --- refunds and disputes -------------------------------------------------------------------------


async def _sync_payment_reversals(
    stripe: StripeClient, since: datetime
) -> AsyncIterator[SyncResult]:
    rows = await fetch("SELECT DISTINCT account FROM checkout WHERE status = 'PAID' ORDER BY 1")
    for row in rows:
        account: str = row["account"]
        for noun, reports in (
            ("refunds", stripe.refunds_since(account, since)),
            ("disputes", stripe.disputes_since(account, since)),
        ):
            try:
                async with aclosing(reports):
                    async for report in reports:
                        settled = _sync_payment_reversal(account, report)
                        if result := await _unless_refused(report.id, settled):
                            yield result
            except PaymentProviderError:
                yield SyncResult(text=f"{account}: Stripe did not list its {noun}.", failed=True)
            except StripeRequestRejected:
                yield SyncResult(text=f"{account}: Stripe denies access to its {noun}.")


async def _sync_payment_reversal(account: str, report: PaymentReversalReport) -> SyncResult | None:
    checkout = await Checkout.get_or_none(
        payment_intent=report.payment_intent or "", account=account
    )
    if checkout is None or await _is_stored(report):
        return None
    before, name = await _reversed_amount(checkout), await _name_of(checkout)
    try:
        await settle_payment_reversals(checkout.id, None, [report])
    except ReportMismatch as mismatch:
        text = f"{name}: {report.id} doesn't match: {mismatch}"
        return SyncResult(text=text, failed=True)
    if await _reversed_amount(checkout) == before:
        return None
    kind = report.kind.lower()
    return SyncResult(text=f"{name}: {kind} {report.id} changes the amount paid.")


async def _continue_refunds(stripe: StripeClient) -> AsyncIterator[SyncResult]:
    """Ask Stripe for every refund that it hasn't answered."""
    for row in await StripeRefund.filter(status=StripeRefundStatus.REQUESTED).order_by("id"):
        if result := await _unless_refused(f"refund {row.id}", _continue_refund(stripe, row)):
            yield result


async def _continue_refund(stripe: StripeClient, requested: StripeRefund) -> SyncResult:
    refund = await process(stripe, requested)
    invoice = await Invoice.get(payments__id=refund.payment_id)
    amount, number = invoice.money(refund.amount), invoice.number
    if refund.status is StripeRefundStatus.REQUESTED:
        text = f"invoice {number}: Stripe did not answer the request to refund {amount}."
        return SyncResult(text=text, failed=True)
    outcome = "is done" if refund.status is StripeRefundStatus.DONE else "failed"
    return SyncResult(text=f"invoice {number}: the refund of {amount} {outcome}.")


async def _is_stored(report: PaymentReversalReport) -> bool:
    """Whether the same was reported before."""
    row = await PaymentReversal.get_or_none(id=report.id)
    return row is not None and (row.status, row.amount) == (report.status, report.amount)


async def _reversed_amount(checkout: Checkout) -> int:
    [row] = await fetch(
        "SELECT COALESCE(SUM(reversal.amount), 0) AS amount FROM reversal"
        " JOIN checkout_share ON checkout_share.id = payment_id WHERE checkout_id = $1",
        checkout.id,
    )
    return int(row["amount"])
