"""How often passwords, codes and links may be tried: by one client, and for one account."""

from dataclasses import dataclass
from uuid import UUID

from limits import RateLimitItem

from auth.client_info import ClientInfo
from auth.known_browsers import KnownBrowsers, account_key
from core.rate_limits import RateLimiter


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts attempts. An account is an e-mail address, whether anyone has it or not.

    Only failures count for an account, since a success clears its count. A browser in which its
    user has signed in before has a count of its own, so that a stranger can't lock the user out.
    """

    rate_limiter: RateLimiter
    known_browsers: KnownBrowsers
    per_ip: RateLimitItem
    per_account: RateLimitItem

    async def count_client(self, client_info: ClientInfo) -> None:
        """Count an attempt of a client. Raises RateLimited."""
        await self.rate_limiter.hit(self.per_ip, "sign-in", client_info.rate_limit_key)

    async def count_password(self, email: str, browser: str = "") -> None:
        """Count a password that is about to be checked. Raises RateLimited.

        `browser` is the cookie of a known browser, if the client sent one.
        """
        await self.rate_limiter.hit(self.per_account, *self._key("password", email, browser))

    async def clear_passwords(self, email: str, browser: str = "") -> None:
        """Forget the passwords that were counted, after a right one."""
        await self.rate_limiter.clear(self.per_account, *self._key("password", email, browser))

    async def count_confirmation(self, session_id: UUID) -> None:
        """Count a password that a session gives again. Raises RateLimited."""
        await self.rate_limiter.hit(self.per_account, "confirm password", str(session_id))

    async def clear_confirmations(self, session_id: UUID) -> None:
        """Forget the passwords that a session gave, after a right one."""
        await self.rate_limiter.clear(self.per_account, "confirm password", str(session_id))

    def _key(self, kind: str, email: str, browser: str) -> tuple[str, str, str]:
        known = self.known_browsers.identify(browser, email) if browser else None
        return (f"sign-in {kind}", account_key(email), known or "anyone")
