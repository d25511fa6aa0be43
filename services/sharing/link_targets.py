"""What of a link is needed to record a view: which invoice it opens, and whose that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.batching import Batcher
from db.statements import fetch

_SHARED: Final = (
    "SELECT share_token AS token, id, company_id FROM invoice"
    " WHERE share_token = ANY($1) AND status <> 'DRAFT'"
)
_IN_PORTALS: Final = (
    "SELECT portal_token AS token, number, invoice.id, invoice.company_id, customer_id"
    " FROM customer JOIN invoice ON customer_id = customer.id"
    " WHERE portal_token = ANY($1) AND number = ANY($2) AND status <> 'DRAFT'"
)
"""Finds each of the numbers in each of the portals."""
_MAX_SHARED: Final = 200
_MAX_IN_PORTALS: Final = 50
"""Links that are looked up in one statement."""


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """The invoice that a link opens, by its ids."""

    invoice_id: UUID
    company_id: UUID
    token: str
    portal_customer_id: UUID | None = None
    """The customer whose portal the link opens; None for the invoice's own link."""


class LinkTargets:
    """Finds the targets of links, under load those of many requests in one statement."""

    def __init__(self) -> None:
        self._shared = Batcher(_find_shared, most=_MAX_SHARED)
        self._in_portals = Batcher(_find_in_portals, most=_MAX_IN_PORTALS)

    async def find_shared(self, token: str) -> LinkTarget | None:
        """Return the target of an invoice's own link, if it works."""
        return await self._shared.run(token)

    async def find_in_portal(self, token: str, number: str) -> LinkTarget | None:
        """Return the target of an invoice's link in a portal, if it works."""
        return await self._in_portals.run((token, number))


async def _find_shared(tokens: Sequence[str]) -> list[LinkTarget | None]:
    rows = {str(row["token"]): row for row in await fetch(_SHARED, list(tokens))}
    return [
        LinkTarget(invoice_id=_uuid(row["id"]), company_id=_uuid(row["company_id"]), token=token)
        if (row := rows.get(token))
        else None
        for token in tokens
    ]


async def _find_in_portals(links: Sequence[tuple[str, str]]) -> list[LinkTarget | None]:
    tokens, numbers = map(list, zip(*links, strict=True))
    rows = {
        (str(row["token"]), row["number"]): row for row in await fetch(_IN_PORTALS, tokens, numbers)
    }
    return [
        LinkTarget(
            invoice_id=_uuid(row["id"]),
            company_id=_uuid(row["company_id"]),
            token=token,
            portal_customer_id=_uuid(row["customer_id"]),
        )
        if (row := rows.get((token, number)))
        else None
        for token, number in links
    ]


def _uuid(value: UUID | str) -> UUID:
    """Return an id as the ORM does: SQLite has texts."""
    return value if isinstance(value, UUID) else UUID(value)
