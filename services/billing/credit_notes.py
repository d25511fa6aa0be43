"""Credit notes: draft, edit, issue, void. What is done with their credit is in other modules."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from auth.staff import Staff
from db.transactions import transactional
from errors import Conflict
from i18n.translations import translations_for
from models import (
    LIVE_CREDIT,
    AuditAction,
    Company,
    CreditNote,
    CreditNoteStatus,
    Customer,
    Surplus,
)
from models.money import AmountReason, AmountTooSmall, to_minor
from models.taxes import TaxCategory
from services.billing.drafts import (
    CREDIT_NOTE,
    DocumentDraft,
    create_draft,
    delete_draft,
    only_a_draft,
    replace_draft,
)
from services.billing.pricing import LineDraft, choose_currency
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.validation import clean_optional
from services.ledger.issuing import ISSUED_COLUMNS, issue_document


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteDraft(DocumentDraft):
    """The content of a credit note's draft."""

    reason: str | None = None

    def own_columns(self, currency: str) -> dict[str, Any]:  # noqa: ARG002  # no amounts
        """Return the columns that only credit notes have; BadInput names what is wrong."""
        return {"reason": clean_optional(self.reason, "reason", most=2000, multiline=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditAmount:
    """Credit over a plain amount, without taxes: for goodwill, and for money paid twice."""

    customer_id: str
    amount: Decimal
    currency: str | None = None
    reason: str | None = None


@transactional
async def create_credit_note(
    staff: Staff, content: CreditNoteDraft | CreditAmount, *, idempotency_key: str | None = None
) -> CreditNote:
    """Create a draft, or return the one that the same idempotency key created before.

    Raises NotFound for the customer, BadInput, AmountTooSmall for zero or less, and Conflict for a
    key that was used with another draft.
    """
    draft = await _draft_of(staff, content)
    return await create_draft(CREDIT_NOTE, staff, draft, idempotency_key)


@transactional
async def update_credit_note(
    staff: Staff, credit_note_id: str, content: CreditNoteDraft | CreditAmount
) -> CreditNote:
    """Replace everything in a draft but the invoice that it corrects.

    Raises NotFound, BadInput, AmountTooSmall, and Conflict if it isn't a draft.
    """
    draft = await _draft_of(staff, content)
    return await replace_draft(CREDIT_NOTE, staff, credit_note_id, draft)


async def _draft_of(staff: Staff, content: CreditNoteDraft | CreditAmount) -> CreditNoteDraft:
    """Return a draft: a plain amount becomes a line without tax."""
    if isinstance(content, CreditNoteDraft):
        return content
    customer = await get_owned(Customer, staff, content.customer_id)
    company = await Company.get(id=staff.company_id)
    currency = choose_currency(company, content.currency)
    if to_minor(content.amount, currency, field="amount") <= 0:
        raise AmountTooSmall(
            "The amount must be greater than zero.", reason=AmountReason.NOT_POSITIVE
        )
    gettext = translations_for(customer.language_with(company)).gettext
    line = LineDraft(
        description=gettext("Credit"),
        quantity=Decimal(1),
        unit_price=content.amount,
        tax_category=TaxCategory.OUT_OF_SCOPE,
    )
    return CreditNoteDraft(
        customer_id=content.customer_id,
        lines=[line],
        currency=currency,
        payment_terms="",
        notes="",
        reason=content.reason,
    )


@transactional
async def delete_credit_note(staff: Staff, credit_note_id: str) -> None:
    """Delete a draft. Raises NotFound, and Conflict if it isn't a draft."""
    await delete_draft(CREDIT_NOTE, staff, credit_note_id)


def can_issue(note: CreditNote) -> Conflict | None:
    """Return why the credit note can't be issued, or None if it can."""
    return only_a_draft(note, "issued")


@transactional
async def issue_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Issue a draft, which gives it its number and the customer its credit.

    Does nothing to a credit note that is issued already. Raises NotFound, and Conflict for a void
    one.
    """
    company = await idempotency.lock_company(staff)
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    if note.status in LIVE_CREDIT:
        return note
    if refusal := can_issue(note):
        raise refusal
    await issue_document(note, company, await Customer.get(id=note.customer_id))
    note.status = CreditNoteStatus.ISSUED
    note.issued_at = datetime.now(UTC)
    await note.save(update_fields=[*ISSUED_COLUMNS, "status", "issued_at", "updated_at"])
    await audit_log.note(staff, AuditAction.CREDIT_NOTE_ISSUED, note.id, note.label)
    return note


async def can_void(note: CreditNote) -> Conflict | None:
    """Return why the credit note can't be voided, or None if it can.

    A surplus can't be: refunding it uses up the credit, and would reopen the invoice if the credit
    were gone.
    """
    match note.status:
        case CreditNoteStatus.DRAFT:
            return Conflict("A draft can't be voided. Delete it instead.")
        case CreditNoteStatus.APPLIED:
            return Conflict("This credit note was applied to an invoice, so it can't be voided.")
        case CreditNoteStatus.VOID:
            return Conflict("This credit note is VOID already.")
    if note.paid_out:
        return Conflict("Some of this credit note was paid out, so it can't be voided.")
    if await Surplus.exists(credit_note_id=note.id):
        return Conflict(
            "This credit is money that was paid. Refund the payment or pay the credit out instead."
        )
    return None


@transactional
async def void_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Void an issued credit note, which takes its credit back.

    Does nothing to a void one. Raises NotFound, and Conflict for a draft, as long as some of it is
    applied or paid out, and for a surplus.
    """
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    if note.status is CreditNoteStatus.VOID:
        return note
    if refusal := await can_void(note):
        raise refusal
    note.status = CreditNoteStatus.VOID
    note.voided_at = datetime.now(UTC)
    await note.save(update_fields=["status", "voided_at", "updated_at"])
    await audit_log.note(staff, AuditAction.CREDIT_NOTE_VOIDED, note.id, note.label)
    return note
