"""What staff may do with a credit note, by the rules of the services."""

from enum import StrEnum

import models
from auth.staff import Staff
from schema.enums import describe
from services.billing.credit_applications import can_apply
from services.billing.credit_notes import can_issue, can_void
from services.billing.credit_payouts import can_pay_out
from services.billing.drafts import can_delete, can_edit
from services.common.allowed_actions import allowed
from services.email.emails import can_send_credit_note
from services.sharing.links import can_revoke, can_share


class CreditNoteAction(StrEnum):
    """An action on a credit note."""

    EDIT = "EDIT"
    DELETE = "DELETE"
    ISSUE = "ISSUE"
    SHARE = "SHARE"
    REVOKE_SHARE = "REVOKE_SHARE"
    SEND = "SEND"
    APPLY = "APPLY"
    PAY_OUT = "PAY_OUT"
    VOID = "VOID"


describe(
    CreditNoteAction,
    "An action on a credit note.",
    EDIT="Change the draft: `updateCreditNote`.",
    DELETE="Delete the draft: `deleteCreditNote`.",
    ISSUE="Issue the draft: `issueCreditNote`.",
    SHARE="Create its link, or get the link it has: `shareCreditNote`.",
    REVOKE_SHARE="Revoke its link: `revokeCreditNoteShare`.",
    SEND="Send it by e-mail: `sendCreditNote`.",
    APPLY="Apply it to an invoice: `applyCreditNote`.",
    PAY_OUT="Record that credit was paid out: `payOutCredit`.",
    VOID="Void it: `voidCreditNote`.",
)


def credit_note_actions(
    note: models.CreditNote, staff: Staff, *, is_surplus: bool
) -> list[CreditNoteAction]:
    """Return what `staff` may do with `note`, maybe a surplus, as it stands."""
    return allowed(
        staff,
        {
            CreditNoteAction.EDIT: can_edit(note),
            CreditNoteAction.DELETE: can_delete(note),
            CreditNoteAction.ISSUE: can_issue(note),
            CreditNoteAction.SHARE: can_share(note),
            CreditNoteAction.REVOKE_SHARE: can_revoke(note),
            CreditNoteAction.SEND: can_send_credit_note(note),
            CreditNoteAction.APPLY: can_apply(note),
            CreditNoteAction.PAY_OUT: can_pay_out(note),
            CreditNoteAction.VOID: can_void(note, is_surplus=is_surplus),
        },
    )
