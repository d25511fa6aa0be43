"""What narrows the lists of documents and customers: on pages, in the API and in exports alike."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from auth.staff import Staff
from db.search import Holds, OneOf
from errors import BadInput, Text
from models import (
    CreditNote,
    CreditNoteStatus,
    Customer,
    Invoice,
    InvoiceStatus,
    Quote,
    QuoteStatus,
)
from models.invoices import IS_OPEN
from services.billing.lists.orders import ListedT, listing_by
from services.billing.lists.search import search, search_customers
from services.common.listings import Listing
from services.common.validation import clean_currency

FilterT = TypeVar("FilterT", bound="_Filter")
_NOTHING: Final = Q(id__in=[])
_IS_OPEN: Final = IS_OPEN.format(of='"invoice".') + " IS TRUE"
"""With IS TRUE, PostgreSQL before 17 finds it in the index of an order, too."""
_HIDDEN: Final = (InvoiceStatus.DRAFT, QuoteStatus.DRAFT)
"""The statuses of what can't be shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """What all lists can be narrowed by. Nothing given wants all rows."""

    search: str = ""
    """Each of its words is found in the rows, as `services/billing/lists/search` says."""
    ids: Collection[UUID] | None = None
    """Only these rows."""

    @property
    def given(self) -> dict[str, object]:
        """What is given, by name: cursors belong to it."""
        return {
            each.name: value
            for each in fields(self)
            if (value := getattr(self, each.name)) != each.default
        }

    def _of_ids(self, rows: QuerySet[ListedT]) -> QuerySet[ListedT]:
        return rows if self.ids is None else rows.filter(OneOf("id", list(self.ids)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _DocumentFilter(_Filter):
    """What lists of documents can be narrowed by, too."""

    customer_id: UUID | None = None
    currency: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None

    def _narrowed(
        self, rows: QuerySet[ListedT], staff: Staff, *conditions: Q | None
    ) -> QuerySet[ListedT]:
        rows = self._of_ids(rows.filter(company_id=staff.company_id))
        return rows.filter(
            *filter(
                None,
                (
                    Q(customer_id=self.customer_id) if self.customer_id else None,
                    Q(currency=clean_currency(self.currency)) if self.currency else None,
                    _days("issue_date", "issued", self.issued_from, self.issued_to),
                    *conditions,
                ),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter(_DocumentFilter):
    """Which invoices of the company are wanted."""

    status: InvoiceStatus | None = None
    unpaid: bool = False
    """Only those on which something is due."""
    overdue: bool = False
    """Only those that are due and whose due date has passed."""
    shared: bool | None = None
    """Only those with a link, or without one."""
    opened: bool | None = None
    """Only those that a client has opened, or those with a link that nobody has opened."""
    due_from: date | None = None
    due_to: date | None = None

    async def rows(self, staff: Staff) -> QuerySet[Invoice]:
        """Return the invoices. Raises BadInput for a period or a currency that can't be."""
        rows = self._narrowed(
            Invoice.all(),
            staff,
            Q(status=self.status) if self.status else None,
            Holds(_IS_OPEN) if self.unpaid or self.overdue else None,
            Q(due_date__lt=staff.today) if self.overdue else None,
            _shared("share_token", self.shared, self.status),
            _opened(self),
            _days("due_date", "due", self.due_from, self.due_to),
        )
        return await search(rows, staff, self.search)

    async def listing(self, staff: Staff, order: str) -> Listing[Invoice]:
        """Return the invoices in an order. Raises BadInput as `rows` does."""
        return listing_by(order, await self.rows(staff), staff, **self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFilter(_DocumentFilter):
    """Which quotes of the company are wanted."""

    status: QuoteStatus | None = None
    expired: bool = False
    """Only those without an answer whose last day has passed."""
    shared: bool | None = None
    """Only those with a link, or without one."""

    async def rows(self, staff: Staff) -> QuerySet[Quote]:
        """Return the quotes. Raises BadInput for a period or a currency that can't be."""
        rows = self._narrowed(
            Quote.all(),
            staff,
            Q(status=self.status) if self.status else None,
            Q(status=QuoteStatus.SENT, valid_until__lt=staff.today) if self.expired else None,
            _shared("share_token", self.shared, self.status),
        )
        return await search(rows, staff, self.search)

    async def listing(self, staff: Staff, order: str) -> Listing[Quote]:
        """Return the quotes in an order. Raises BadInput as `rows` does."""
        return listing_by(order, await self.rows(staff), staff, **self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteFilter(_DocumentFilter):
    """Which credit notes of the company are wanted."""

    status: CreditNoteStatus | None = None

    async def rows(self, staff: Staff) -> QuerySet[CreditNote]:
        """Return the credit notes. Raises BadInput for a period or a currency that can't be."""
        status = Q(status=self.status) if self.status else None
        return await search(self._narrowed(CreditNote.all(), staff, status), staff, self.search)

    async def listing(self, staff: Staff, order: str) -> Listing[CreditNote]:
        """Return the credit notes in an order. Raises BadInput as `rows` does."""
        return listing_by(order, await self.rows(staff), staff, **self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter(_Filter):
    """Which customers of the company are wanted."""

    shared: bool | None = None
    """Only those whose account has a link, or has none."""

    async def rows(self, staff: Staff) -> QuerySet[Customer]:
        """Return the customers."""
        rows = self._of_ids(Customer.filter(company_id=staff.company_id))
        if shared := _shared("portal_token", self.shared):
            rows = rows.filter(shared)
        return await search_customers(rows, staff, self.search)

    async def listing(self, staff: Staff, order: str) -> Listing[Customer]:
        """Return the customers in an order."""
        return listing_by(order, await self.rows(staff), staff, **self.given)


def _shared(
    token: str, shared: bool | None, status: InvoiceStatus | QuoteStatus | None = None
) -> Q | None:
    if shared is None:
        return None
    if shared and status in _HIDDEN:
        return _NOTHING
    condition: Any = {f"{token}__isnull": not shared}
    return Q(**condition)


def _opened(wanted: InvoiceFilter) -> Q | None:
    if wanted.opened is None:
        return None
    if wanted.status is InvoiceStatus.DRAFT:
        return _NOTHING
    if wanted.opened:
        return Q(first_viewed_at__isnull=False)
    return Q(share_token__isnull=False, first_viewed_at__isnull=True)


def _days(column: str, name: str, first: date | None, last: date | None) -> Q | None:
    """Return the condition of a period, whose days are given as `name`From and `name`To."""
    if first and last and first > last:
        raise BadInput(Text("The period ends before it begins."), field=f"{name}To")
    days: dict[str, Any] = {f"{column}__gte": first, f"{column}__lte": last}
    return Q(**{name: day for name, day in days.items() if day}) or None
