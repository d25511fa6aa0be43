"""Setting passwords: through an invitation, or with the current password."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from auth.client_info import ClientInfo
from auth.password_rules import check_password
from auth.refusals import CodeRequired, CodeWrong
from auth.secrets import Passwords
from auth.staff import Staff
from db.transactions import transactional
from errors import BadInput, Forbidden, Text
from models import AuditAction, Company, Credential, Invitation, User
from services.common import audit_log
from services.common.notices import notify_user
from services.identity.attempts import Attempts
from services.identity.credentials import IssuedCredential
from services.identity.invitations import find_invited, use_invitation
from services.identity.second_factor import use_code
from services.identity.sessions import end_sessions, open_session
from services.identity.sign_in import find_users, origin_of


@dataclass(frozen=True, slots=True)
class PasswordChoice:
    """Sets users' passwords, with the same rate limits as signing in."""

    passwords: Passwords
    attempts: Attempts

    async def invited(self, secret: str, client_info: ClientInfo) -> User:
        """Return the user that an invitation is for.

        Raises RateLimited, and NotFound if it was used or replaced, or has ended.
        """
        await self.attempts.count_client(client_info)
        return await find_invited(secret)

    async def choose(
        self, secret: str, password: str, client_info: ClientInfo, code: str | None = None
    ) -> tuple[IssuedCredential, Staff]:
        """Set the password of the invited user and sign them in.

        This uses the invitation up and ends the user's other sessions. Raises RateLimited, BadInput
        for the password, CodeRequired or CodeWrong if the user has a second factor, and NotFound
        like `invited`.
        """
        user = await self.invited(secret, client_info)
        hashed = await self._hash(user, password)
        counted = await self.attempts.count_code("link", user.id) if code else None
        chosen = await _choose(secret, hashed, client_info, code)
        if counted is not None:
            await self.attempts.give_back(counted)
        return chosen

    async def change(
        self, staff: Staff, current: str, password: str, client_info: ClientInfo
    ) -> None:
        """Change the caller's password and end their other sessions.

        Raises RateLimited, Forbidden for an API key, and BadInput for either password.
        """
        user = await self._check(staff, current, client_info, field="current")
        hashed = await self._hash(user, password)
        await _change(staff, user.password_hash, hashed)

    async def confirm(
        self, staff: Staff, password: str, client_info: ClientInfo, code: str | None = None
    ) -> Staff:
        """Note that the session gave its password now, and return the caller as of then.

        See `Staff.require_recent_password`. Raises RateLimited, Forbidden for an API key, and
        BadInput if the password or the code of a second factor is wrong.
        """
        user = await self._check(staff, password, client_info, field="password")
        if user.totp_confirmed_at is None:
            return await _note_confirmed(staff, None)
        counted = await self.attempts.count_code("session", staff.credential_id)
        confirmed = await _note_confirmed(staff, code or "")
        await self.attempts.give_back(counted)
        return confirmed

    async def _check(
        self, staff: Staff, current: str, client_info: ClientInfo, *, field: str
    ) -> User:
        """Return the caller, whose password is `current`."""
        if not staff.is_person:
            raise Forbidden(Text("Only signed-in users have a password."))
        await self.attempts.count_client(client_info)
        counted = await self.attempts.count_confirmation(staff.credential_id)
        user = await User.get(id=staff.user_id)
        if not await self.passwords.verify(current, user.password_hash):
            raise BadInput(Text("This password is wrong."), field=field)
        await self.attempts.give_back(counted)
        return user

    async def _hash(self, user: User, password: str) -> str:
        company = await Company.get(id=user.company_id)
        check_password(password, (user.name, user.email, company.name))
        return await self.passwords.hash(password, like=await hash_of(user.email))


async def hash_of(email: str) -> str | None:
    """Return the hash of any password of this address, for its salt; None if there is none.

    As long as all have one salt, signing in can try all of them at the cost of one.
    """
    users = await find_users(email)
    return users[0].password_hash if users else None


@transactional
async def _note_confirmed(staff: Staff, code: str | None) -> Staff:
    """Note the time, after using up `code` unless it is None."""
    if code is not None:
        user = await User.select_for_update(no_key=True).get(id=staff.user_id)
        if user.totp_confirmed_at is not None and not await use_code(user, code):
            raise BadInput(CodeWrong.default_message, field="code")
    now = datetime.now(UTC)
    await Credential.filter(id=staff.credential_id).update(confirmed_at=now)
    assert staff.user_id is not None
    await audit_log.note(staff, AuditAction.PASSWORD_CONFIRMED, staff.user_id, staff.name)
    return replace(staff, confirmed_at=now)


@transactional
async def _choose(
    secret: str, password_hash: str, client_info: ClientInfo, code: str | None
) -> tuple[IssuedCredential, Staff]:
    user = await use_invitation(secret)
    if user.totp_confirmed_at is not None:
        if not code:
            raise CodeRequired
        if not await use_code(user, code):
            raise CodeWrong
    if user.password_hash:
        await _notify(user)
    user.password_hash = password_hash
    await user.save(update_fields=["password_hash"])
    await Invitation.filter(user_id=user.id).delete()  # a reset ends an invitation, too
    await end_sessions(user)
    issued, staff = await open_session(user, client_info)
    await _note(staff, user)
    await audit_log.note(
        staff, AuditAction.SIGNED_IN, user.id, user.name, detail=origin_of(client_info)
    )
    return issued, staff


@transactional
async def _change(staff: Staff, before: str, password_hash: str) -> None:
    user = await User.select_for_update(no_key=True).get(id=staff.user_id)
    if user.password_hash != before:
        raise BadInput(Text("The password has been changed in the meantime."), field="current")
    user.password_hash = password_hash
    await user.save(update_fields=["password_hash"])
    await Invitation.filter(user_id=user.id).delete()
    await end_sessions(user, but=staff)
    await _note(staff, user)
    await _notify(user)


async def _note(staff: Staff, user: User) -> None:
    await audit_log.note(staff, AuditAction.PASSWORD_CHOSEN, user.id, user.name)


async def _notify(user: User) -> None:
    """Tell a user that their password has changed, since it may not be they who changed it."""
    company = await Company.get(id=user.company_id)
    await notify_user(
        user,
        f"Your password for {company.name} has changed"[:200],
        f"The password of your account at {company.name} has changed, and your other sessions have"
        " ended.\n\nIf it wasn't you, set a new one at once: choose “Forgot your password?” on"
        " the sign-in page, and tell whoever manages your company.",
    )
