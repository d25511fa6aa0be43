"""What staff can do with a quote, and the pages that ask before it is done."""

from starlette.responses import Response

from auth.permissions import Permission
from services.billing import quotes
from web.dashboard.documents.deletion import deletion_page
from web.dashboard.documents.lookups import QUOTES_PATH, get_quote, invoice_url, quote_url
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest, login_required


@login_required(Permission.MANAGE_INVOICES)
async def accept_page(request: DashboardRequest) -> Response:
    """Ask, then mark the quote as accepted."""
    quote = await get_quote(request)

    async def accept() -> str:
        await quotes.accept_quote(request.staff, str(quote.id))
        return quote_url(quote)

    confirmation = Confirmation(
        title=f"Mark {quote.name} as accepted?",
        text="You can turn it into an invoice then. You can't undo this.",
        button="Mark as accepted",
        back_url=quote_url(quote),
    )
    return await confirmation_page(request, confirmation, accept)


@login_required(Permission.MANAGE_INVOICES)
async def decline_page(request: DashboardRequest) -> Response:
    """Ask, then mark the quote as declined."""
    quote = await get_quote(request)

    async def decline() -> str:
        await quotes.decline_quote(request.staff, str(quote.id))
        return quote_url(quote)

    confirmation = Confirmation(
        title=f"Mark {quote.name} as declined?",
        text="It can't be accepted or turned into an invoice after that. You can't undo this.",
        button="Mark as declined",
        back_url=quote_url(quote),
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, decline)


@login_required(Permission.MANAGE_INVOICES)
async def create_invoice_page(request: DashboardRequest) -> Response:
    """Ask, then create an invoice from the quote and show it."""
    quote = await get_quote(request)

    async def create_invoice() -> str:
        invoice = await quotes.invoice_quote(request.staff, str(quote.id))
        return invoice_url(invoice)

    confirmation = Confirmation(
        title=f"Create an invoice from {quote.name}?",
        text="It starts as a draft with the same lines. Your client sees it once you issue it.",
        button="Create invoice",
        back_url=quote_url(quote),
    )
    return await confirmation_page(request, confirmation, create_invoice)


@login_required(Permission.MANAGE_INVOICES)
async def delete_page(request: DashboardRequest) -> Response:
    """Ask, then delete the draft."""
    draft = await get_quote(request)
    return await deletion_page(request, draft, quotes.delete_quote, QUOTES_PATH)
