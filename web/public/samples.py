"""The page of the sample of an invoice that a user has e-mailed to themselves."""

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from i18n.translations import translations_for
from services.email.sample_invoices import note_open
from services.email.samples import sample_invoice
from web.http.client_info import client_info_of
from web.http.languages import reader_language, switches_language
from web.public.previews import render_preview


async def sample_page(request: Request) -> Response:
    """Show the sample behind a link, and count the open once the page is sent.

    Its forms lead back to it. Raises NotFound and RateLimited.
    """
    client_info = client_info_of(request)
    sample = await services_of(request).tokens.find_sample(
        request.path_params["token"], client_info
    )
    if request.method == "POST":
        return RedirectResponse(request.url.path, 303)
    link = sample_invoice(sample.company, sample.token)
    language = reader_language(request, link.invoice.written_in)
    link.invoice.read_in = language
    note = translations_for(language).gettext(
        "This is a test that you have sent to yourself. Nothing is due."
    )
    response = await render_preview(request, link, note)
    if not switches_language(request):
        response.background = BackgroundTask(note_open, sample, client_info)
    return response
