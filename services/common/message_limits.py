"""How much clients may write: answers to quotes, and questions."""

from dataclasses import dataclass
from uuid import UUID

from limits import RateLimitItem

from auth.client_info import ClientInfo
from core.hit_counters import Hit
from core.rate_limits import RateLimiter


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """Counts what clients write."""

    rate_limiter: RateLimiter
    per_ip: RateLimitItem
    per_token: RateLimitItem

    async def count(self, opened_id: UUID, client_info: ClientInfo) -> None:
        """Count one more behind a link, which `opened_id` stands for. Raises RateLimited."""
        await self.rate_limiter.hit_all(
            Hit(
                rate=self.per_ip,
                key=("messages", client_info.rate_limit_key),
                policy="messages-per-ip",
            ),
            # By what the link opens, so that no token is stored in Redis.
            Hit(
                rate=self.per_token,
                key=("messages", str(opened_id)),
                policy="messages-per-token",
            ),
        )
