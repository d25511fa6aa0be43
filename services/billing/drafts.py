"""Drafts of documents: what writing an invoice, a quote and a credit note have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar

import orjson

from auth.staff import Staff
from errors import BadInput, Conflict, Text, gather_refusals, input_path
from models import (
    AuditAction,
    Company,
    CreditNote,
    CreditNoteLine,
    Customer,
    Invoice,
    InvoiceLine,
    Quote,
    QuoteLine,
)
from models.documents import DocumentLine, summary_of
from services.billing.customers import CustomerChanges, new_customer
from services.billing.drafting.lines import line_columns, line_texts
from services.billing.pricing import Discount, LineDraft, choose_currency, price
from services.common import audit_log, idempotency
from services.common.idempotency import IdempotentRequest
from services.common.lookups import get_owned
from services.common.status_words import status_text
from services.common.validation import clean_address, clean_optional
from services.ledger.document_numbers import require_free
from services.ledger.number_formats import clean_number
from values.parties import PostalAddress
from values.pricing import Totals
from values.taxes import TaxRounding

DocumentT = TypeVar("DocumentT", Invoice, Quote, CreditNote)

EARLIEST_DATE: Final = date(2000, 1, 1)
LATEST_DATE: Final = date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class Kind(Generic[DocumentT]):
    """A kind of document with lines."""

    model: type[DocumentT]
    lines: type[DocumentLine]
    owner: str
    """The column of a line that refers to its document."""
    created: AuditAction
    """What the audit log says of a new draft."""


INVOICE: Final = Kind(
    model=Invoice, lines=InvoiceLine, owner="invoice_id", created=AuditAction.INVOICE_CREATED
)
QUOTE: Final = Kind(
    model=Quote, lines=QuoteLine, owner="quote_id", created=AuditAction.QUOTE_CREATED
)
CREDIT_NOTE: Final = Kind(
    model=CreditNote,
    lines=CreditNoteLine,
    owner="credit_note_id",
    created=AuditAction.CREDIT_NOTE_CREATED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days of a service; `end` is None for a single day."""

    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDraft(ABC):
    """The content of a draft that all documents share."""

    customer_id: str
    """The recipient, unless there is a `new_customer`."""
    lines: Sequence[LineDraft]
    new_customer: CustomerChanges | None = None
    """Who is created as the recipient, together with the document."""
    number: str | None = None
    """The number it gets when it is issued; empty for the next one, None for what it has now."""
    currency: str | None = None
    issue_date: date | None = None
    prices_include_tax: bool = False
    tax_rounding: TaxRounding | None = None
    """None for the company's."""
    discount: Discount = field(default_factory=Discount)
    tax_exemption_reason: str | None = None
    purchase_order: str | None = None
    buyer_reference: str | None = None
    """None for the customer's."""
    service_period: Period | None = None
    delivery_address: PostalAddress | None = None
    payment_terms: str | None = None
    """None for the company's; empty for none."""
    notes: str | None = None
    """None for those of the customer or else the company; empty for none."""

    @abstractmethod
    def own_columns(self, currency: str, company: Company) -> dict[str, Any]:
        """Return the columns that only this kind has; BadInput names what is wrong."""

    def totals(self, currency: str, rounding: TaxRounding) -> Totals:
        """Return what the lines come to; BadInput names what is wrong."""
        return price(
            self.lines,
            self.discount,
            currency,
            prices_include_tax=self.prices_include_tax,
            rounding=rounding,
        )


class DraftChanged(Conflict):
    """Someone else has changed the draft since it was read."""

    reason = "DRAFT_CHANGED"
    default_message = Text("This draft was changed in the meantime, so it wasn't saved.")


def can_edit(document: Invoice | Quote | CreditNote) -> Conflict | None:
    """Return why the document can't be edited, or None if it can."""
    return only_a_draft(
        document,
        Text(
            "Only a draft can be edited. This one is %(status)s.",
            status=status_text(document.status),
        ),
    )


def can_delete(document: Invoice | Quote | CreditNote) -> Conflict | None:
    """Return why the document can't be deleted, or None if it can."""
    return only_a_draft(
        document,
        Text(
            "Only a draft can be deleted. This one is %(status)s.",
            status=status_text(document.status),
        ),
    )


def only_a_draft(document: Invoice | Quote | CreditNote, refusal: Text) -> Conflict | None:
    """Return a Conflict with `refusal` unless the document is a draft."""
    if document.status == document.status.DRAFT:
        return None
    return Conflict(refusal)


async def create_draft(
    kind: Kind[DocumentT], staff: Staff, draft: DocumentDraft, idempotency_key: str | None
) -> DocumentT:
    """Create a draft, or return the one that the same idempotency key created before.

    Raises NotFound for the customer, BadInput, and Conflict for a number that is taken or a key
    that was used with another draft.
    """
    request = idempotency.identify(idempotency_key, draft)
    if earlier := await idempotency.find_earlier(kind.model, staff, request):
        return earlier
    return await insert_draft(kind, staff, draft, request)


async def insert_draft(
    kind: Kind[DocumentT], staff: Staff, draft: DocumentDraft, request: IdempotentRequest
) -> DocumentT:
    """Create a draft by a request that wasn't made before.

    Raises NotFound for the customer, BadInput, and Conflict for a number that is taken.
    """
    columns, lines = await _check(staff, draft)
    row = kind.model(company_id=staff.company_id, **columns, **request.columns)
    if row.requested_number is not None:
        await idempotency.lock_company(staff)
        await require_free(row, row.requested_number)
    await row.save(force_create=True)
    await _write_lines(kind, row, lines)
    await audit_log.note_document(staff, kind.created, row)
    return row


async def replace_draft(
    kind: Kind[DocumentT],
    staff: Staff,
    document_id: str,
    draft: DocumentDraft,
    version: str | None = None,
) -> DocumentT:
    """Replace everything in a draft, except that None keeps the number that was chosen for it.

    Raises NotFound, BadInput, DraftChanged if it has another `version` by now, and Conflict if it
    isn't a draft or the number is taken.
    """
    if draft.number:
        await idempotency.lock_company(staff)
    row = await get_owned(kind.model, staff, document_id, lock=True)
    if refusal := can_edit(row):
        raise refusal
    if version is not None and version != row.version:
        raise DraftChanged
    columns, lines = await _check(staff, draft)
    if draft.number is None:
        columns["requested_number"] = row.requested_number
    number = columns["requested_number"]
    if number is not None and number != row.requested_number:
        await require_free(row, number)
    row.update_from_dict(columns)
    await row.save(update_fields=columns.keys() | {"updated_at"})
    await kind.lines.filter(**{kind.owner: row.id}).delete()
    await _write_lines(kind, row, lines)
    return row


async def delete_draft(kind: Kind[DocumentT], staff: Staff, document_id: str) -> None:
    """Delete a draft and its lines. Raises NotFound, and Conflict if it isn't a draft."""
    row = await get_owned(kind.model, staff, document_id, lock=True)
    if refusal := can_delete(row):
        raise refusal
    subject = (row.id, row.name)
    action = AuditAction.DRAFT_DELETED
    await audit_log.note_all(staff, action, [subject], customer_id=row.customer_id)
    await row.delete()


def check_last_day(
    issue_date: date | None, last_day: date | None, message: Text, field: str
) -> None:
    """Raise BadInput for `field`, with `message` if it is before the issue date."""
    check_date(last_day, field)
    if issue_date and last_day and last_day < issue_date:
        raise BadInput(message, field=field)


def check_date(day: date | None, field: str) -> None:
    """Raise BadInput for a date that can only be a slip of the keyboard."""
    if day is not None and not EARLIEST_DATE <= day <= LATEST_DATE:
        raise BadInput(
            Text(
                "Enter a date between %(first)s and %(last)s.",
                first=EARLIEST_DATE,
                last=LATEST_DATE,
            ),
            field=field,
        )


async def _check(
    staff: Staff, draft: DocumentDraft
) -> tuple[dict[str, Any], Sequence[dict[str, Any]]]:
    """Return the columns of `draft` and those of its lines.

    Raises NotFound for the customer, and BadInput with all that is wrong.
    """
    customer = new = None
    if draft.new_customer is None:
        customer = await get_owned(Customer, staff, draft.customer_id)
    company = await Company.get(id=staff.company_id)
    rounding = draft.tax_rounding or company.tax_rounding
    with gather_refusals() as refusals:
        if draft.new_customer is not None:
            customer = new = refusals.of(_new_customer, staff, draft.new_customer)
        # Amounts in a currency that doesn't exist are checked as if they were in the company's.
        currency = refusals.of(choose_currency, company, draft.currency) or company.currency
        refusals.of(check_date, draft.issue_date, "issueDate")
        number = refusals.of(clean_number, draft.number)
        totals = refusals.of(draft.totals, currency, rounding)
        texts = refusals.of(line_texts, draft.lines)
        details = refusals.of(_details, draft, customer or Customer(), company)
        own_columns = refusals.of(draft.own_columns, currency, company)
    assert customer is not None
    assert totals is not None
    assert texts is not None
    if new is not None:
        await new.save(force_create=True)
    columns = {
        "customer_id": customer.id,
        "requested_number": number,
        "currency": currency,
        "issue_date": draft.issue_date,
        "tax_rounding": rounding,
        "summary": summary_of(texts[0].description or ""),
        **figures(draft, totals),
        **(details or {}),
        **(own_columns or {}),
    }
    return columns, list(line_columns(draft.lines, texts, totals, currency))


def _new_customer(staff: Staff, details: CustomerChanges) -> Customer:
    with input_path("newCustomer"):
        return new_customer(staff, details)


def figures(draft: DocumentDraft, totals: Totals) -> dict[str, Any]:
    """Return the columns of a document that follow from what its draft comes to."""
    net_total = totals.subtotal - totals.discount
    charged = totals.total if draft.prices_include_tax else net_total
    return {
        "prices_include_tax": draft.prices_include_tax,
        "subtotal": totals.subtotal,
        "discount_percent": draft.discount.percent,
        "discount_amount": totals.amount - charged,
        "discount": totals.discount,
        "tax": totals.tax,
        "total": totals.total,
    }


def _details(draft: DocumentDraft, customer: Customer, company: Company) -> dict[str, Any]:
    """Return the texts and references, by default those of the customer or the company."""
    notes = draft.notes
    if notes is None:
        notes = customer.default_notes or company.default_notes
    terms = company.payment_terms if draft.payment_terms is None else draft.payment_terms
    reference = draft.buyer_reference
    if reference is None:
        reference = customer.buyer_reference
    with gather_refusals() as refusals:
        delivery = refusals.of(clean_address, draft.delivery_address, "deliveryAddress")
        return {
            "notes": refusals.of(clean_optional, notes, "notes", most=10_000, multiline=True),
            "payment_terms": refusals.of(
                clean_optional, terms, "paymentTerms", most=1000, multiline=True
            ),
            "tax_exemption_reason": refusals.of(
                clean_optional, draft.tax_exemption_reason, "taxExemptionReason", most=500
            ),
            "purchase_order": refusals.of(
                clean_optional, draft.purchase_order, "purchaseOrder", most=100
            ),
            "buyer_reference": refusals.of(clean_optional, reference, "buyerReference", most=100),
            "delivery_address": orjson.dumps(asdict(delivery)).decode() if delivery else None,
            **(refusals.of(_period_columns, draft.service_period) or {}),
        }


def _period_columns(period: Period | None) -> dict[str, date | None]:
    if period is None:
        return {"period_start": None, "period_end": None}
    with input_path("servicePeriod"):
        check_date(period.start, "from")
        check_date(period.end, "to")
        if period.end is not None and period.end < period.start:
            raise BadInput(Text("The period ends before it starts."), field="to")
    return {"period_start": period.start, "period_end": period.end}


async def _write_lines(
    kind: Kind[DocumentT], row: DocumentT, lines: Iterable[dict[str, Any]]
) -> None:
    await kind.lines.bulk_create(kind.lines(**{kind.owner: row.id}, **columns) for columns in lines)
