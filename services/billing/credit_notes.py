"""Credit notes: draft, edit, issue, apply to invoices, void. The rest is the customer's credit."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Conflict
from i18n.translations import translations_for
from models import (
    LIVE_CREDIT,
    AuditAction,
    Company,
    CreditApplication,
    CreditNote,
    CreditNoteStatus,
    Customer,
    Invoice,
    InvoiceChange,
    Surplus,
)
from models.money import AmountReason, AmountTooLarge, AmountTooSmall, Minor, to_minor
from models.taxes import TaxCategory
from services.billing.drafts import (
    CREDIT_NOTE,
    DocumentDraft,
    create_draft,
    delete_draft,
    issue_draft,
    only_a_draft,
    replace_draft,
)
from services.billing.pricing import LineDraft, choose_currency
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.validation import clean_optional
from services.ledger import balances


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
    await idempotency.lock_company(staff)
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    if note.status in LIVE_CREDIT:
        return note
    if refusal := can_issue(note):
        raise refusal
    columns = await issue_draft(staff, note)
    note.status = CreditNoteStatus.ISSUED
    note.issued_at = datetime.now(UTC)
    await note.save(update_fields=[*columns, "status", "issued_at", "updated_at"])
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
    if await Surplus.exists(credit_note_id=note.id):
        return Conflict("This credit is a surplus payment. Refund the payment at Stripe instead.")
    return None


@transactional
async def void_credit_note(staff: Staff, credit_note_id: str) -> CreditNote:
    """Void an issued credit note, which takes its credit back.

    Does nothing to a void one. Raises NotFound, and Conflict for a draft, once some of it was
    applied, and for a surplus.
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


def can_apply(note: CreditNote) -> Conflict | None:
    """Return why nothing of the credit note can be applied, or None if some of it can."""
    if note.status not in LIVE_CREDIT:
        return Conflict(f"This credit note is {note.status}, so it can't be applied.")
    if not note.remaining:
        return Conflict("Nothing is left of this credit note.")
    return None


@transactional
async def apply_credit_note(
    staff: Staff,
    credit_note_id: str,
    invoice_id: str,
    amount: Decimal | None = None,
    *,
    idempotency_key: str | None = None,
) -> CreditNote:
    """Apply `amount` of the credit note to an invoice; None: as much as is left and due.

    Raises NotFound, BadInput for an invoice of another customer or in another currency,
    AmountTooSmall, AmountTooLarge for more than is left or due, and Conflict for a credit note
    without credit, an invoice on which nothing is due, or a key that was used with another request.
    """
    request = idempotency.identify(idempotency_key, credit_note_id, invoice_id, amount)
    if await idempotency.find_earlier(CreditApplication, staff, request):
        return await get_owned(CreditNote, staff, credit_note_id)
    note = await get_owned(CreditNote, staff, credit_note_id, lock=True)
    invoice = await get_owned(Invoice, staff, invoice_id, lock=True)
    minor = _amount_to_apply(note, invoice, amount)
    await CreditApplication.create(
        company_id=staff.company_id,
        credit_note_id=note.id,
        invoice_id=invoice.id,
        amount=minor,
        idempotency_key=request.key,
        idempotency_digest=request.digest,
    )
    note.applied += minor
    note.status = CreditNoteStatus.APPLIED
    await note.save(update_fields=["applied", "status", "updated_at"])
    await audit_log.note(staff, AuditAction.CREDIT_NOTE_APPLIED, note.id, note.label)
    await balances.book(invoice, InvoiceChange.CREDIT_APPLIED, minor)
    return note


def _amount_to_apply(note: CreditNote, invoice: Invoice, amount: Decimal | None) -> Minor:
    """Return the amount to apply in minor units, after checking it against both documents."""
    if refusal := can_apply(note):
        raise refusal
    if (invoice.customer_id, invoice.currency) != (note.customer_id, note.currency):
        raise BadInput("The invoice has another customer or currency.", field="invoiceId")
    if amount is None:
        minor = Minor(min(note.remaining, invoice.amount_due))
    else:
        minor = to_minor(amount, note.currency, field="amount")
    balances.check_amount(invoice, minor)
    if minor > note.remaining:
        left = note.money(note.remaining)
        raise AmountTooLarge(
            f"Only {left} is left of this credit note.",
            reason=AmountReason.ABOVE_REMAINING_CREDIT,
            limit=left,
        )
    return minor
