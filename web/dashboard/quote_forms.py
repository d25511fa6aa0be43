"""The form that creates or edits the draft of a quote."""

from decimal import Decimal

from starlette.responses import Response

from auth.permissions import Permission
from services.billing import queries, quotes
from services.billing.pricing import Discount
from services.billing.quotes import QuoteDraft
from web.dashboard.document_forms import (
    MAX_DOCUMENT_FORM_SIZE,
    DocumentForm,
    document_page,
    parse_lines,
    stored_lines,
    stored_values,
)
from web.dashboard.documents import QUOTES_PATH, get_quote, quote_url
from web.dashboard.fields import Field, optional, parse_date
from web.dashboard.requests import DashboardRequest, login_required


class QuoteForm(DocumentForm):
    """A quote while it is a draft."""

    last_day = Field("Good until", optional(parse_date), error_name="validUntil")

    def draft(self) -> QuoteDraft:
        """Return what was entered. Raises BadInput."""
        return QuoteDraft(
            customer_id=self.customer.value,
            lines=parse_lines(self),
            number=self.number.value,
            currency=self.currency.value,
            issue_date=self.issue_date.value,
            valid_until=self.last_day.value,
            discount=Discount(amount=self.discount.value or Decimal(0)),
            notes=self.notes.value,
        )


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def new_quote(request: DashboardRequest) -> Response:
    """Show the form, and create a draft."""
    company = await queries.company_of(request.staff)
    form = QuoteForm(
        request.form,
        request.staff.language,
        customer=request.query.get("customer", ""),
        currency=company.currency,
    )

    async def create() -> str:
        quote = await quotes.create_quote(
            request.staff, form.draft(), idempotency_key=form.idempotency_key
        )
        return quote_url(quote)

    return await document_page(request, form, create, heading="New quote", back_url=QUOTES_PATH)


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
        heading=f"Edit quote {quote.label}",
        back_url=quote_url(quote),
        lines=await stored_lines(quote, language),
    )
