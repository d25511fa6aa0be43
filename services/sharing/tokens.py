"""From a token to its row: the one place through which every public way in goes.

Unknown, malformed, revoked and draft tokens are all NotFound, alike to the last word.
"""

import re
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem

from auth.client_info import ClientInfo
from core.rate_limits import RateLimiter
from db.compiled_queries import CompiledQuery, M
from errors import NotFound
from models import Customer, EmailPreference, Invoice, Quote

_TOKEN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""The canonical text of a random UUID (RFC 9562 5.4). No other spelling opens anything."""

_shared_invoice = CompiledQuery(
    Invoice,
    "company",
    "customer",
    where="invoice.share_token = $1 AND invoice.status <> 'DRAFT'",
)
_portal = CompiledQuery(Customer, "company", where="customer.portal_token = $1")
_portal_invoice = CompiledQuery(
    Invoice,
    "company",
    "customer",
    where="customer.portal_token = $1 AND invoice.number = $2 AND invoice.status <> 'DRAFT'",
)
_shared_quote = CompiledQuery(
    Quote,
    "company",
    "customer",
    where="quote.share_token = $1 AND quote.status <> 'DRAFT'",
)
_preference = CompiledQuery(EmailPreference, "company", where="email_preference.token = $1")


@dataclass(frozen=True, slots=True)
class TokenLookup:
    """Finds what tokens open, and refuses strangers who keep guessing."""

    rate_limiter: RateLimiter
    misses_per_ip: RateLimitItem
    preferences_per_ip: RateLimitItem

    async def find_shared_invoice(self, token: str, client_info: ClientInfo) -> Invoice:
        """Return the invoice that `token` shares, with its company and customer.

        Raises NotFound, and RateLimited for an address with too many misses.
        """
        return await self._find(_shared_invoice, client_info, token)

    async def find_portal(self, token: str, client_info: ClientInfo) -> Customer:
        """Return the customer whose portal `token` opens, with its company.

        Raises as `find_shared_invoice` does.
        """
        return await self._find(_portal, client_info, token)

    async def find_portal_invoice(
        self, token: str, number: str, client_info: ClientInfo
    ) -> Invoice:
        """Return the invoice `number` of the customer whose portal `token` opens.

        Raises as `find_shared_invoice` does.
        """
        return await self._find(_portal_invoice, client_info, token, number)

    async def find_shared_quote(self, token: str, client_info: ClientInfo) -> Quote:
        """Return the quote that `token` shares, with its company and customer.

        Raises as `find_shared_invoice` does.
        """
        return await self._find(_shared_quote, client_info, token)

    async def find_preference(self, token: str, client_info: ClientInfo) -> EmailPreference:
        """Return what the address of `token` wants, with its company.

        Each call counts against the limit of reads and writes, before anything is looked up.
        Raises as `find_shared_invoice` does, and RateLimited over that limit.
        """
        await self.rate_limiter.hit(
            self.preferences_per_ip, "preferences", client_info.rate_limit_key
        )
        return await self._find(_preference, client_info, token)

    async def _find(
        self, lookup: CompiledQuery[M], client_info: ClientInfo, token: str, *values: str
    ) -> M:
        self.rate_limiter.refuse_blocked("misses", client_info.rate_limit_key)
        if _TOKEN.fullmatch(token) and not any("\x00" in value for value in values):
            row = await lookup.first(token, *values)
            if row is not None:
                return row
        await self.rate_limiter.hit_or_block(
            self.misses_per_ip, "misses", client_info.rate_limit_key
        )
        raise NotFound
