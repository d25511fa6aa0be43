"""Exporting all that is stored about a customer (GDPR Art. 15 and 20), with their documents."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from core.urls import Urls
from db.statements import fetch
from db.transactions import transactional
from errors import NotFound
from models import AuditAction, CreditNote, Customer, Invoice, Quote
from pdf.cleaning import safe_filename
from pdf.documents import PdfDocument
from services.administration.listings import operator, parse_id
from services.billing.pdf_documents import to_pdf_document
from services.common import audit_log

_INVOICES: Final = "SELECT id FROM invoice WHERE customer_id = $1"
_QUOTES: Final = "SELECT id FROM quote WHERE customer_id = $1"
_NOTES: Final = "SELECT id FROM credit_note WHERE customer_id = $1"
_TABLES: Final[Mapping[str, str]] = {
    "customer": "id = $1",
    "invoice": "customer_id = $1",
    "party_snapshot": " OR ".join(
        f"id IN (SELECT buyer_snapshot_id FROM {table} WHERE customer_id = $1)"
        for table in ("invoice", "quote", "credit_note")
    ),
    "invoice_line": f"invoice_id IN ({_INVOICES})",
    "payment": f"invoice_id IN ({_INVOICES})",
    "reversal": f"invoice_id IN ({_INVOICES})",
    "write_off": f"invoice_id IN ({_INVOICES})",
    "surplus": f"invoice_id IN ({_INVOICES})",
    "stripe_refund": f"payment_id IN (SELECT id FROM payment WHERE invoice_id IN ({_INVOICES}))",
    "checkout": f"id IN (SELECT checkout_id FROM checkout_share WHERE invoice_id IN ({_INVOICES}))",
    "checkout_share": f"invoice_id IN ({_INVOICES})",
    "invoice_view": f"invoice_id IN ({_INVOICES})",
    "invoice_update": "customer_id = $1",
    "quote": "customer_id = $1",
    "quote_line": f"quote_id IN ({_QUOTES})",
    "credit_note": "customer_id = $1",
    "credit_note_line": f"credit_note_id IN ({_NOTES})",
    "credit_application": f"credit_note_id IN ({_NOTES})",
    "credit_payout": f"credit_note_id IN ({_NOTES})",
    "question": "customer_id = $1",
    "question_answer": "question_id IN (SELECT id FROM question WHERE customer_id = $1)",
    "email_delivery": "customer_id = $1",
    "email_preference": "company_id = (SELECT company_id FROM customer WHERE id = $1)"
    " AND address IN (SELECT recipient FROM email_delivery WHERE customer_id = $1"
    " UNION SELECT lower(email) FROM customer WHERE id = $1)",
    "audit_entry": "company_id = (SELECT company_id FROM customer WHERE id = $1)"
    " AND (customer_id = $1 OR subject_id = $1)",
}
"""What is exported: for each table, SQL that says which of its rows are about the customer."""
_LEFT_OUT: Final = frozenset(
    {
        *("idempotency_key", "idempotency_digest", "search_text", "trace_parent"),
        *("share_token", "portal_token", "token", "return_path", "url", "request"),
    }
)
"""Columns that open something, or that aren't about a person."""
_PAGE_SIZE: Final = 1000

Render = Callable[[PdfDocument], Awaitable[bytes]]


async def find_customer(id_: UUID) -> Customer:
    """Return a customer. Raises NotFound."""
    customer = await Customer.get_or_none(id=id_)
    if customer is None:
        raise NotFound("There is no customer with this id.")
    return customer


async def export_customer(
    customer_id: str, urls: Urls, render: Render
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the files of the export, each with its name. The audit log gets an entry.

    Raises NotFound.
    """
    customer = await find_customer(parse_id(customer_id, "customer"))
    await _note(customer)
    for table, condition in _TABLES.items():
        async for name, content in _files_of(table, condition, customer.id):
            yield name, content
    for model in (Invoice, Quote, CreditNote):
        rows = await fetch(
            f"SELECT id FROM {model._meta.db_table} WHERE customer_id = $1 AND status <> 'DRAFT'"
            " ORDER BY id",
            customer.id,
        )
        for row in rows:
            document = await model.get(id=row["id"]).select_related(
                "company", "customer", "seller_snapshot", "buyer_snapshot"
            )
            pdf = await to_pdf_document(document, urls)
            folder = f"{model.noun.replace(' ', '-')}s"
            yield f"{folder}/{safe_filename(pdf.number)}.pdf", await render(pdf)


async def _files_of(
    table: str, condition: str, customer_id: UUID
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the rows of a table, as JSON in files of limited size."""
    last: object = None
    number = 0
    while True:
        after = "" if last is None else " AND id > $2"
        rows = await fetch(
            f"SELECT * FROM {table} WHERE ({condition}){after} ORDER BY id LIMIT {_PAGE_SIZE}",
            customer_id,
            *([] if last is None else [last]),
        )
        if not rows:
            return
        number += 1
        name = table if number == 1 else f"{table}-{number}"
        yield f"{name}.json", _to_json([dict(row) for row in rows])
        if len(rows) < _PAGE_SIZE:
            return
        last = rows[-1]["id"]


def _to_json(rows: list[dict[str, Any]]) -> bytes:
    shown = [{name: value for name, value in row.items() if name not in _LEFT_OUT} for row in rows]
    return orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2)


@transactional
async def _note(customer: Customer) -> None:
    await audit_log.note_customer(
        operator(customer.company_id), AuditAction.CUSTOMER_EXPORTED, customer
    )
