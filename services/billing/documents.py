"""A company's documents with what their pages and files show of them."""

from typing import Any, Final, TypeVar

from auth.staff import Staff
from db.compiled_queries import Children, CompiledQuery
from errors import NotFound
from models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Quote, QuoteLine
from models.documents import DOCUMENT_PARENTS
from services.common.lookups import parse_id

DocumentT = TypeVar("DocumentT", bound=Invoice | Quote | CreditNote)

_owned: Final[dict[type[Any], CompiledQuery[Any]]] = {
    model: CompiledQuery(
        model,
        *DOCUMENT_PARENTS,
        where=f"{table}.id = $1 AND {table}.company_id = $2",
        children=Children(
            model=lines, owner=f"{table}_id", order="position", attribute="loaded_lines"
        ),
    )
    for model, lines, table in (
        (Invoice, InvoiceLine, "invoice"),
        (Quote, QuoteLine, "quote"),
        (CreditNote, CreditNoteLine, "credit_note"),
    )
}


async def get_document(model: type[DocumentT], staff: Staff, value: str) -> DocumentT:
    """Return the company's document with this id, its company, customer, parties and lines.

    Raises NotFound for unknown ids and those of other companies.
    """
    document: DocumentT | None = await _owned[model].first_with_children(
        parse_id(value), staff.company_id
    )
    if document is None:
        raise NotFound
    return document
