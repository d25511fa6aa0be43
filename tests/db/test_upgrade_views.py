"""Views of earlier versions get their customer, and invoices the hour of the last one."""

from datetime import UTC, datetime
from typing import Any, Final

from models import Company, Customer, Invoice, InvoiceView, ViewSource
from tests.support.migrations import migrate_to, opened

_VIEWED_AT: Final = datetime(2026, 11, 3, 23, 59, 59, 900_000, tzinfo=UTC)


async def test_earlier_views_are_found_by_their_customer_and_their_hour(
    migrated_database: str,
) -> None:
    async with opened(migrated_database):
        company = await Company.create(name="Acme", currency="EUR")
        of_customer: dict[str, Any] = {
            "company": company,
            "customer": await Customer.create(company=company, name="Ada"),
            "currency": "EUR",
        }
        draft = await Invoice.create(**of_customer)
        invoice = await Invoice.create(
            **of_customer,
            view_count=1,
            first_viewed_at=_VIEWED_AT,
            last_viewed_at=_VIEWED_AT,
        )
        await InvoiceView.create(
            company=company,
            invoice=invoice,
            sequence=1,
            viewed_at=_VIEWED_AT,
            source=ViewSource.LINK,
        )
        await migrate_to("0006_unsaved_forms")
        await migrate_to()
        assert (await InvoiceView.get()).customer_id == invoice.customer_id
        viewed, never = await Invoice.get(id=invoice.id), await Invoice.get(id=draft.id)
        assert viewed.last_viewed_hour == _VIEWED_AT.replace(minute=0, second=0, microsecond=0)
        assert (viewed.last_viewed_at, never.last_viewed_hour) == (_VIEWED_AT, None)
