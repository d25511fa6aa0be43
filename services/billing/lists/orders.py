"""The orders of the lists of documents and customers. Each has an index in the database."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final, TypeVar

from tortoise.expressions import RawSQL
from tortoise.queryset import QuerySet

from auth.staff import Staff
from models import CreditNote, Customer, Invoice, Quote
from models.invoices import AMOUNT_DUE
from services.common.listings import Listing, Order, listing_of
from services.common.pagination import (
    BY_AMOUNT_DUE,
    BY_CREATION,
    BY_CUSTOMER,
    BY_DUE_DATE,
    BY_ISSUE_DATE,
    BY_LAST_VIEW,
    BY_NAME,
    BY_NUMBER,
    BY_TOTAL,
    BY_VALIDITY,
)

ListedT = TypeVar("ListedT", Invoice, Quote, CreditNote, Customer)


class CustomerOrder(StrEnum):
    """An order of customers."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NAME = "NAME"
    NAME_DESC = "NAME_DESC"


class InvoiceOrder(StrEnum):
    """An order of invoices."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NUMBER = "NUMBER"
    NUMBER_DESC = "NUMBER_DESC"
    CUSTOMER = "CUSTOMER"
    CUSTOMER_DESC = "CUSTOMER_DESC"
    ISSUE_DATE = "ISSUE_DATE"
    ISSUE_DATE_DESC = "ISSUE_DATE_DESC"
    DUE_DATE = "DUE_DATE"
    DUE_DATE_DESC = "DUE_DATE_DESC"
    TOTAL = "TOTAL"
    TOTAL_DESC = "TOTAL_DESC"
    AMOUNT_DUE = "AMOUNT_DUE"
    AMOUNT_DUE_DESC = "AMOUNT_DUE_DESC"
    LAST_VIEWED = "LAST_VIEWED"
    LAST_VIEWED_DESC = "LAST_VIEWED_DESC"


class QuoteOrder(StrEnum):
    """An order of quotes."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NUMBER = "NUMBER"
    NUMBER_DESC = "NUMBER_DESC"
    CUSTOMER = "CUSTOMER"
    CUSTOMER_DESC = "CUSTOMER_DESC"
    ISSUE_DATE = "ISSUE_DATE"
    ISSUE_DATE_DESC = "ISSUE_DATE_DESC"
    VALID_UNTIL = "VALID_UNTIL"
    VALID_UNTIL_DESC = "VALID_UNTIL_DESC"
    TOTAL = "TOTAL"
    TOTAL_DESC = "TOTAL_DESC"


class CreditNoteOrder(StrEnum):
    """An order of credit notes."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NUMBER = "NUMBER"
    NUMBER_DESC = "NUMBER_DESC"
    CUSTOMER = "CUSTOMER"
    CUSTOMER_DESC = "CUSTOMER_DESC"
    ISSUE_DATE = "ISSUE_DATE"
    ISSUE_DATE_DESC = "ISSUE_DATE_DESC"
    TOTAL = "TOTAL"
    TOTAL_DESC = "TOTAL_DESC"


ORDERS: Final[Mapping[str, Order]] = {
    "NEWEST": Order(BY_CREATION),
    "OLDEST": Order(BY_CREATION, descending=False),
    "NAME": Order(BY_NAME, descending=False),
    "NAME_DESC": Order(BY_NAME),
    "NUMBER": Order(BY_NUMBER, descending=False, nullable=1),
    "NUMBER_DESC": Order(BY_NUMBER, nullable=1),
    "CUSTOMER": Order(BY_CUSTOMER, descending=False, grouped_by=2),
    "CUSTOMER_DESC": Order(BY_CUSTOMER, grouped_by=2),
    "ISSUE_DATE": Order(BY_ISSUE_DATE, descending=False, nullable=1),
    "ISSUE_DATE_DESC": Order(BY_ISSUE_DATE, nullable=1),
    "DUE_DATE": Order(BY_DUE_DATE, descending=False, nullable=1),
    "DUE_DATE_DESC": Order(BY_DUE_DATE, nullable=1),
    "VALID_UNTIL": Order(BY_VALIDITY, descending=False, nullable=1),
    "VALID_UNTIL_DESC": Order(BY_VALIDITY, nullable=1),
    "TOTAL": Order(BY_TOTAL, descending=False),
    "TOTAL_DESC": Order(BY_TOTAL),
    "AMOUNT_DUE": Order(BY_AMOUNT_DUE, descending=False),
    "AMOUNT_DUE_DESC": Order(BY_AMOUNT_DUE),
    "LAST_VIEWED": Order(BY_LAST_VIEW, descending=False, nullable=2, nulls_are_least=True),
    "LAST_VIEWED_DESC": Order(BY_LAST_VIEW, nullable=2, nulls_are_least=True),
}
"""Each order by its name."""


def listing_by(
    name: str, rows: QuerySet[ListedT], staff: Staff, **filters: object
) -> Listing[ListedT]:
    """Return the company's `rows`, which `filters` have narrowed, in the named order.

    Those that are sorted by their customers come with them.
    """
    order = ORDERS[name]
    if order.key is BY_AMOUNT_DUE:
        rows = rows.annotate(amount_due=RawSQL(AMOUNT_DUE.format(of='"invoice".')))
    listing = listing_of(rows, name, order, **filters)
    if order.key is BY_CUSTOMER:
        # The database finds a company's customers in their order, and the documents of each.
        in_order = rows.filter(customer__company_id=staff.company_id).select_related("customer")
        return replace(listing, in_order=in_order)
    return listing
