"""What staff may do with a quote, by the rules of the services."""

from enum import StrEnum

import models
from auth.staff import Staff
from schema.enums import describe
from services.billing.drafts import can_delete, can_edit
from services.billing.quotes import can_decide, can_invoice
from services.common.allowed_actions import allowed
from services.email.emails import can_send_quote
from services.sharing.links import can_revoke


class QuoteAction(StrEnum):
    """An action on a quote."""

    EDIT = "EDIT"
    DELETE = "DELETE"
    SHARE = "SHARE"
    REVOKE_SHARE = "REVOKE_SHARE"
    SEND = "SEND"
    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    INVOICE = "INVOICE"


describe(
    QuoteAction,
    "An action on a quote.",
    EDIT="Replace everything in the draft: `updateQuote`.",
    DELETE="Delete the draft: `deleteQuote`.",
    SHARE="Create its link, or get the link it has: `shareQuote`.",
    REVOKE_SHARE="Revoke its link: `revokeQuoteShare`.",
    SEND="Send it by e-mail: `sendQuote`.",
    ACCEPT="Mark it as accepted: `acceptQuote`.",
    DECLINE="Mark it as declined: `declineQuote`.",
    INVOICE="Create an invoice from it: `invoiceQuote`.",
)


def quote_actions(
    quote: models.Quote, invoice: models.Invoice | None, staff: Staff
) -> list[QuoteAction]:
    """Return what `staff` may do with `quote`, and the invoice that it has, as they stand."""
    return allowed(
        staff,
        {
            QuoteAction.EDIT: can_edit(quote),
            QuoteAction.DELETE: can_delete(quote),
            QuoteAction.SHARE: None,
            QuoteAction.REVOKE_SHARE: can_revoke(quote),
            QuoteAction.SEND: can_send_quote(quote),
            QuoteAction.ACCEPT: can_decide(quote),
            QuoteAction.DECLINE: can_decide(quote),
            QuoteAction.INVOICE: can_invoice(quote, invoice),
        },
    )
