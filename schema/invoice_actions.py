"""What staff may do with an invoice, by the rules of the services."""

import models
from auth.staff import Staff
from schema.enums import InvoiceAction
from services.billing.creditable import can_credit
from services.billing.drafts import can_delete, can_edit
from services.billing.invoices import can_cancel, can_issue
from services.billing.manual_payments import can_record_payment
from services.billing.write_offs import can_write_off
from services.checkout.refunds import can_refund_any
from services.common.allowed_actions import allowed
from services.email.emails import can_remind, can_send_invoice
from services.sharing.links import can_revoke, can_share


def invoice_actions(
    invoice: models.Invoice,
    customer: models.Customer,
    credited: int,
    refundable: int,
    staff: Staff,
) -> list[InvoiceAction]:
    """Return what `staff` may do with an invoice of `customer` as it stands.

    `credited` is the total of its live credit notes, and `refundable` what can be refunded of its
    payments, in minor units.
    """
    return allowed(
        staff,
        {
            InvoiceAction.EDIT: can_edit(invoice),
            InvoiceAction.DELETE: can_delete(invoice),
            InvoiceAction.ISSUE: can_issue(invoice),
            InvoiceAction.CANCEL: can_cancel(invoice, credited),
            InvoiceAction.SHARE: can_share(invoice),
            InvoiceAction.REVOKE_SHARE: can_revoke(invoice),
            InvoiceAction.SEND: can_send_invoice(invoice),
            InvoiceAction.REMIND: can_remind(invoice, customer),
            InvoiceAction.RECORD_PAYMENT: can_record_payment(invoice),
            InvoiceAction.CREDIT: can_credit(invoice, credited),
            InvoiceAction.REFUND: can_refund_any(refundable),
            InvoiceAction.WRITE_OFF: can_write_off(invoice),
        },
    )
