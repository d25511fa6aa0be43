"""The application: mounts the routes, and opens and closes what they need in one lifespan."""

import gc
import secrets
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import Mount, Route
from starlette.types import ASGIApp
from tortoise.contrib.starlette import RegisterTortoise

from api.endpoint import GraphQLEndpoint
from api.http.graphiql_page import graphiql_file
from api.lean_requests import LeanRequestsMiddleware
from api.schema import make_schema
from auth.browser_sessions import FormTokens
from auth.known_browsers import KnownBrowsers
from auth.secrets import Passwords
from auth.signatures import Signatures
from auth.staff import CredentialLookup
from context import Services
from core.background import BackgroundTasks, PeriodicTask
from core.garbage_collection import collect_rarely
from core.logging import configure_logging
from core.rate_limits import RateLimiter
from core.shared_texts import SharedTexts
from core.single_use import OneAtATime
from core.urls import Urls
from db.availability import as_unavailable
from db.connections import measure_pool, tortoise_config
from db.stalled_transactions import INTERVAL, end_stalled_transactions
from db.transactions import finish_transactions
from errors import PortalError
from integrations.stripe.client import open_stripe_client
from integrations.webhooks.addresses import CheckedAddresses
from integrations.webhooks.sender import WebhookSender
from pdf.worker_pool import open_worker_pool
from resolvers.webhook_payloads import payload_renderer
from services.checkout.checkouts import Checkouts
from services.checkout.expiry_worker import CheckoutExpiryWorker
from services.checkout.refund_worker import RefundWorker
from services.common.message_limits import MessageLimits
from services.common.notices import EMAILS_QUEUED
from services.common.webhook_events import DELIVERIES_QUEUED
from services.company.logos import Logos
from services.email.delivery_worker import DeliveryWorker, make_transport
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
from settings import Settings
from subscriptions.hub import Hub, make_broadcast
from subscriptions.replay import INVOICE_EVENTS, VIEWS
from subscriptions.shares import FollowerShares
from web.dashboard.documents import pdfs as dashboard_pdfs
from web.dashboard.lists.downloads import ROUTES as LIST_DOWNLOADS
from web.dashboard.routes import ROUTES as DASHBOARD
from web.http.assets import STATIC, Assets, scope_stylesheet, stylesheet
from web.http.compression import COMPRESSED, COMPRESSED_PAGE
from web.http.connection_limits import ConnectionLimits
from web.http.cors import REQUEST_HEADERS, RESPONSE_HEADERS, CorsMiddleware
from web.http.errors import (
    disconnect_handler,
    http_error_handler,
    portal_error_handler,
)
from web.http.middleware import RequestContextMiddleware
from web.http.protocol import CONNECTION_LIMITS
from web.http.routing import RouterBySegment
from web.http.turns import TurnMiddleware
from web.ops import health
from web.ops.logos import CompanyLogo, logo
from web.ops.metrics import MetricsEndpoint
from web.ops.stripe_webhook import StripeWebhook
from web.public import draft_pages, misspelled_links, pages, pdfs, questions, quotes
from web.public.checkout_returns import checkout_return
from web.public.checkouts import checkout, checkout_several, use_credit
from web.public.front import front_page
from web.public.portals import portal_page
from web.public.preferences import OneClick, PreferencesPage
from web.public.reads import report_read
from web.public.receipts import receipt_page
from web.public.samples import sample_page
from web.public.statements import statement_page, statement_pdf

_MEASURE_INTERVAL: Final = 5.0
"""Seconds after which each process tells the others how it uses its connections."""
_SIGN_IN_TASKS_TIMEOUT: Final = 5.0
"""Seconds that shutdown waits for what signing in does in the background."""


@asynccontextmanager
async def open_services(
    settings: Settings, password_hasher: Argon2Hasher | None = None
) -> AsyncGenerator[Services, None]:
    """Open what requests need, and close it in reverse order. The database must be open."""
    async with AsyncExitStack() as stack:
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
            DeliveryWorker(settings, make_transport(settings), pdf)
        )
        stack.enter_context(EMAILS_QUEUED.connected(lambda _: delivery_worker.wake()))
        stripe = await stack.enter_async_context(open_stripe_client(settings))
        expiry_worker = await stack.enter_async_context(CheckoutExpiryWorker(stripe))
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
        webhook_sender = WebhookSender(webhook_addresses)
        stack.push_async_callback(webhook_sender.close)
        webhook_worker = await stack.enter_async_context(
            WebhookWorker(webhook_sender, payload_renderer(services, make_schema()._schema), urls)
        )
        stack.enter_context(DELIVERIES_QUEUED.connected(lambda _: webhook_worker.wake()))
        yield services


class _Portal(Starlette):
    """Starlette without middleware: ours is around it, and answers unexpected errors."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the router, with the handlers of errors."""
        router = RouterBySegment(self.router)
        return ExceptionMiddleware(router, self.exception_handlers)


def create_app(settings: Settings, password_hasher: Argon2Hasher | None = None) -> ASGIApp:
    """Return the application. Nothing is opened before its lifespan begins.

    Tests pass a `password_hasher` that is cheaper than the default.
    """
    configure_logging(as_json=settings.is_production, is_passing=as_unavailable)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[dict[str, ConnectionLimits], None]:
        database = RegisterTortoise(app, config=tortoise_config(settings.database_url))
        async with database, open_services(settings, password_hasher) as services:
            app.state.services = services
            yield {CONNECTION_LIMITS: ConnectionLimits(settings)}

    graphql = GraphQLEndpoint(settings)
    portal = _Portal(
        routes=[
            Route("/graphql", graphql),
            *([] if settings.is_production else [Route("/graphiql/{name}", graphiql_file)]),
            # Before the pages, because their paths match these, too.
            Route(misspelled_links.PATH, misspelled_links.correct_link, methods=["GET", "POST"]),
            Route("/invoice/{token}/receipt/{payment:uuid}.pdf", pdfs.receipt_pdf),
            Route("/portal/{token}/{number:path}/receipt/{payment:uuid}.pdf", pdfs.receipt_pdf),
            Route("/invoice/{token}.pdf", pdfs.invoice_pdf),
            Route("/quote/{token}.pdf", pdfs.quote_pdf),
            Route("/quote/{token}/{number:path}.pdf", pdfs.quote_pdf),
            Route("/credit-note/{token}.pdf", pdfs.credit_note_pdf),
            Route("/credit-note/{token}/{number:path}.pdf", pdfs.credit_note_pdf),
            Route("/portal/{token}/statement.pdf", statement_pdf),
            Route("/portal/{token}/{number:path}.pdf", pdfs.invoice_pdf),
            *LIST_DOWNLOADS,
            Route("/invoices/{id}.pdf", dashboard_pdfs.own_invoice_pdf),
            Route("/quotes/{id}.pdf", dashboard_pdfs.own_quote_pdf),
            Route("/credit-notes/{id}.pdf", dashboard_pdfs.own_credit_note_pdf),
            Route("/receipts/{id}.pdf", dashboard_pdfs.own_receipt_pdf),
            Route("/invoice/{token}", pages.invoice_page, middleware=COMPRESSED_PAGE),
            Route(
                "/invoice/{token}/receipt/{payment:uuid}", receipt_page, middleware=COMPRESSED_PAGE
            ),
            Route(
                "/sample-invoice/{token}",
                sample_page,
                methods=["GET", "POST"],
                middleware=COMPRESSED_PAGE,
            ),
            Route("/invoice/{token}/checkout", checkout, methods=["POST"]),
            Route("/invoice/{token}/read", report_read, methods=["POST"]),
            Route("/checkout/{checkout}", checkout_return),
            Route("/preferences/{token}", PreferencesPage, middleware=COMPRESSED_PAGE),
            Route("/unsubscribe/{token}/{category}", OneClick),
            Route("/quote/{token}", quotes.quote_page, middleware=COMPRESSED_PAGE),
            Route("/quote/{token}/answer", quotes.answer, methods=["POST"]),
            Route("/quote/{token}/questions", questions.ask_about_quote, methods=["POST"]),
            # Before the page, because a number could end like these.
            Route("/quote/{token}/{number:path}/answer", quotes.answer, methods=["POST"]),
            Route(
                "/quote/{token}/{number:path}/questions",
                questions.ask_about_quote,
                methods=["POST"],
            ),
            Route("/quote/{token}/{number:path}", quotes.quote_page, middleware=COMPRESSED_PAGE),
            Route("/invoice/{token}/questions", questions.ask_about_invoice, methods=["POST"]),
            Route(
                "/credit-note/{token}/questions", questions.ask_about_credit_note, methods=["POST"]
            ),
            Route("/credit-note/{token}", pages.credit_note_page, middleware=COMPRESSED_PAGE),
            # Before the page, because a number could end with "/questions".
            Route(
                "/credit-note/{token}/{number:path}/questions",
                questions.ask_about_credit_note,
                methods=["POST"],
            ),
            Route(
                "/credit-note/{token}/{number:path}",
                pages.credit_note_page,
                middleware=COMPRESSED_PAGE,
            ),
            Route("/portal/{token}", portal_page, middleware=COMPRESSED_PAGE),
            Route("/portal/{token}/statement", statement_page, middleware=COMPRESSED_PAGE),
            # Before the page, because an invoice's number could end like these.
            Route(
                "/portal/{token}/{number:path}/questions",
                questions.ask_about_invoice,
                methods=["POST"],
            ),
            Route("/portal/{token}/checkout", checkout_several, methods=["POST"]),
            Route("/portal/{token}/credit", use_credit, methods=["POST"]),
            Route("/portal/{token}/{number:path}/checkout", checkout, methods=["POST"]),
            Route("/portal/{token}/{number:path}/read", report_read, methods=["POST"]),
            Route(
                "/portal/{token}/{number:path}/receipt/{payment:uuid}",
                receipt_page,
                middleware=COMPRESSED_PAGE,
            ),
            Route("/portal/{token}/{number:path}", pages.invoice_page, middleware=COMPRESSED_PAGE),
            Route("/webhooks/stripe", StripeWebhook),
            *DASHBOARD,
            Route("/drafts/look", draft_pages.look_page),
            Route("/drafts/invoices/{id}", draft_pages.draft_invoice_page),
            Route("/drafts/quotes/{id}", draft_pages.draft_quote_page),
            Route("/", front_page, middleware=COMPRESSED_PAGE),
            Route("/company/logo", CompanyLogo),
            Route("/logo/{digest}.png", logo),
            Route("/robots.txt", pages.robots),
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz),
            Route("/metrics", MetricsEndpoint(), methods=["GET"]),
            Route("/styles/{accent}.css", stylesheet, middleware=COMPRESSED),
            Route("/styles/scope/{accent}.css", scope_stylesheet),
            Mount("/static/{version}", Assets(directory=STATIC), middleware=COMPRESSED),
        ],
        exception_handlers={
            PortalError: portal_error_handler,
            HTTPException: http_error_handler,
            ClientDisconnect: disconnect_handler,
        },
        lifespan=lifespan,
    )
    # Behind a proxy, a redirect to the path without its last slash leads to http, which would send
    # the token unencrypted.
    portal.router.redirect_slashes = False
    app: ASGIApp = LeanRequestsMiddleware(portal, graphql, settings)
    app = TurnMiddleware(app, settings)
    app = CorsMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
        max_age=600,
    )
    return RequestContextMiddleware(app, over_https_only=settings.is_production)


def from_environment() -> ASGIApp:
    """Return the application that the environment configures. Each worker process runs it."""
    app = create_app(Settings())
    collect_rarely()
    # What lives as long as the process is never garbage.
    gc.collect()
    gc.freeze()
    return app
