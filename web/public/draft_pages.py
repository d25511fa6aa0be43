"""What clients would see, for staff: drafts, and the company's colour on a page."""

from copy import copy
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from auth.permissions import Permission
from auth.staff import Staff, authenticate, authenticate_with_company
from errors import BadInput, NotFound
from services.billing.drafting.previews import preview_invoice, preview_quote
from services.company.company_settings import clean_color
from services.email.samples import sample_invoice
from services.sharing.tokens import SharedLink
from web.http.session_cookie import authorization_of
from web.public.previews import render_preview, render_quote_preview

_CSP: Final = "content-security-policy"
_SAMPLE_NOTE: Final = "This is a sample, to show your logo and colour."
_NOTE: Final = "This is a preview. Your client hasn't received anything yet."


async def draft_invoice_page(request: Request) -> Response:
    """Show an invoice as its client would see it once it is issued, which counts as no open.

    Raises Unauthenticated, Forbidden, NotFound, and what issuing it would raise.
    """
    staff = await _staff_of(request)
    invoice = await preview_invoice(staff, request.path_params["id"])
    link = SharedLink(invoice=invoice, token=str(invoice.share_token))
    return _framed(await render_preview(request, link, _NOTE))


async def draft_quote_page(request: Request) -> Response:
    """Show a quote as its client would see it once it is shared.

    Raises Unauthenticated, Forbidden, NotFound, and what sharing it would raise.
    """
    staff = await _staff_of(request)
    quote = await preview_quote(staff, request.path_params["id"])
    return _framed(await render_quote_preview(request, quote, _NOTE))


async def look_page(request: Request) -> Response:
    """Show a sample invoice in the `color` of the query, or in the company's own.

    Raises Unauthenticated, Forbidden, and NotFound for what is no colour.
    """
    staff, company = await authenticate_with_company(authorization_of(request))
    staff.require(Permission.MANAGE_COMPANY)
    shown = copy(company)
    try:
        shown.accent_color = clean_color(request.query_params.get("color")) or company.accent_color
    except BadInput:
        raise NotFound from None
    return _framed(await render_preview(request, sample_invoice(shown, uuid4()), _SAMPLE_NOTE))


async def _staff_of(request: Request) -> Staff:
    staff = await authenticate(authorization_of(request))
    staff.require(Permission.MANAGE_INVOICES)
    return staff


def _framed(page: Response) -> Response:
    """Let our own pages show the page in a frame, in which no form can be sent."""
    policy = page.headers[_CSP].replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    page.headers[_CSP] = policy.replace("form-action 'self'", "form-action 'none'")
    return page
