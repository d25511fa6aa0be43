"""Whatever users and keys do to each other, nobody ends up with a right that nobody gave them."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.client_info import ClientInfo
from auth.permissions import Permission, parse_permissions
from auth.staff import Staff, authenticate, has_ended, permissions_of
from errors import PortalError
from models import Credential, User
from services.identity import api_keys, passwords, users
from tests.support.clients import create_business

_HOUR: Final = timedelta(hours=1)
Rights = Mapping[UUID, frozenset[Permission]]
"""By the id of a user or credential: what it may do now. One that has ended is left out."""


@dataclass(slots=True)
class Team:
    """A company's users, keys and open invitations, and who did something last."""

    company_id: UUID
    secrets: list[str]
    """Of all credentials, whether they still work or not."""
    invitations: list[tuple[str, UUID]] = field(default_factory=list)
    """Each secret, with the id of the credential that invites."""
    giver: frozenset[Permission] = frozenset()
    """What whoever acts may give."""

    async def act(self, step: "Step") -> None:
        """Try an action, which may not be allowed."""
        staff = await authenticate(f"Bearer {self.secrets[step.actor % len(self.secrets)]}")
        self.giver = staff.permissions
        await _ACTIONS[step.action](self, staff, step)

    async def create_user(self, staff: Staff, step: "Step") -> None:
        """Create a user."""
        address = f"u{len(self.invitations)}@team.example"
        invited = await users.create_user(staff, address, "Ada", step.permissions)
        self.invitations.append((invited.secret, staff.credential_id))

    async def invite(self, staff: Staff, step: "Step") -> None:
        """Invite a user again."""
        invited = await users.invite_user(staff, await _any_user(staff, step.target))
        self.invitations.append((invited.secret, staff.credential_id))

    async def accept(self, _: Staff, step: "Step") -> None:
        """Use an invitation, as a stranger."""
        self.giver = frozenset()
        if self.invitations:
            secret, inviter_id = self.invitations[-1 - step.target % len(self.invitations)]
            self.giver = (await _rights(self.company_id)).get(inviter_id, frozenset())
            issued, _ = await passwords._choose(secret, "hash", ClientInfo(None), None)
            self.secrets.append(issued.secret)

    async def create_key(self, staff: Staff, step: "Step") -> None:
        """Create a key, which expires in some hours or never."""
        hours = step.target % 4
        expires_at = datetime.now(UTC) + hours * _HOUR if hours else None
        issued = await api_keys.create_api_key(staff, "key", step.permissions, expires_at)
        self.secrets.append(issued.secret)

    async def revoke(self, staff: Staff, step: "Step") -> None:
        """Revoke a key."""
        keys = await Credential.filter(company_id=staff.company_id, kind="API_KEY").order_by("id")
        await api_keys.revoke_api_key(staff, str(keys[step.target % len(keys)].id))

    async def set_permissions(self, staff: Staff, step: "Step") -> None:
        """Change a user's permissions."""
        user_id = await _any_user(staff, step.target)
        await users.update_user(staff, user_id, permissions=step.permissions)

    async def remove(self, staff: Staff, step: "Step") -> None:
        """Remove a user."""
        await users.remove_user(staff, await _any_user(staff, step.target))


_ACTIONS: Final[Mapping[str, Callable[[Team, Staff, "Step"], Awaitable[None]]]] = {
    "create user": Team.create_user,
    "invite": Team.invite,
    "accept": Team.accept,
    "create key": Team.create_key,
    "revoke": Team.revoke,
    "set permissions": Team.set_permissions,
    "remove": Team.remove,
}


_WEIGHTS: Final = {"create user": 3, "accept": 4, "set permissions": 3, "create key": 2}
_CHOICES: Final = [name for name in _ACTIONS for _ in range(_WEIGHTS.get(name, 1))]
_PERMISSIONS: Final = [
    frozenset(Permission),
    frozenset({Permission.VIEW_INVOICES, Permission.MANAGE_COMPANY}),
    frozenset({Permission.MANAGE_COMPANY}),
    frozenset({Permission.VIEW_INVOICES}),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An action, who does it, and to what."""

    action: str
    actor: int
    target: int
    permissions: frozenset[Permission]


async def _any_user(staff: Staff, which: int) -> str:
    found = await User.filter(company_id=staff.company_id).order_by("created_at", "id")
    return str(found[which % len(found)].id)


async def _rights(company_id: UUID) -> Rights:
    """Return what everyone may do now, after checking that keys depend on others as they should."""
    now = datetime.now(UTC)
    credentials = await Credential.filter(company_id=company_id).select_related("user", "parent")
    rights = {
        user.id: parse_permissions(user.permissions)
        for user in await User.filter(company_id=company_id)
    }
    rights |= {each.id: permissions_of(each) for each in credentials if not has_ended(each, now)}
    for key in credentials:
        if key.id in rights and key.user_id is not None:
            assert rights[key.id] <= rights[key.user_id]
        if key.id in rights and key.parent is not None:
            assert rights[key.id] <= rights[key.parent.id]
            end = key.parent.expires_at
            assert end is None or (key.expires_at is not None and key.expires_at <= end)
    return rights


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.builds(
            Step,
            action=st.sampled_from(_CHOICES),
            actor=st.integers(0, 4),
            target=st.integers(0, 4),
            permissions=st.sampled_from(_PERMISSIONS),
        ),
        min_size=15,
        max_size=40,
    )
)
async def test_nobody_gets_a_right_that_the_giver_lacks(
    http: httpx.AsyncClient, steps: list[Step]
) -> None:
    business = await create_business(http)
    team = Team(company_id=business.company_id, secrets=[business.secret or ""])
    before = await _rights(business.company_id)
    for step in steps:
        with suppress(PortalError):
            await team.act(step)
        after = await _rights(business.company_id)
        for id_, held in after.items():
            assert held - before.get(id_, frozenset()) <= team.giver
        before = after
