"""The orders of the lists of documents and customers. Each has an index in the database."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.common.listings import Order
from services.common.pagination import (
    BY_CREATION,
    BY_DUE_DATE,
    BY_NAME,
    BY_NUMBER,
    BY_TOTAL,
    BY_VALIDITY,
)


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
    DUE_DATE = "DUE_DATE"
    DUE_DATE_DESC = "DUE_DATE_DESC"
    TOTAL = "TOTAL"
    TOTAL_DESC = "TOTAL_DESC"


class QuoteOrder(StrEnum):
    """An order of quotes."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    NUMBER = "NUMBER"
    NUMBER_DESC = "NUMBER_DESC"
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
    TOTAL = "TOTAL"
    TOTAL_DESC = "TOTAL_DESC"


ORDERS: Final[Mapping[str, Order]] = {
    "NEWEST": Order(BY_CREATION),
    "OLDEST": Order(BY_CREATION, descending=False),
    "NAME": Order(BY_NAME, descending=False),
    "NAME_DESC": Order(BY_NAME),
    "NUMBER": Order(BY_NUMBER, descending=False, has_nulls=True),
    "NUMBER_DESC": Order(BY_NUMBER, has_nulls=True),
    "DUE_DATE": Order(BY_DUE_DATE, descending=False, has_nulls=True),
    "DUE_DATE_DESC": Order(BY_DUE_DATE, has_nulls=True),
    "VALID_UNTIL": Order(BY_VALIDITY, descending=False, has_nulls=True),
    "VALID_UNTIL_DESC": Order(BY_VALIDITY, has_nulls=True),
    "TOTAL": Order(BY_TOTAL, descending=False),
    "TOTAL_DESC": Order(BY_TOTAL),
}
"""Each order by its name."""
