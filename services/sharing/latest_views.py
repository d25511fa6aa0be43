"""A company's latest views."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from auth.staff import Staff
from db.statements import fetch, id_of, instant_of
from models import InvoiceView, ViewSource

_ROWS: Final = (
    "SELECT invoice_view.viewed_at, invoice_view.source, invoice.id AS invoice_id,"
    " invoice.number AS invoice_number, customer.name AS customer_name FROM invoice_view"
    " JOIN invoice ON invoice.id = invoice_view.invoice_id"
    " JOIN customer ON customer.id = invoice.customer_id"
    " WHERE invoice_view.company_id = $1 AND NOT invoice_view.automated"
    " ORDER BY invoice_view.sequence DESC LIMIT $2"
)


@dataclass(frozen=True, slots=True)
class LatestView:
    """A view by a person, and whose invoice it was."""

    invoice_id: UUID
    invoice_number: str
    customer_name: str
    source: ViewSource
    viewed_at: datetime


def latest_views(staff: Staff, *, include_automated: bool) -> QuerySet[InvoiceView]:
    """Return the views of the company's invoices; automated ones only if they are included."""
    rows = InvoiceView.filter(company_id=staff.company_id)
    return rows if include_automated else rows.filter(automated=False)


async def load_latest_views(staff: Staff, limit: int) -> Sequence[LatestView]:
    """Return the company's last views by people, newest first, in one statement."""
    return [
        LatestView(
            invoice_id=id_of(row["invoice_id"]),
            invoice_number=row["invoice_number"],
            customer_name=row["customer_name"],
            source=ViewSource(row["source"]),
            viewed_at=instant_of(row["viewed_at"]),
        )
        for row in await fetch(_ROWS, staff.company_id, limit)
    ]
