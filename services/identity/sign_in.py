"""Signing in with e-mail address and password."""

from dataclasses import dataclass
from typing import Final

from auth.client_info import ClientInfo
from auth.secrets import Passwords
from auth.staff import Staff
from errors import Unauthenticated
from models import User
from services.identity.attempts import Attempts
from services.identity.credentials import IssuedCredential
from services.identity.sessions import open_session

_MAX_EMAIL: Final = 254
"""Characters of an address (RFC 5321 4.5.3.1.3). Nobody has a longer one."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signs staff in with e-mail and password."""

    passwords: Passwords
    attempts: Attempts

    async def __call__(
        self, email: str, password: str, client_info: ClientInfo, browser: str = ""
    ) -> tuple[IssuedCredential, Staff]:
        """Return a new session and its user; `browser` is the cookie of a known browser.

        Raises RateLimited, and Unauthenticated, which doesn't tell an unknown address from a wrong
        password.
        """
        await self.attempts.count_client(client_info)
        await self.attempts.count_password(email, browser)
        user = await _find_user(email)
        known = user.password_hash if user else None
        if not await self.passwords.verify(password, known) or user is None:
            raise Unauthenticated("The e-mail address or the password is wrong.")
        await self.attempts.clear_passwords(email, browser)
        return await open_session(user, client_info)


async def _find_user(email: str) -> User | None:
    address = email.strip().lower()
    if len(address) > _MAX_EMAIL or "\x00" in address:
        return None
    # Several companies can have a user with this address.
    users = User.filter(email=address).exclude(password_hash="")
    return await users.order_by("created_at", "id").first()
