"""Finding the documents behind links, with their companies, customers and lines."""

from collections.abc import Sequence
from functools import cache
from typing import Final, TypeVar

from core.batching import Batcher
from db.compiled_queries import Children, CompiledQuery, RecordWithChildren, records_of_arrays
from db.connections import connection
from db.statements import padded
from models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Quote, QuoteLine
from models.documents import DOCUMENT_PARENTS, DocumentLine
from services.ledger.payment_history import read_history, select_history

DocumentT = TypeVar("DocumentT", Invoice, Quote, CreditNote)

_OF_PARTIES: Final = {
    "company": frozenset(
        {
            *("id", "name", "language", "time_zone", "currency", "plan"),
            *("email", "phone", "website", "logo_digest", "accent_color"),
            *("stripe_account", "charges_enabled"),
        }
    ),
    "customer": frozenset(
        {"id", "company_id", "name", "email", "language", "portal_token", "e_invoice"}
    ),
}
"""What is loaded of the parties: how to reach and to pay them. The snapshots have the rest."""


def _issued(
    model: type[DocumentT], lines: type[DocumentLine], *parents: str, where: str
) -> CompiledQuery[DocumentT]:
    """Return the query of documents with their lines. It never finds drafts.

    So all of them have snapshots of their parties. Nor does it find those of disabled companies.
    """
    table = model._meta.db_table
    return CompiledQuery(
        model,
        *DOCUMENT_PARENTS,
        *parents,
        where=f"{where} AND {table}.status <> 'DRAFT' AND company.disabled_at IS NULL",
        only=_OF_PARTIES,
        children=Children(
            model=lines, owner=f"{table}_id", order="position", attribute="loaded_lines"
        ),
    )


def _in_portal(table: str, keys: str = "IN ($2, $3)", numbers: str = "= $4") -> str:
    """Return the condition of documents in a portal, which takes their keys and their numbers.

    The index of a company's numbers has the keys. So that PostgreSQL uses it, and doesn't read all
    documents of the customer, customers are compared as what no index has.
    """
    return (
        f"{table}.id IN (SELECT numbered.id FROM customer AS owner JOIN {table} AS numbered"
        " ON numbered.company_id = owner.company_id"
        " AND CAST(numbered.customer_id AS text) = CAST(owner.id AS text)"
        f" WHERE owner.portal_token = $1"
        f" AND numbered.number_key {keys} AND numbered.number {numbers})"
    )


SHARED_INVOICE: Final = _issued(Invoice, InvoiceLine, where="invoice.share_token = $1")
_SHARED_INVOICES: Final = _issued(Invoice, InvoiceLine, where="invoice.share_token = ANY($1)")
PORTAL_INVOICE: Final = _issued(Invoice, InvoiceLine, where=_in_portal("invoice"))
PORTAL_INVOICES: Final = _issued(
    Invoice, InvoiceLine, where=_in_portal("invoice", keys="= ANY($2)", numbers="= ANY($3)")
)
SHARED_QUOTE: Final = _issued(Quote, QuoteLine, where="quote.share_token = $1")
PORTAL_QUOTE: Final = _issued(Quote, QuoteLine, where=_in_portal("quote"))
SHARED_CREDIT_NOTE: Final = _issued(
    CreditNote, CreditNoteLine, "invoice", where="credit_note.share_token = $1"
)
PORTAL_CREDIT_NOTE: Final = _issued(
    CreditNote, CreditNoteLine, "invoice", where=_in_portal("credit_note")
)
_MAX_TOGETHER: Final = 10
"""Invoices that are loaded in one statement."""
_MAX_STATEMENTS: Final = 4
"""Statements that run at once, so that an invoice with many lines doesn't hold up others."""


class SharedInvoices:
    """Finds shared invoices with their lines. Under load, requests share a statement."""

    def __init__(self) -> None:
        self._batcher = Batcher(_fetch, most=_MAX_TOGETHER, at_once=_MAX_STATEMENTS)

    async def find(self, token: str) -> Invoice | None:
        """Return the invoice that `token` shares, if it works. Every caller gets its own rows."""
        found = await self._batcher.run(token)
        return SHARED_INVOICE.build_with_children(found) if found else None


async def find_with_history(query: CompiledQuery[Invoice], *values: str) -> Invoice | None:
    """Return the invoice that `query` finds, with its lines.

    On PostgreSQL, the same statement loads its payment history.
    """
    client = connection()
    if client.capabilities.dialect != "postgres":
        return await query.first_with_children(*values)
    _, records = await client.execute_query(_sql_with_history(query), list(values))
    if not records:
        return None
    *lines, history = records[0][query.columns.count :]
    invoice = query.build_with_children((records[0], records_of_arrays(lines)))
    invoice.loaded_history = read_history(history)
    return invoice


@cache
def _sql_with_history(query: CompiledQuery[Invoice]) -> str:
    return query.select_with(query.children, select_history('"invoice"."id"'))


async def _fetch(tokens: Sequence[str]) -> list[RecordWithChildren | None]:
    if len(tokens) == 1:
        [token] = tokens
        found = await SHARED_INVOICE.fetch_with_children(token)
        return [found[0] if found else None]
    found = await _SHARED_INVOICES.fetch_with_children(padded(tokens))
    by_token = {str(record["share_token"]): (record, lines) for record, lines in found}
    return [by_token.get(token) for token in tokens]
