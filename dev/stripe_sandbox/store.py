"""All objects, each with the account that it belongs to."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from dev.stripe_sandbox.errors import ResourceMissing

Object: TypeAlias = dict[str, Any]
"""The JSON of an object of Stripe's API. Names that begin with an underscore are private."""
Account: TypeAlias = str | None
"""A connected account's id, or None for the platform."""

ID_PARAMS: Final = {
    "account": "account",
    "charge": "id",
    "checkout.session": "session",
    "dispute": "dispute",
    "event": "id",
    "payment_intent": "intent",
    "refund": "refund",
}
"""The parameter that an error names for an id in the path, by the kind of object."""


def public_fields(item: Object) -> Object:
    """Return a copy of an object without its private fields."""
    return {name: deepcopy(value) for name, value in item.items() if not name.startswith("_")}


@dataclass(slots=True)
class _Row:
    account: Account
    object: Object


def _empty_tables() -> dict[str, dict[str, _Row]]:
    return {kind: {} for kind in ID_PARAMS}


@dataclass(slots=True)
class Store:
    """The objects of each kind, in the order of their creation."""

    _rows: dict[str, dict[str, _Row]] = field(default_factory=_empty_tables)
    additions: int = 0
    """How many objects were added. Every change adds at least its event."""

    def add(self, account: Account, item: Object) -> Object:
        """Add a new object of an account, and return it."""
        self._rows[item["object"]][item["id"]] = _Row(account, item)
        self.additions += 1
        return item

    def find(self, kind: str, id_: str, account: Account, param: str | None = None) -> Object:
        """Return an object of an account. Raises ResourceMissing."""
        row = self._rows[kind].get(id_)
        if row is None or row.account != account:
            raise ResourceMissing(kind, id_, param or ID_PARAMS[kind])
        return row.object

    def get(self, kind: str, id_: str) -> Object:
        """Return an object of any account. Raises ResourceMissing."""
        row = self._rows[kind].get(id_)
        if row is None:
            raise ResourceMissing(kind, id_, ID_PARAMS[kind])
        return row.object

    def owner(self, item: Object) -> Account:
        """Return the account of an object."""
        return self._rows[item["object"]][item["id"]].account

    def filter(self, kind: str, account: Account, **fields: str | None) -> list[Object]:
        """Return an account's objects of a kind, newest first.

        They have the given values in the given fields; None accepts any value.
        """
        wanted = {name: value for name, value in fields.items() if value is not None}
        return [
            row.object
            for row in reversed(self._rows[kind].values())
            if row.account == account and wanted.items() <= _pick(row.object, wanted).items()
        ]

    def all(self, kind: str) -> Iterator[Object]:
        """Yield the objects of a kind of all accounts, newest first."""
        for row in reversed(list(self._rows[kind].values())):
            yield row.object

    def rows(self) -> Iterator[tuple[Account, Object]]:
        """Yield all objects with their accounts, the oldest of each kind first."""
        for table in self._rows.values():
            for row in table.values():
                yield row.account, row.object


def _pick(item: Object, names: dict[str, str]) -> Object:
    return {name: item[name] for name in names}
