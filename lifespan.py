"""Opening what requests and background work need, for as long as a process serves or works."""

import secrets
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from pwdlib.hashers.argon2 import Argon2Hasher

from api.schema import make_schema
from auth.browser_sessions import FormTokens
from auth.known_browsers import KnownBrowsers
from auth.secrets import Passwords
from auth.signatures import Signatures
from auth.staff import CredentialLookup
from context import Services
from core.background import BackgroundTasks, PeriodicTask
from core.rate_limits import RateLimiter
from core.shared_texts import SharedTexts
from core.single_use import OneAtATime
from core.telemetry import tracing
from core.urls import Urls
from db.connections import measure_pool
from db.stalled_transactions import INTERVAL, end_stalled_transactions
from db.traced_statements import statements_traced
from db.transactions import finish_transactions
from integrations.stripe.client import StripeClient, open_stripe_client
from integrations.webhooks.addresses import CheckedAddresses
from integrations.webhooks.sender import WebhookSender
from pdf.worker_pool import open_worker_pool
from resolvers.webhook_payloads import payload_renderer
from services.administration.reconciliation import reconcile_daily, reconcile_hourly
from services.administration.retention import Retention, apply_retention
from services.administration.schedules import Period, ScheduledWork, Scheduler
from services.checkout.checkouts import Checkouts
from services.checkout.expiry_worker import CheckoutExpiryWorker
from services.checkout.refund_worker import RefundWorker
from services.common.message_limits import MessageLimits
from services.common.notices import EMAILS_QUEUED
from services.common.webhook_events import DELIVERIES_QUEUED
from services.company.logos import Logos
from services.email.daily_limits import daily_limits_of
from services.email.delivery_worker import DeliveryWorker, make_transport
from services.email.morning_reminders import queue_morning_reminders
from services.identity.attempts import Attempts
from services.identity.password_resets import PasswordResets
from services.identity.passwords import PasswordChoice
from services.identity.sign_in import SignIn
from services.identity.sign_in_proofs import SignInProofs
from services.ledger.invoice_events import EVENT_RECORDED
from services.ledger.open_checkouts import CHECKOUTS_EXPIRING
from services.public.documents import PublicDocuments
from services.sharing.new_views import VIEWS_RECORDED
from services.sharing.reads import Reads
from services.sharing.streams import refusals
from services.sharing.tokens import TokenLookup
from services.sharing.view_recorder import ViewRecorder
from services.sharing.views import Views
from services.webhooks.delivery_worker import WebhookWorker
from settings import Schedules, Settings
from subscriptions.hub import Hub, make_broadcast
from subscriptions.replay import INVOICE_EVENTS, VIEWS
from subscriptions.shares import FollowerShares

_MEASURE_INTERVAL: Final = 5.0
"""Seconds after which each process tells the others how it uses its connections."""
_SIGN_IN_TASKS_TIMEOUT: Final = 5.0
"""Seconds that shutdown waits for what signing in does in the background."""


@asynccontextmanager
async def open_services(
    settings: Settings,
    password_hasher: Argon2Hasher | None = None,
    *,
    schedules: Schedules = Schedules.OFF,
) -> AsyncGenerator[Services, None]:
    """Open what requests need, and close it in reverse order. The database must be open.

    Unless `schedules` is OFF, what waits in queues is done in the background meanwhile. With ON,
    what is scheduled is done, too.
    """
    works = schedules is not Schedules.OFF
    async with AsyncExitStack() as stack:
        stack.enter_context(_traces())
        await stack.enter_async_context(
            PeriodicTask("stalled_transactions", end_stalled_transactions, interval=INTERVAL)
        )
        await stack.enter_async_context(
            PeriodicTask("measure the pool", measure_pool, interval=_MEASURE_INTERVAL)
        )
        rate_limiter = RateLimiter(settings.redis_url)
        stack.push_async_callback(rate_limiter.close)
        shared_texts = SharedTexts(settings.redis_url, rate_limiter)
        stack.push_async_callback(shared_texts.close)
        broadcast = await stack.enter_async_context(
            make_broadcast(settings.redis_url, settings.public_url)
        )
        shares = FollowerShares(
            per_company=settings.subscriptions_per_company,
            per_credential=settings.subscriptions_per_credential,
        )
        view_hub = await stack.enter_async_context(Hub(VIEWS, broadcast, refusals, shares))
        stack.enter_context(VIEWS_RECORDED.connected(view_hub.announce))
        invoice_event_hub = await stack.enter_async_context(
            Hub(INVOICE_EVENTS, broadcast, refusals, shares)
        )
        stack.enter_context(EVENT_RECORDED.connected(invoice_event_hub.announce))
        recorder = ViewRecorder()
        stack.push_async_callback(finish_transactions)
        stack.push_async_callback(recorder.close)
        pdf = await stack.enter_async_context(open_worker_pool(settings))
        if settings.pdf_warm:
            pdf.warm()
        delivery_worker = await stack.enter_async_context(
            DeliveryWorker(settings, make_transport(settings), pdf, polls=works)
        )
        stack.enter_context(EMAILS_QUEUED.connected(lambda _: delivery_worker.wake()))
        stripe = await stack.enter_async_context(open_stripe_client(settings))
        expiry_worker = await stack.enter_async_context(CheckoutExpiryWorker(stripe, polls=works))
        if works:
            await stack.enter_async_context(RefundWorker(stripe))
        stack.enter_context(CHECKOUTS_EXPIRING.connected(expiry_worker.process_now))
        signatures = Signatures(
            [key.get_secret_value() for key in settings.secret_key] or [secrets.token_urlsafe()]
        )
        known_browsers = KnownBrowsers(signatures)
        sign_in_tasks = BackgroundTasks("sign in", shutdown_timeout=_SIGN_IN_TASKS_TIMEOUT)
        stack.push_async_callback(sign_in_tasks.stop)
        passwords = Passwords(password_hasher)
        attempts = Attempts(
            rate_limiter=rate_limiter,
            known_browsers=known_browsers,
            per_ip=settings.rate_sign_in_per_ip,
            per_account=settings.rate_sign_in_per_account,
        )
        tokens = TokenLookup(
            rate_limiter=rate_limiter,
            misses_per_ip=settings.rate_misses_per_ip,
            preferences_per_ip=settings.rate_preferences_per_ip,
        )
        urls = Urls(settings.public_url)
        webhook_addresses = CheckedAddresses(allow_private=settings.webhook_allow_private)
        stack.callback(webhook_addresses.close)
        services = Services(
            settings=settings,
            urls=urls,
            credentials=CredentialLookup(),
            tokens=tokens,
            views=Views(
                tokens=tokens,
                rate_limiter=rate_limiter,
                per_ip=settings.rate_views_per_ip,
                per_token=settings.rate_views_per_token,
                recorder=recorder,
                over_https=settings.public_url.startswith("https://"),
            ),
            reads=Reads(
                tokens=tokens,
                rate_limiter=rate_limiter,
                per_ip=settings.rate_views_per_ip,
                per_token=settings.rate_views_per_token,
            ),
            public_documents=PublicDocuments(settings=settings, urls=urls),
            checkouts=Checkouts(
                settings=settings,
                urls=urls,
                rate_limiter=rate_limiter,
                per_ip=settings.rate_checkout_per_ip,
                per_token=settings.rate_checkout_per_token,
                stripe=stripe,
            ),
            message_limits=MessageLimits(
                rate_limiter=rate_limiter,
                per_ip=settings.rate_messages_per_ip,
                per_token=settings.rate_messages_per_token,
            ),
            sign_in=SignIn(passwords=passwords, attempts=attempts, background=sign_in_tasks),
            passwords=PasswordChoice(passwords=passwords, attempts=attempts),
            password_resets=PasswordResets(attempts=attempts, background=sign_in_tasks),
            form_tokens=FormTokens(signatures),
            sign_in_proofs=SignInProofs(signatures),
            known_browsers=known_browsers,
            view_hub=view_hub,
            invoice_event_hub=invoice_event_hub,
            delivery_worker=delivery_worker,
            rate_limiter=rate_limiter,
            shared_texts=shared_texts,
            pdf=pdf,
            exports=OneAtATime(),
            logos=Logos(),
            webhook_addresses=webhook_addresses,
            stripe=stripe,
        )
        if works:
            await stack.enter_async_context(_webhook_worker(services))
        if schedules is Schedules.ON:
            await stack.enter_async_context(Scheduler(_scheduled_works(settings, stripe)))
        yield services


@contextmanager
def _traces() -> Iterator[None]:
    """Record traces meanwhile, if the environment wants them."""
    if not tracing.is_wanted():
        yield
        return
    from core.telemetry.opentelemetry import OpenTelemetry  # noqa: PLC0415  # it is optional

    tracer = OpenTelemetry.from_environment()
    try:
        with tracing.recorded_by(tracer), statements_traced():
            yield
    finally:
        tracer.close()


@asynccontextmanager
async def _webhook_worker(services: Services) -> AsyncGenerator[None, None]:
    sender = WebhookSender(services.webhook_addresses)
    render = payload_renderer(services, make_schema()._schema)
    try:
        async with WebhookWorker(sender, render, services.urls) as worker:
            with DELIVERIES_QUEUED.connected(lambda _: worker.wake()):
                yield
    finally:
        await sender.close()


def _scheduled_works(settings: Settings, stripe: StripeClient | None) -> list[ScheduledWork]:
    """Return what is done without anyone asking for it."""

    async def remind(period: Period) -> None:
        await queue_morning_reminders(period.since, period.until, daily_limits_of(settings))

    async def retain(_: Period) -> None:
        await apply_retention(Retention.of(settings))

    return [
        # Time zones differ by quarters of an hour.
        ScheduledWork(name="reminders", run=remind, every=timedelta(minutes=15)),
        ScheduledWork(
            name="reconciliation",
            run=partial(reconcile_hourly, stripe=stripe),
            every=timedelta(hours=1),
            offset=timedelta(minutes=30),
        ),
        ScheduledWork(
            name="daily-reconciliation",
            run=partial(reconcile_daily, stripe=stripe),
            every=timedelta(days=1),
            offset=timedelta(hours=3, minutes=40),
        ),
        ScheduledWork(
            name="retention",
            run=retain,
            every=timedelta(days=1),
            offset=timedelta(hours=2, minutes=10),
        ),
    ]
