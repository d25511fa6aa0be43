"""What an action would do: the verbs of the mutations, rolled back."""

from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from auth.permissions import Permission
from auth.staff import Staff
from context import Info
from models import CreditApplication, Payment
from schema.action_previews import ActionInput, ActionPreview
from schema.credit_applications import ApplyCreditNoteInput, ReverseCreditApplicationInput
from schema.credit_notes import CreditInvoiceInput
from schema.invoices import InvoiceRef
from schema.payments import RecordPaymentInput, ReversePaymentInput
from schema.permissions import Requires
from schema.refunds import RefundPaymentInput
from schema.write_offs import ReverseWriteOffInput, WriteOffInput
from services.billing import credit_applications, invoices, manual_payments, write_offs
from services.checkout.effects import Action, preview
from services.checkout.refunds import book_as_refunded
from services.common.lookups import get_owned, parse_id


@strawberry.type
class ActionPreviewQueries:
    @strawberry.field(
        description="What an action would do to its invoice, in figures: it is done and rolled "
        "back. Fails as the mutation of the same name would.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def action_preview(
        self,
        info: Info,
        input: Annotated[ActionInput, strawberry.argument(description="The action.")],
    ) -> ActionPreview:
        staff = info.context.staff
        invoice_id, action = await _action_of(staff, input)
        return ActionPreview.of(await preview(staff, invoice_id, action), staff.language)


async def _action_of(  # noqa: PLR0911  # one for each action
    staff: Staff, input: ActionInput
) -> tuple[UUID, Action]:
    """Return the invoice that the action is about, and the verb with its arguments."""
    match input.given:
        case RecordPaymentInput() as paid:
            action: Action = partial(
                manual_payments.record_payment,
                staff,
                paid.invoice_id,
                paid.amount,
                paid.method,
                received_at=paid.received_at,
                surplus_as_credit=bool(paid.surplus_as_credit),
            )
            return parse_id(paid.invoice_id), action
        case ReversePaymentInput(payment_id=id_, reason=reason):
            payment = await get_owned(Payment, staff, id_)
            action = partial(manual_payments.reverse_payment, staff, id_, reason)
            return payment.invoice_id, action
        case RefundPaymentInput() as refund:
            payment = await get_owned(Payment, staff, refund.payment_id)
            return payment.invoice_id, partial(book_as_refunded, staff, refund.request())
        case CreditInvoiceInput() as credit:
            action = partial(
                credit_applications.credit_at_once,
                staff,
                credit.invoice_id,
                credit.reason,
                credit.drafts(),
            )
            return parse_id(credit.invoice_id), action
        case ApplyCreditNoteInput(credit_note_id=note_id, invoice_id=id_, amount=amount):
            action = partial(credit_applications.apply_credit_note, staff, note_id, id_, amount)
            return parse_id(id_), action
        case ReverseCreditApplicationInput(application_id=id_, reason=reason):
            application = await get_owned(CreditApplication, staff, id_)
            verb = credit_applications.reverse_credit_application
            return application.invoice_id, partial(verb, staff, id_, reason)
        case WriteOffInput(invoice_id=id_, reason=reason, amount=amount):
            return parse_id(id_), partial(write_offs.write_off, staff, id_, reason, amount)
        case ReverseWriteOffInput(invoice_id=id_, reason=reason):
            return parse_id(id_), partial(write_offs.reverse_write_off, staff, id_, reason)
        case InvoiceRef(invoice_id=id_):
            return parse_id(id_), partial(invoices.cancel_invoice, staff, id_)
