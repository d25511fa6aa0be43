"""The targets of links, as views are recorded for them: which invoice it is, and whose."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from core.batching import Batcher
from db.statements import fetch
from services.ledger.number_formats import number_keys

_SHARED: Final = (
    "SELECT share_token AS token, invoice.id, company_id"
    " FROM invoice JOIN company ON company.id = company_id"
    " WHERE share_token = ANY($1) AND status <> 'DRAFT' AND disabled_at IS NULL"
)
_IN_PORTALS: Final = (
    "SELECT portal_token AS token, number, invoice.id, invoice.company_id, customer_id"
    " FROM customer JOIN invoice ON invoice.company_id = customer.company_id"
    # As texts, so that all invoices of the customer aren't read by an index.
    " AND CAST(customer_id AS text) = CAST(customer.id AS text)"
    " JOIN company ON company.id = invoice.company_id"
    " WHERE portal_token = ANY($1) AND number_key = ANY($2) AND number = ANY($3)"
    " AND status <> 'DRAFT'"
    " AND disabled_at IS NULL"
)
"""Finds each of the numbers in each of the portals."""
_MAX_SHARED: Final = 200
_MAX_IN_PORTALS: Final = 50
"""Links that are looked up in one statement."""
_MAX_REMEMBERED: Final = 10_000
"""Links; each takes about 1 KiB."""


class LinkTarget(NamedTuple):
    """The invoice that a link opens, by its ids."""

    invoice_id: UUID
    company_id: UUID
    token: str
    portal_customer_id: UUID | None = None
    """The customer whose portal the link opens; None for the invoice's own link."""


class LinkTargets:
    """Finds the targets of links, under load those of many requests in one statement.

    What was found is remembered: a token, or a number in a portal, never opens anything else. But
    the link may have been revoked meanwhile.
    """

    def __init__(self) -> None:
        self._shared = Batcher(_find_shared, most=_MAX_SHARED)
        self._in_portals = Batcher(_find_in_portals, most=_MAX_IN_PORTALS)
        self._remembered: OrderedDict[tuple[str, ...], LinkTarget] = OrderedDict()

    async def find(self, *link: str) -> LinkTarget | None:
        """Return the target of a token, or of a number in a portal, if the link works."""
        target = await (self._shared.run(link[0]) if len(link) == 1 else self._in_portals.run(link))
        if target is None:
            self._remembered.pop(link, None)
        else:
            self.remember(target, *link)
        return target

    async def recall(self, *link: str) -> LinkTarget | None:
        """Return the target of a link that works, or did when it was last looked up."""
        return self._remembered.get(link) or await self.find(*link)

    def remember(self, target: LinkTarget, *link: str) -> None:
        """Remember what a link opens. If there are too many, the oldest is forgotten."""
        self._remembered[link] = target
        if len(self._remembered) > _MAX_REMEMBERED:
            self._remembered.popitem(last=False)


async def _find_shared(tokens: Sequence[str]) -> list[LinkTarget | None]:
    rows = {str(row["token"]): row for row in await fetch(_SHARED, list(tokens))}
    return [
        LinkTarget(invoice_id=_uuid(row["id"]), company_id=_uuid(row["company_id"]), token=token)
        if (row := rows.get(token))
        else None
        for token in tokens
    ]


async def _find_in_portals(links: Sequence[tuple[str, ...]]) -> list[LinkTarget | None]:
    tokens, numbers = zip(*links, strict=True)
    keys = [key for number in numbers for key in number_keys(number)]
    rows = {
        (str(row["token"]), row["number"]): row
        for row in await fetch(_IN_PORTALS, list(tokens), keys, list(numbers))
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
