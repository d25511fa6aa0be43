"""The lists of the dashboard: what their addresses can ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Generic, TypeAlias, TypeVar

from models import CreditNoteStatus, InvoiceStatus, QuoteStatus
from services.billing.lists.filters import (
    CreditNoteFilter,
    CustomerFilter,
    InvoiceFilter,
    QuoteFilter,
)
from services.billing.lists.orders import (
    CreditNoteOrder,
    CustomerOrder,
    InvoiceOrder,
    QuoteOrder,
)

AnyFilter: TypeAlias = InvoiceFilter | QuoteFilter | CreditNoteFilter | CustomerFilter
FilterT = TypeVar("FilterT", InvoiceFilter, QuoteFilter, CreditNoteFilter, CustomerFilter)
Narrowing: TypeAlias = Mapping[str, object]
"""Fields of a filter, and their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKind(Generic[FilterT]):
    """A list: its address, and what can be asked for there."""

    path: str
    things: str
    """What it lists, in plural."""
    filter: type[FilterT]
    orders: type[StrEnum]
    choices: Mapping[str, Mapping[str, Narrowing]]
    """By query parameter and value: what it narrows the list to."""
    days: Mapping[str, str] = field(default_factory=dict)
    """The fields of the filter that are days, by query parameter."""
    is_of_documents: bool = True
    """Whether it can be narrowed by customer and currency."""
    tabs: Sequence[str] = ()
    """Statuses with a tab of their own; empty for all."""

    @property
    def file_name(self) -> str:
        """The name of files with the list, without a day and without what they end with."""
        return self.things.replace(" ", "-")

    def file_path(self, extension: str) -> str:
        """Return the address of the list as a file."""
        return f"/{self.file_name}.{extension}"


def _statuses(statuses: type[StrEnum]) -> dict[str, Narrowing]:
    return {status.lower(): {"status": status} for status in statuses}


_SHARED: Final[Mapping[str, Narrowing]] = {"yes": {"shared": True}, "no": {"shared": False}}
_ISSUED: Final = {"from": "issued_from", "to": "issued_to"}

INVOICES: Final = ListKind(
    path="/dashboard/invoices",
    things="invoices",
    filter=InvoiceFilter,
    orders=InvoiceOrder,
    choices={
        "status": {
            **_statuses(InvoiceStatus),
            "open": {"unpaid": True},
            "overdue": {"overdue": True},
        },
        "opened": {
            "no": {"opened": False},
            "yes": {"opened": True},
            "unpaid": {"opened": True, "unpaid": True},
        },
        "shared": _SHARED,
    },
    days={**_ISSUED, "due_from": "due_from", "due_to": "due_to"},
    tabs=("", "draft", "open", "overdue", "paid", "cancelled"),
)
QUOTES: Final = ListKind(
    path="/dashboard/quotes",
    things="quotes",
    filter=QuoteFilter,
    orders=QuoteOrder,
    choices={
        "status": {**_statuses(QuoteStatus), "expired": {"expired": True}},
        "shared": _SHARED,
    },
    days=_ISSUED,
    tabs=("", "draft", "sent", "accepted", "declined", "expired"),
)
CREDIT_NOTES: Final = ListKind(
    path="/dashboard/credit-notes",
    things="credit notes",
    filter=CreditNoteFilter,
    orders=CreditNoteOrder,
    choices={"status": _statuses(CreditNoteStatus)},
    days=_ISSUED,
    tabs=("", "draft", "issued", "applied", "void"),
)
CUSTOMERS: Final = ListKind(
    path="/dashboard/customers",
    things="customers",
    filter=CustomerFilter,
    orders=CustomerOrder,
    choices={"shared": _SHARED},
    is_of_documents=False,
)
