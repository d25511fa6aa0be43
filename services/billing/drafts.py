"""Drafts of documents: what writing an invoice, a quote and a credit note have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from auth.staff import Staff
from errors import BadInput, Conflict, input_path
from models import CreditNote, Customer, Invoice, InvoiceLine, Quote, QuoteLine
from models.documents import DocumentLine
from models.money import to_minor
from models.totals import Totals
from services.billing.pricing import LineDraft, choose_currency, price
from services.common import idempotency
from services.common.lookups import get_owned
from services.common.validation import clean, clean_optional
from services.ledger.document_numbers import (
    CREDIT_NOTES,
    INVOICES,
    QUOTES,
    Series,
    next_number,
    require_free,
)

DocumentT = TypeVar("DocumentT", Invoice, Quote)

_NOUNS: Final = {series.model: series.noun for series in (INVOICES, QUOTES, CREDIT_NOTES)}


@dataclass(frozen=True, slots=True)
class Kind(Generic[DocumentT]):
    """A kind of document with lines."""

    model: type[DocumentT]
    lines: type[DocumentLine]
    owner: str
    """The column of a line that refers to its document."""
    series: Series


INVOICE: Final = Kind(model=Invoice, lines=InvoiceLine, owner="invoice_id", series=INVOICES)
QUOTE: Final = Kind(model=Quote, lines=QuoteLine, owner="quote_id", series=QUOTES)


@dataclass(frozen=True, slots=True)
class DocumentDraft(ABC):
    """The content of a draft that invoices and quotes share."""

    customer_id: str
    lines: Sequence[LineDraft]
    number: str | None = None
    currency: str | None = None
    issue_date: date | None = None
    discount: Decimal = Decimal(0)
    notes: str | None = None

    @abstractmethod
    def own_columns(self, currency: str) -> dict[str, Any]:
        """Return the columns that only this kind has; BadInput names what is wrong."""


def can_edit(document: Invoice | Quote | CreditNote) -> Conflict | None:
    """Return why the document can't be edited, or None if it can."""
    return only_a_draft(document, "edited")


def can_delete(document: Invoice | Quote | CreditNote) -> Conflict | None:
    """Return why the document can't be deleted, or None if it can."""
    return only_a_draft(document, "deleted")


def only_a_draft(document: Invoice | Quote | CreditNote, action: str) -> Conflict | None:
    """Return a refusal unless the document is a draft; `action` is a participle: "edited"."""
    if document.status == document.status.DRAFT:
        return None
    noun = _NOUNS[type(document)]
    return Conflict(f"Only a draft can be {action}. This {noun} is {document.status}.")


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
    columns, totals = await _check(staff, draft)
    if columns["number"] is None:
        columns["number"] = await next_number(staff.company_id, kind.series)
    else:
        await idempotency.lock_company(staff)
        await require_free(staff.company_id, kind.series, columns["number"])
    columns |= request.columns
    row = await kind.model.create(company_id=staff.company_id, **columns)
    await _write_lines(kind, row, draft.lines, totals)
    return row


async def replace_draft(
    kind: Kind[DocumentT], staff: Staff, document_id: str, draft: DocumentDraft
) -> DocumentT:
    """Replace everything in a draft; without a number it keeps its own.

    Raises NotFound, BadInput, and Conflict if it isn't a draft or the number is taken.
    """
    if draft.number is not None:
        await idempotency.lock_company(staff)
    row = await get_owned(kind.model, staff, document_id, lock=True)
    if refusal := can_edit(row):
        raise refusal
    columns, totals = await _check(staff, draft)
    columns["number"] = columns["number"] or row.number
    if columns["number"] != row.number:
        await require_free(staff.company_id, kind.series, columns["number"])
    row.update_from_dict(columns)
    await row.save(update_fields=columns.keys() | {"updated_at"})
    await kind.lines.filter(**{kind.owner: row.id}).delete()
    await _write_lines(kind, row, draft.lines, totals)
    return row


async def delete_draft(kind: Kind[DocumentT], staff: Staff, document_id: str) -> None:
    """Delete a draft and its lines. Raises NotFound, and Conflict if it isn't a draft."""
    row = await get_owned(kind.model, staff, document_id, lock=True)
    if refusal := can_delete(row):
        raise refusal
    await row.delete()


def check_last_day(issue_date: date | None, last_day: date | None, name: str, field: str) -> None:
    """Raise BadInput for `field`, called `name` in texts, if it is before the issue date."""
    if issue_date and last_day and last_day < issue_date:
        raise BadInput(f"The {name} is before the issue date.", field=field)


async def _check(staff: Staff, draft: DocumentDraft) -> tuple[dict[str, Any], Totals]:
    """Return the columns and totals of `draft` once they are checked."""
    customer = await get_owned(Customer, staff, draft.customer_id)
    currency = await choose_currency(staff, draft.currency)
    totals = price(draft.lines, draft.discount, currency)
    columns = {
        "customer_id": customer.id,
        "number": _clean_number(draft.number),
        "currency": currency,
        "issue_date": draft.issue_date,
        "subtotal": totals.subtotal,
        "discount": totals.discount,
        "tax": totals.tax,
        "total": totals.total,
        "notes": clean_optional(draft.notes, "notes", most=10_000, multiline=True),
        **draft.own_columns(currency),
    }
    return columns, totals


def _clean_number(number: str | None) -> str | None:
    """Return a number that can end a link's path, or None if none was entered."""
    number = clean_optional(number, "number", most=64)
    if number is not None and (number in {".", ".."} or number.lower().endswith(".pdf")):
        raise BadInput("The number can't be only dots or end in .pdf.", field="number")
    return number


async def _write_lines(
    kind: Kind[DocumentT], row: DocumentT, drafts: Sequence[LineDraft], totals: Totals
) -> None:
    await kind.lines.bulk_create(
        kind.lines(
            **{kind.owner: row.id},
            **_line_columns(index, draft, row.currency),
            amount=line.amount,
            discount=line.discount,
            tax=line.tax,
        )
        for index, (draft, line) in enumerate(zip(drafts, totals.lines, strict=True))
    )


def _line_columns(index: int, draft: LineDraft, currency: str) -> dict[str, Any]:
    with input_path("lines", index):
        return {
            "position": index + 1,
            "description": clean(draft.description, "description", most=2000, multiline=True),
            "quantity": draft.quantity,
            "unit_price": to_minor(draft.unit_price, currency, field="unitPrice"),
            "tax_rate": abs(draft.tax_rate),  # no negative zero
        }
