"""Texts that the processes share through Redis for a day, by their SHA-256 digests."""

from hashlib import sha256
from typing import Final

from limits import RateLimitItem, parse
from redis.exceptions import RedisError
from structlog import get_logger

from core.background import BackgroundTasks
from core.hit_counters import Hit
from core.rate_limits import RateLimiter
from core.redis_connection import RedisConnection
from errors import RateLimited

_PREFIX: Final = "invotify:texts"
_SECONDS: Final = 24 * 60 * 60
_TIMEOUT: Final = 0.5
"""Seconds that a request waits for Redis."""
_MIN_LENGTH: Final = 200
"""Shorter texts count as this many characters, since they need memory, too."""
_PER_CLIENT: Final = parse("65536/day")
"""Characters that one client may have shared."""
_IN_ALL: Final = parse("16777216/day")
"""Characters that all may have shared, so that Redis stays small whatever strangers send."""

log = get_logger(__name__)


class SharedTexts:
    """Texts that any of the processes has shared. Without Redis, there are none."""

    def __init__(
        self,
        redis_url: str | None,
        rate_limiter: RateLimiter,
        *,
        per_client: RateLimitItem = _PER_CLIENT,
        in_all: RateLimitItem = _IN_ALL,
    ) -> None:
        self._redis = None if redis_url is None else RedisConnection(redis_url, timeout=_TIMEOUT)
        self._rate_limiter = rate_limiter
        self._per_client = per_client
        self._in_all = in_all
        self._sharing = BackgroundTasks("share a text", shutdown_timeout=_TIMEOUT)

    async def close(self) -> None:
        """Wait briefly for texts that are being shared, and close the connection."""
        await self._sharing.stop()
        if self._redis is not None:
            self._redis.close()

    async def find(self, digest: str) -> str | None:
        """Return the text with this digest. None if nobody shared it or Redis is away."""
        if self._redis is None:
            return None
        try:
            text: str | None = await self._redis.execute("GET", f"{_PREFIX}:{digest}")
        except (RedisError, OSError):
            return None
        return text if text is not None and _digest_of(text) == digest else None

    def share(self, text: str, client: str) -> None:
        """Share a text that `client` sent, in the background, unless too much was shared today."""
        if self._redis is not None:
            self._sharing.start(self._share(self._redis, text, client))

    async def _share(self, redis: RedisConnection, text: str, client: str) -> None:
        length = max(len(text), _MIN_LENGTH)
        try:
            await self._rate_limiter.hit_all(
                Hit(rate=self._per_client, key=("texts", client), times=length),
                Hit(rate=self._in_all, key=("texts",), times=length),
            )
            await redis.execute("SET", f"{_PREFIX}:{_digest_of(text)}", text, "EX", _SECONDS)
        except (RateLimited, RedisError, OSError) as error:
            log.debug("texts.not_shared", error=repr(error))


def _digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()
