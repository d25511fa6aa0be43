"""The dashboard's paths."""

from typing import Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from errors import NotFound
from web.dashboard.answers import HOME
from web.dashboard.invoice import invoice_page
from web.dashboard.invoice_actions import cancel_page, issue_page, payment_page, remind_page
from web.dashboard.invoice_sharing import qr_page, revoke_page, send_page, share_page
from web.dashboard.invoices import invoices_page
from web.dashboard.signing_in import SignInPage, sign_out
from web.dashboard.visit import Visit, staff_page


@staff_page()
async def home(_: Visit) -> Response:
    """Lead to the page that staff look at first."""
    return RedirectResponse(HOME, 303)


@staff_page()
async def unknown(_: Visit) -> Response:
    """Say within the dashboard that there is no such page."""
    raise NotFound


_FORM: Final = ["GET", "POST"]

ROUTES: Final = (
    Route("/dashboard", home),
    Route("/dashboard/sign-in", SignInPage),
    Route("/dashboard/sign-out", sign_out, methods=["POST"]),
    Route("/dashboard/invoices", invoices_page),
    Route("/dashboard/invoices/{id}", invoice_page),
    Route("/dashboard/invoices/{id}/issue", issue_page, methods=_FORM),
    Route("/dashboard/invoices/{id}/cancel", cancel_page, methods=_FORM),
    Route("/dashboard/invoices/{id}/remind", remind_page, methods=_FORM),
    Route("/dashboard/invoices/{id}/payment", payment_page, methods=_FORM),
    Route("/dashboard/invoices/{id}/share", share_page, methods=_FORM),
    Route("/dashboard/invoices/{id}/share/send", send_page, methods=_FORM),
    Route("/dashboard/invoices/{id}/share/revoke", revoke_page, methods=_FORM),
    Route("/dashboard/invoices/{id}/share/qr.svg", qr_page),
    Route("/dashboard/{path:path}", unknown),
)
