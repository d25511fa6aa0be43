"""Views that are ready to be written."""

from dataclasses import dataclass, field, replace
from secrets import randbits
from typing import Final, Self
from uuid import UUID

from db.signals import Signal
from models import ViewSource

VIEWS_RECORDED: Final = Signal()
"""Sent for each group of views of a company, with an announcement that may carry their rows."""
_ID_BITS: Final = 62
"""Of a view's id, which leaves room for what SQLite counts on from the largest.

It comes from the system. Python's generator can be seeded, as property tests do, and then two views
would get the same id.
"""


@dataclass(frozen=True, slots=True, eq=False)
class NewView:
    """A view of an invoice through a link with `token`, ready to be written. It equals no other."""

    invoice_id: UUID
    company_id: UUID
    token: str
    source: ViewSource
    ip: str | None
    user_agent: str
    automated: bool
    suspected: bool = False
    portal_customer_id: UUID | None = None
    """The customer whose portal `token` opens; None if it is the invoice's own."""
    id: int = field(default_factory=lambda: randbits(_ID_BITS))
    """The row's id, which tells later whether an attempt that broke off has written it."""

    def repeated(self) -> Self:
        """Return another view like this one, with an id of its own."""
        return replace(self, id=randbits(_ID_BITS))
