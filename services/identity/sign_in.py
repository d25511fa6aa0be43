"""Signing in: the password, the company if there are several, and a code where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from structlog import get_logger

from auth.client_info import ClientInfo
from auth.refusals import CodeRequired, CodeWrong, CompanyRequired
from auth.secrets import Passwords
from auth.staff import Staff
from core.background import BackgroundTasks
from db.transactions import transactional
from errors import Text, Unauthenticated
from models import AuditAction, Company, User
from services.common import audit_log
from services.identity.attempts import Attempts
from services.identity.credentials import IssuedCredential
from services.identity.second_factor import use_code
from services.identity.sessions import open_session

_MAX_EMAIL: Final = 254
"""Characters of an address (RFC 5321 4.5.3.1.3). Nobody has a longer one."""
_WRONG: Final = Text("The e-mail address or the password is wrong.")

log = get_logger("invotify.security")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """An address with a password, and where they come from."""

    email: str
    password: str
    client_info: ClientInfo
    browser: str = ""
    """The cookie of a known browser, if the client sent one."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signs staff in with e-mail and password."""

    passwords: Passwords
    attempts: Attempts
    background: BackgroundTasks

    async def __call__(
        self, attempt: SignInAttempt, *, code: str | None = None, company_id: str | None = None
    ) -> tuple[IssuedCredential, Staff]:
        """Return a new session and its user.

        Raises RateLimited, Unauthenticated, which doesn't tell an unknown address from a wrong
        password, CompanyRequired, CodeRequired and CodeWrong.
        """
        user = await choose_user(await self.users_of(attempt), company_id)
        return await self.open(user, code, attempt.client_info, attempt.browser)

    async def users_of(self, attempt: SignInAttempt) -> list[User]:
        """Return the users, one for each company, with this address and password.

        All of them are tried at the cost of one. Raises RateLimited, and Unauthenticated if there
        are none.
        """
        await self.attempts.count_client(attempt.client_info)
        counted = await self.attempts.count_password(attempt.email, attempt.browser)
        try:
            users = await find_users(attempt.email)
            if counted.only_user is not None:
                users = [user for user in users if user.id == counted.only_user]
            hashes = [user.password_hash for user in users]
            matches = await self.passwords.matches(attempt.password, hashes)
        except Exception:  # nobody has learned whether the password is right
            await self.attempts.give_back(counted)
            raise
        fitting = [user for user, fits in zip(users, matches, strict=True) if fits]
        if not fitting:
            await self._note_wrong_password(users, attempt)
            raise Unauthenticated(_WRONG)
        await self.attempts.give_back(counted)
        return fitting

    async def open(
        self, user: User, code: str | None, client_info: ClientInfo, browser: str = ""
    ) -> tuple[IssuedCredential, Staff]:
        """Return a new session of a user who gave the password.

        Raises RateLimited, CodeRequired and CodeWrong, and Unauthenticated if the password was
        changed in the meantime.
        """
        if user.totp_confirmed_at is None or not code:
            return await _open(user, None, client_info)
        counted = await self.attempts.count_code("password", user.id, browser)
        if counted.only_user not in {None, user.id}:
            raise CodeWrong
        try:
            opened = await _open(user, code, client_info)
        except CodeWrong:
            detail = f"Wrong code. {origin_of(client_info)}"
            await self._note_failure([user], client_info, detail)
            raise
        await self.attempts.give_back(counted)
        return opened

    async def _note_wrong_password(self, users: Sequence[User], attempt: SignInAttempt) -> None:
        """Record it for the user of a known browser, or for each user of the address.

        Each of them, whether there are others or not: a company must not find out whether its
        user's address has another one elsewhere. Nor where somebody is who may have meant another.
        """
        known = self.attempts.user_of_browser(attempt.browser)
        meant = [user for user in users if user.id == known]
        origin = f". {origin_of(attempt.client_info)}" if meant else ""
        detail = f"Wrong password{origin}"
        await self._note_failure(meant or users, attempt.client_info, detail)

    async def _note_failure(
        self, users: Sequence[User], client_info: ClientInfo, detail: str
    ) -> None:
        """Log the failure, and record it for the users.

        Recording happens in the background, since it takes longer if there is a user.
        """
        log.warning(
            "security.sign_in_failed",
            detail=detail.partition(".")[0],
            ip=client_info.ip,
            user_ids=[str(user.id) for user in users],
        )
        await self.background.run(_record_failure(users, detail), wait=0)


async def find_users(email: str) -> list[User]:
    """Return the users with this address and a password, whatever is asked for.

    Those of disabled companies aren't among them.
    """
    address = email.strip().lower()
    if len(address) > _MAX_EMAIL or "\x00" in address:
        return []
    users = User.filter(email=address, company__disabled_at=None).exclude(password_hash="")
    return await users.order_by("created_at", "id")


async def choose_user(users: Sequence[User], company_id: str | None) -> User:
    """Return the user of the company `company_id`, or the only one.

    Raises CompanyRequired if there are several, and Unauthenticated if the company isn't theirs.
    """
    if company_id is not None:
        users = [user for user in users if str(user.company_id) == company_id.strip().lower()]
    match users:
        case []:
            raise Unauthenticated(_WRONG)
        case [user]:
            return user
        case _:
            raise CompanyRequired(await companies_of(users))


async def companies_of(users: Sequence[User]) -> list[tuple[str, str]]:
    """Return the id and the name of each user's company, sorted by name."""
    companies = await Company.filter(id__in=[user.company_id for user in users])
    pairs = [(str(company.id), company.name) for company in companies]
    return sorted(pairs, key=lambda pair: (pair[1].casefold(), pair[0]))


@transactional
async def _open(
    user: User, code: str | None, client_info: ClientInfo
) -> tuple[IssuedCredential, Staff]:
    locked = await User.select_for_update(no_key=True).get_or_none(id=user.id)
    if locked is None or locked.password_hash != user.password_hash:
        raise Unauthenticated(_WRONG)
    if locked.totp_confirmed_at is not None:
        if not code:
            raise CodeRequired
        if not await use_code(locked, code):
            raise CodeWrong
    issued, staff = await open_session(locked, client_info)
    await audit_log.note(
        staff, AuditAction.SIGNED_IN, locked.id, locked.name, detail=origin_of(client_info)
    )
    return issued, staff


@transactional
async def _record_failure(users: Sequence[User], detail: str) -> None:
    for user in users:
        await audit_log.note(
            audit_log.person(user), AuditAction.SIGN_IN_FAILED, user.id, user.name, detail=detail
        )


def origin_of(client_info: ClientInfo) -> str:
    """Return where a request came from, for the audit log."""
    return f"From {client_info.ip or 'an unknown address'}"
