"""The application: mounts the routes, and keeps what they need open as long as it serves."""

import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from multiprocessing import parent_process

from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.applications import Starlette
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp
from tortoise.contrib.starlette import RegisterTortoise

from api.endpoint import GraphQLEndpoint
from api.http.graphiql_page import graphiql_file
from api.lean_requests import LeanRequestsMiddleware
from core.garbage_collection import collect_rarely
from core.logging import configure_logging
from db.availability import as_unavailable
from db.connections import tortoise_config
from lifespan import open_services
from settings import Settings
from web.dashboard.documents import pdfs as dashboard_pdfs
from web.dashboard.lists.downloads import ROUTES as LIST_DOWNLOADS
from web.dashboard.routes import ROUTES as DASHBOARD
from web.http.assets import STATIC, Assets, scope_stylesheet, stylesheet
from web.http.compression import COMPRESSED, COMPRESSED_PAGE
from web.http.connection_limits import ConnectionLimits
from web.http.cors import REQUEST_HEADERS, RESPONSE_HEADERS, CorsMiddleware
from web.http.draining import drain_at_sigterm
from web.http.errors import ERROR_HANDLERS
from web.http.middleware import RequestContextMiddleware
from web.http.protocol import CONNECTION_LIMITS
from web.http.routing import RouterBySegment
from web.http.turns import TurnMiddleware
from web.ops.logos import CompanyLogo, logo
from web.ops.monitoring import monitoring_routes
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
        opened = open_services(settings, password_hasher, schedules=settings.schedules)
        async with database, opened as services:
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
            Route("/invoice/{token}.xml", pdfs.invoice_xml),
            Route("/portal/{token}/{number:path}.xml", pdfs.invoice_xml),
            Route("/credit-note/{token}.xml", pdfs.credit_note_xml),
            Route("/credit-note/{token}/{number:path}.xml", pdfs.credit_note_xml),
            *LIST_DOWNLOADS,
            Route("/invoices/{id}.pdf", dashboard_pdfs.own_invoice_pdf),
            Route("/quotes/{id}.pdf", dashboard_pdfs.own_quote_pdf),
            Route("/credit-notes/{id}.pdf", dashboard_pdfs.own_credit_note_pdf),
            Route("/receipts/{id}.pdf", dashboard_pdfs.own_receipt_pdf),
            Route("/invoices/{id}.xml", dashboard_pdfs.own_invoice_xml),
            Route("/credit-notes/{id}.xml", dashboard_pdfs.own_credit_note_xml),
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
            *monitoring_routes(),
            Route("/styles/{accent}.css", stylesheet, middleware=COMPRESSED),
            Route("/styles/scope/{accent}.css", scope_stylesheet),
            Mount("/static/{version}", Assets(directory=STATIC), middleware=COMPRESSED),
        ],
        exception_handlers=ERROR_HANDLERS,
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
    # Outermost, so that refusals have its headers and are counted, too.
    return RequestContextMiddleware(app, over_https_only=settings.is_production)


def from_environment() -> ASGIApp:
    """Return the application that the environment configures. Each worker process runs it."""
    settings = Settings()
    app = create_app(settings)
    drain_at_sigterm(settings.drain_seconds, is_alone=parent_process() is None)
    collect_rarely()
    # What lives as long as the process is never garbage.
    gc.collect()
    gc.freeze()
    return app
