"""The form that creates or edits the draft of a quote."""

from starlette.responses import Response

from auth.permissions import Permission
from services.billing import quotes
from services.billing.quotes import QuoteDraft
from web.dashboard.documents.forms import (
    MAX_DOCUMENT_FORM_SIZE,
    DocumentForm,
    chosen_customer,
    document_page,
    initial_values,
    next_line,
    stored_values,
)
from web.dashboard.documents.lines import new_line, stored_lines
from web.dashboard.documents.lookups import QUOTES_PATH, get_quote, quote_url
from web.dashboard.forms.fields import Field, optional, parse_date
from web.dashboard.requests import DashboardRequest, login_required


class QuoteForm(DocumentForm):
    """A quote while it is a draft."""

    last_day = Field("Good until", optional(parse_date), error_name="validUntil")

    def draft(self) -> QuoteDraft:
        """Return what was entered. Raises BadInput."""
        return QuoteDraft(
            **self.content(),
            valid_until=self.last_day.value,
        )


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def new_quote(request: DashboardRequest) -> Response:
    """Show the form, and create a draft."""
    company, language = request.company, request.staff.language
    customer = await chosen_customer(request)
    values = initial_values(company, customer, request.query.get("customer", ""))
    form = QuoteForm(request.form, language, **values)

    async def create() -> str:
        quote = await quotes.create_quote(
            request.staff, form.draft(), idempotency_key=form.idempotency_key
        )
        return quote_url(quote)

    return await document_page(
        request,
        form,
        create,
        heading="New quote",
        back_url=QUOTES_PATH,
        blank=new_line(company, customer, language),
    )


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def edit_quote(request: DashboardRequest) -> Response:
    """Show the form with a draft, and replace the draft."""
    quote = await get_quote(request)
    language = request.staff.language
    form = QuoteForm(
        request.form,
        language,
        **stored_values(quote, language),
        last_day=quote.valid_until.isoformat() if quote.valid_until else "",
    )

    async def update() -> str:
        await quotes.update_quote(request.staff, str(quote.id), form.draft())
        return quote_url(quote)

    return await document_page(
        request,
        form,
        update,
        heading=f"Edit {quote.name}",
        back_url=quote_url(quote),
        blank=await next_line(request, quote),
        lines=await stored_lines(quote, language),
    )
