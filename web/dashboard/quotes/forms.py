"""The form that creates or edits the draft of a quote."""

from datetime import date

from starlette.responses import Response

from auth.permissions import Permission
from models import Quote
from services.billing.drafts import QUOTE
from services.billing.quotes import QuoteDraft
from services.email import emails
from web.dashboard.documents.editor import Editor, editor_page
from web.dashboard.documents.forms import DocumentForm, Start
from web.dashboard.documents.lookups import QUOTES_PATH, get_quote
from web.dashboard.documents.prices import MAX_DOCUMENT_FORM_SIZE
from web.dashboard.documents.sending import send_at_once
from web.dashboard.forms.fields import Field, optional, parse_date
from web.dashboard.requests import DashboardRequest, login_required


class QuoteForm(DocumentForm):
    """A quote while it is a draft."""

    last_day = Field("Valid until", optional(parse_date), error_name="validUntil")

    def draft(self, today: date) -> QuoteDraft:  # noqa: ARG002  # no dates follow from it
        """Return what was entered. Raises BadInput."""
        return QuoteDraft(**self.content(), valid_until=self.last_day.value)


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def new_quote(request: DashboardRequest) -> Response:
    """Show the form, empty or with the content of another quote, and create a draft."""
    start = await Start.of_new(request, Quote)
    form = QuoteForm(request.form, request.staff.language, **start.values)
    return await editor_page(request, _editor(request, form, start))


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_DOCUMENT_FORM_SIZE)
async def edit_quote(request: DashboardRequest) -> Response:
    """Show the form with a draft, and replace the draft."""
    quote = await get_quote(request)
    start = await Start.of_draft(request, quote)
    form = QuoteForm(
        request.form,
        request.staff.language,
        **start.values,
        last_day=quote.valid_until.isoformat() if quote.valid_until else "",
    )
    return await editor_page(request, _editor(request, form, start, quote))


def _editor(
    request: DashboardRequest, form: QuoteForm, start: Start, document: Quote | None = None
) -> Editor[Quote]:
    """Return the editor of a draft, or of a new quote."""

    async def send(quote: Quote) -> str:
        return await send_draft(request, quote, form.idempotency_key)

    return Editor(
        kind=QUOTE,
        form=form,
        path=QUOTES_PATH,
        blank=start.blank,
        lines=start.lines,
        send=send,
        document=document,
    )


async def send_draft(request: DashboardRequest, quote: Quote, key: str) -> str:
    """Share and send a draft, and return where that is shown, or where an address is asked for."""
    return await send_at_once(request, quote, emails.send_quote, key, asking_page="share/send")
