"""All objects that there are, each on the account that it was made on."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from dev.stripe_sandbox.errors import ResourceMissing

Object: TypeAlias = dict[str, Any]
"""An object of Stripe's API, as its JSON is."""
Account: TypeAlias = str | None
"""A connected account's id, or None for the platform's own."""

PARAMS: Final = {
    "account": "account",
    "charge": "id",
    "checkout.session": "session",
    "dispute": "dispute",
    "event": "id",
    "payment_intent": "intent",
    "refund": "refund",
}
"""How an error calls the id of an object in a URL."""


def visible(found: Object) -> Object:
    """Return an object as the API shows it: what begins with an underscore is the sandbox's own."""
    return {name: deepcopy(value) for name, value in found.items() if not name.startswith("_")}


@dataclass(slots=True)
class _Row:
    account: Account
    object: Object


@dataclass(slots=True)
class Store:
    """The objects, in the order in which they were made."""

    _rows: dict[str, dict[str, _Row]] = field(default_factory=lambda: {kind: {} for kind in PARAMS})
    additions: int = 0
    """How often something was added: whatever happens adds an event."""

    def add(self, account: Account, made: Object) -> Object:
        """Keep a new object on `account`."""
        self._rows[made["object"]][made["id"]] = _Row(account, made)
        self.additions += 1
        return made

    def find(self, kind: str, id_: str, account: Account, param: str | None = None) -> Object:
        """Return an object of `account`; ResourceMissing for anybody else's."""
        row = self._rows[kind].get(id_)
        if row is None or row.account != account:
            raise ResourceMissing(kind, id_, param or PARAMS[kind])
        return row.object

    def anywhere(self, kind: str, id_: str) -> Object:
        """Return an object of whatever account; ResourceMissing."""
        row = self._rows[kind].get(id_)
        if row is None:
            raise ResourceMissing(kind, id_, PARAMS[kind])
        return row.object

    def owner(self, found: Object) -> Account:
        """Return whose an object is."""
        return self._rows[found["object"]][found["id"]].account

    def of(self, kind: str, account: Account, **equal: str | None) -> list[Object]:
        """Return an account's objects of a kind, the newest first.

        Each of `equal` that isn't None must be the value of that field.
        """
        wanted = {name: value for name, value in equal.items() if value is not None}
        return [
            row.object
            for row in reversed(self._rows[kind].values())
            if row.account == account and wanted.items() <= _fields(row.object, wanted).items()
        ]

    def rows(self) -> Iterator[tuple[Account, Object]]:
        """Yield all objects, each with its account, the oldest of a kind first."""
        for table in self._rows.values():
            for row in table.values():
                yield row.account, row.object

    def everywhere(self, kind: str) -> Iterator[Object]:
        """Yield all objects of a kind, the newest first."""
        for row in reversed(list(self._rows[kind].values())):
            yield row.object


def _fields(found: Object, names: dict[str, str]) -> Object:
    return {name: found[name] for name in names}
