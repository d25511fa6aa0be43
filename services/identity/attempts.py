"""How often passwords, codes and links may be tried: by one client, and for one account."""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from uuid import UUID

from limits import RateLimitItem, parse
from structlog import get_logger

from auth.client_info import ClientInfo
from auth.known_browsers import KnownBrowsers, account_key
from core.hit_counters import Hit
from core.rate_limits import RateLimiter
from errors import RateLimited

_Step: TypeAlias = Literal["password", "link", "session"]
"""What somebody had to have before they could give a code."""
_CODES_PER_DAY: Final = parse("50/day")
"""Wrong codes. Three in a million are right at any time, so guessing one takes years."""

_RESETS_PER_HOUR: Final = parse("5/hour")
"""E-mails to one address."""

log = get_logger("invotify.security")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAttempt:
    """An attempt that was counted before it is known whether it succeeds."""

    rates: tuple[RateLimitItem, ...]
    key: tuple[str, ...]
    only_user: UUID | None = field(default=None)
    """The user of a known browser, if it was counted there. It may open nobody else's account."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts failures, since an attempt that succeeds is given back.

    Passwords count for an e-mail address, whether anyone has it or not. Once there are too many,
    only browsers in which a user of the address has signed in before may go on: each has a count
    of its own, so that strangers can't lock people out. It is only for that user, because the same
    address may belong to a stranger's user at another company.
    """

    rate_limiter: RateLimiter
    known_browsers: KnownBrowsers
    per_ip: RateLimitItem
    per_account: RateLimitItem

    async def count_client(self, client_info: ClientInfo) -> None:
        """Count an attempt of a client. Raises RateLimited."""
        key = ("sign-in", client_info.rate_limit_key)
        await self.rate_limiter.hit(self.per_ip, *key, policy="sign-in-per-ip")

    async def count_password(self, email: str, browser: str = "") -> CountedAttempt:
        """Count a password that is about to be checked. Raises RateLimited.

        `browser` is the cookie of a known browser, if the client sent one.
        """
        return await self._count((self.per_account,), "password", account_key(email), browser)

    async def count_code(self, after: _Step, account: UUID, browser: str = "") -> CountedAttempt:
        """Count a code that is about to be checked. Raises RateLimited.

        `account` is a user, or a session that gives the password again. Each step counts by itself:
        who knows a password only can't use up the codes of who has a link or a session.
        """
        rates = (self.per_account, _CODES_PER_DAY)
        return await self._count(rates, f"code after {after}", str(account), browser)

    def user_of_browser(self, browser: str) -> UUID | None:
        """Return the user who has signed in before in the browser with this cookie, if any."""
        known = self.known_browsers.identify(browser)
        return None if known is None else known.user_id

    async def count_confirmation(self, session_id: UUID) -> CountedAttempt:
        """Count a password that a session gives again. Raises RateLimited."""
        return await self._count((self.per_account,), "confirmation", str(session_id), "")

    async def count_reset(self, email: str) -> None:
        """Count a link to set a new password that is asked for by e-mail. Raises RateLimited."""
        await self.rate_limiter.hit(_RESETS_PER_HOUR, "password reset", account_key(email))

    async def give_back(self, attempt: CountedAttempt) -> None:
        """Don't count an attempt after all, since it succeeded."""
        for rate in attempt.rates:
            await self.rate_limiter.give_back(rate, *attempt.key)

    async def _count(
        self, rates: tuple[RateLimitItem, ...], kind: str, account: str, browser: str
    ) -> CountedAttempt:
        try:
            return await self._hit(rates, (kind, account))
        except RateLimited:
            known = self.known_browsers.identify(browser)
            if known is None:
                log.warning("security.attempts_limited", kind=kind)
                raise
            return await self._hit(rates, (kind, account, known.name), known.user_id)

    async def _hit(
        self, rates: tuple[RateLimitItem, ...], key: tuple[str, ...], user_id: UUID | None = None
    ) -> CountedAttempt:
        key = ("sign-in", *key)
        await self.rate_limiter.hit_all(*(Hit(rate=rate, key=key) for rate in rates))
        return CountedAttempt(rates=rates, key=key, only_user=user_id)
