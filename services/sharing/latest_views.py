"""A company's views of all its invoices."""

from tortoise.queryset import QuerySet

from auth.staff import Staff
from models import InvoiceView


def latest_views(staff: Staff, *, include_automated: bool) -> QuerySet[InvoiceView]:
    """Return the views of the company's invoices; automated ones only if they are included."""
    rows = InvoiceView.filter(company_id=staff.company_id)
    return rows if include_automated else rows.filter(automated=False)
