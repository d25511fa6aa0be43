"""What the address of a list asks for. What can't be understood is named and left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic
from uuid import UUID

from starlette.datastructures import QueryParams

from banking.currencies import EXPONENTS
from core.search_texts import clean_search
from web.dashboard.forms.fields import DATE_HINT
from web.dashboard.lists.kinds import FilterT, ListKind
from web.dashboard.lists.orders import ListOrder
from web.dashboard.lists.pagination import build_url

MAX_IDS: Final = 500
"""Rows that an address can name."""
_MAX_VALUE: Final = 40
"""Characters of a value that is repeated to its reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery(Generic[FilterT]):
    """What the address of a list asks for."""

    kind: ListKind[FilterT]
    wanted: FilterT
    order: ListOrder
    values: Mapping[str, str]
    """What narrows the list, by query parameter, as it was entered."""
    errors: Mapping[str, str]
    """What is wrong, by query parameter."""

    @property
    def valid(self) -> dict[str, str]:
        """The values that narrow the list."""
        return {name: value for name, value in self.values.items() if name not in self.errors}

    @property
    def status(self) -> str:
        """The name of the tab, or another status; empty for all."""
        return self.valid.get("status", "").lower()

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for more than a tab."""
        return any(value for name, value in self.valid.items() if name != "status")

    def value(self, name: str) -> str:
        """Return a parameter as it was entered."""
        return self.values.get(name, "")

    def has(self, *names: str) -> bool:
        """Whether one of the parameters is given."""
        return any(self.values.get(name) for name in names)

    def url(self, path: str = "", **changes: str) -> str:
        """Return the address that asks for the same, but for `changes`, from the first page."""
        query = {**self.valid, "order": self.order.parameter, **changes}
        return build_url(path or self.kind.path, query)


def parse(kind: ListKind[FilterT], query: QueryParams) -> ListQuery[FilterT]:
    """Return what a query asks of a list."""
    reader = _Reader(query)
    reader.values["q"] = reader.narrowing["search"] = clean_search(query.get("q", ""))
    for name, choices in kind.choices.items():
        if value := reader.value(name).lower():
            reader.accept(name, choices.get(value), f"“{{}}” isn't an option. {_one_of(choices)}")
    for name, column in kind.days.items():
        if value := reader.value(name):
            day = _day(value)
            reader.accept(name, {column: day} if day else None, f"“{{}}” isn't a date. {DATE_HINT}")
    reader.check_periods(kind.days)
    if kind.is_of_documents:
        reader.read_customer_and_currency()
    reader.read_ids()
    order = reader.value("order").upper()
    if order and order not in kind.orders.__members__:
        reader.errors["order"] = f"The list can't be sorted by “{order[:_MAX_VALUE].lower()}”."
        order = ""
    del reader.values["order"]
    return ListQuery(
        kind=kind,
        wanted=kind.filter(**reader.narrowing),
        order=ListOrder(order or _usual_order(reader.narrowing), is_chosen=bool(order)),
        values=reader.values,
        errors=reader.errors,
    )


class _Reader:
    """Reads parameters of a query, and collects what they narrow a list to."""

    def __init__(self, query: QueryParams) -> None:
        self._query = query
        self.values: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self.narrowing: dict[str, Any] = {}

    def value(self, name: str) -> str:
        """Return a parameter as it was entered."""
        value = self._query.get(name, "").replace("\x00", "").strip()
        self.values[name] = value
        return value

    def accept(self, name: str, narrowing: Mapping[str, object] | None, refusal: str) -> None:
        """Narrow the list, or note what is wrong with a parameter. `{}` in it is the value."""
        if narrowing is None:
            self.errors[name] = refusal.replace("{}", self.values[name][:_MAX_VALUE])
        else:
            self.narrowing |= narrowing

    def read_customer_and_currency(self) -> None:
        """Narrow the list to documents of a customer or in a currency."""
        if value := self.value("currency").upper():
            known = {"currency": value} if value in EXPONENTS else None
            self.accept("currency", known, "“{}” isn't a currency. Enter a code, like EUR.")
        if value := self.value("customer"):
            customer_id = _id(value)
            of_customer = {"customer_id": customer_id} if customer_id else None
            self.accept("customer", of_customer, "There is no such customer.")

    def read_ids(self) -> None:
        """Narrow the list to the rows that are named, if any are."""
        if not (given := self._query.getlist("id")):
            return
        ids = [each for each in map(_id, given) if each]
        self.narrowing["ids"] = ids[:MAX_IDS]
        if len(ids) < len(given):
            self.errors["id"] = "There is no such row."
        if len(ids) > MAX_IDS:
            self.errors["id"] = f"Choose at most {MAX_IDS} rows."

    def check_periods(self, days: Mapping[str, str]) -> None:
        """Leave out the end of a period that is before its beginning."""
        for last, column in days.items():
            if not column.endswith("_to") or column not in self.narrowing:
                continue
            first = self.narrowing.get(f"{column.removesuffix('_to')}_from")
            if first and first > self.narrowing[column]:
                del self.narrowing[column]
                self.errors[last] = "The period ends before it begins."


def _usual_order(narrowing: Mapping[str, object]) -> str:
    """Return the order that is used unless one is chosen: of a period, by its days."""
    if any(name.startswith("issued_") for name in narrowing):
        return "ISSUE_DATE_DESC"
    if any(name.startswith("due_") for name in narrowing):
        return "DUE_DATE"
    return "NEWEST"


def _one_of(choices: Mapping[str, object]) -> str:
    return f"Choose one of: {', '.join(choices)}."


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
