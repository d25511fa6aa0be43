"""The paths of corrections."""

from typing import Final

from starlette.routing import Route

from web.dashboard.corrections import credit, payments, write_offs
from web.dashboard.forms.pages import FORM_METHODS

ROUTES: Final = (
    Route("/dashboard/invoices/{id}/write-off", write_offs.write_off_page, methods=FORM_METHODS),
    Route(
        "/dashboard/invoices/{id}/reverse-write-off", write_offs.reverse_page, methods=FORM_METHODS
    ),
    Route("/dashboard/payments/{id}/reverse", payments.reverse_page, methods=FORM_METHODS),
    Route("/dashboard/payments/{id}/refund", payments.refund_page, methods=FORM_METHODS),
    Route("/dashboard/applied-credit/{id}/reverse", credit.remove_page, methods=FORM_METHODS),
    Route("/dashboard/payouts/{id}/reverse", credit.reverse_payout_page, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}/pay-out", credit.pay_out_page, methods=FORM_METHODS),
)
