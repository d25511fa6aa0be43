"""Whose timeline it is, and the positions in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from uuid import UUID

from models import Customer
from models.documents import PricedDocument
from services.activity.entries import SubjectKind
from services.common.pagination import (
    MAX_BIGINT,
    Key,
    decode_cursor,
    encode_cursor,
    instant,
    natural,
)

_KEY: Final[Key] = (
    ("views", natural),
    ("updates", natural),
    ("emailed_at", instant),
    ("email_id", UUID),
    ("noted_at", instant),
    ("entry_id", UUID),
)
LATEST: Final = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
EARLIEST: Final = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
NOUNS: Final = {
    "invoice": SubjectKind.INVOICE,
    "quote": SubjectKind.QUOTE,
    "credit note": SubjectKind.CREDIT_NOTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A document, a customer with all of their documents, or with type None a whole company."""

    id: UUID
    type: SubjectKind | None = None
    only_clients: bool = False
    """Whether it has only what clients did, and what happened to their payments."""

    @classmethod
    def of_company(cls, company_id: UUID, *, only_clients: bool = False) -> Self:
        """Return the scope of a company."""
        return cls(id=company_id, only_clients=only_clients)

    @classmethod
    def of_customer(cls, customer: Customer) -> Self:
        """Return the scope of a customer."""
        return cls(id=customer.id, type=SubjectKind.CUSTOMER)

    @classmethod
    def of_document(cls, document: PricedDocument) -> Self:
        """Return the scope of an invoice, a quote or a credit note."""
        return cls(id=document.id, type=NOUNS[document.noun])

    @property
    def column(self) -> str:
        """The column by which events and e-mails belong to it."""
        return f"{(self.type or 'company').lower()}_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the rest of a timeline begins: in each kind of rows, the newest one that is left."""

    views: int = MAX_BIGINT
    updates: int = MAX_BIGINT
    emails: tuple[datetime, UUID] = LATEST
    entries: tuple[datetime, UUID] = LATEST

    @classmethod
    def of(cls, cursor: str | None, scope: Scope) -> Self:
        """Return the position in a cursor, or without one the start. Raises BadInput."""
        if not cursor:
            return cls()
        values = decode_cursor(cursor, _KEY, scope=_name(scope))
        views, updates, emailed_at, email_id, noted_at, entry_id = values
        return cls(
            views=views,
            updates=updates,
            emails=(emailed_at, email_id),
            entries=(noted_at, entry_id),
        )

    def cursor(self, scope: Scope) -> str:
        """Return the cursor of a timeline's position."""
        values: Sequence[object] = (self.views, self.updates, *self.emails, *self.entries)
        return encode_cursor(*values, scope=_name(scope))


def _name(scope: Scope) -> str:
    """Return what cursors begin with, so that they only work in their own timeline."""
    part = "CLIENTS" if scope.only_clients else scope.type or "COMPANY"
    return f"timeline:{part}:{scope.id.hex}"
