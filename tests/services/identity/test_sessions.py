"""Sessions: how long they live, listing them and ending them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.client_info import ClientInfo
from auth.secrets import digest
from auth.staff import Staff, authenticate
from errors import Unauthenticated
from models import AuditEntry, Credential, User
from services.identity import sessions
from tests.support.clients import Business, Caller, create_business
from tests.support.second_factors import sign_in
from tests.support.subscribers import following

_LIST: Final = "{ sessions { id ip userAgent isCurrent createdAt lastUsedAt expiresAt } }"
_END: Final = "mutation($id: ID!) { endSession(input: {sessionId: $id}) { endedId } }"
_ME: Final = "{ me { name } }"


def _rows(caller: Caller) -> Any:
    return Credential.filter(secret_hash=digest(caller.secret or ""))


async def _id_of(caller: Caller) -> str:
    return str((await _rows(caller).get()).id)


@pytest.mark.parametrize(
    ("idle", "is_valid"), [(timedelta(hours=11, minutes=59), True), (timedelta(hours=12), False)]
)
async def test_a_session_ends_without_use(
    business: Business, idle: timedelta, is_valid: bool
) -> None:
    session, key = await sign_in(business), business
    earlier = datetime.now(UTC) - idle
    await _rows(session).update(last_used_at=earlier)
    await _rows(key).update(last_used_at=earlier)
    assert ((await session.post(_ME)).json().get("data") is not None) is is_valid
    assert (await key.gql(_ME))["me"]["name"] == "bootstrap"
    last_used = (await _rows(session).get()).last_used_at
    assert (last_used > earlier) is is_valid


async def test_each_sign_in_makes_a_secret_of_its_own(business: Business) -> None:
    secrets = {(await sign_in(business)).secret for _ in range(3)}
    assert len(secrets) == 3


async def test_sessions_are_listed_and_ended(business: Business, rival: Business) -> None:
    mine, other, foreign = [await sign_in(each) for each in (business, business, rival)]
    listed = (await mine.gql(_LIST))["sessions"]
    assert {row["id"]: row["isCurrent"] for row in listed} == {
        await _id_of(mine): True,
        await _id_of(other): False,
    }
    assert all(row["ip"].startswith("198.18.") and "Firefox" in row["userAgent"] for row in listed)
    for id_ in (await _id_of(foreign), await _id_of(business), str(uuid4()), "x"):
        assert (await mine.refused(_END, id=id_)).code == "NOT_FOUND"
    for _ in range(2):
        assert await mine.gql(_END, id=await _id_of(other))
    assert (await other.refused(_ME)).code == "UNAUTHENTICATED"
    assert len((await mine.gql(_LIST))["sessions"]) == 1
    assert (await foreign.gql(_ME))["me"]
    ended = AuditEntry.filter(company_id=business.company_id, action="SESSION_ENDED")
    assert await ended.count() == 1


async def test_all_other_sessions_can_be_ended(business: Business) -> None:
    mine, *others = [await sign_in(business) for _ in range(3)]
    ended = await mine.gql("mutation { endOtherSessions { sessions { isCurrent } } }")
    assert ended["endOtherSessions"] == {"sessions": [{"isCurrent": True}]}
    for other in others:
        assert (await other.refused(_ME)).code == "UNAUTHENTICATED"
    assert (await mine.gql(_ME))["me"]
    assert (await business.gql(_ME))["me"]


async def test_managers_end_the_sessions_of_their_users(
    business: Business, rival: Business
) -> None:
    session = await sign_in(business)
    user = await User.get(company_id=business.company_id)
    end = "mutation($id: ID!) { endUserSessions(input: {userId: $id}) { user { id } } }"
    assert (await rival.refused(end, id=str(user.id))).code == "NOT_FOUND"
    tool = await business.make_key("VIEW_INVOICES")
    assert (await tool.refused(end, id=str(user.id))).code == "FORBIDDEN"
    assert (await session.gql(_ME))["me"]
    assert await business.gql(end, id=str(user.id))
    assert (await session.refused(_ME)).code == "UNAUTHENTICATED"


async def test_an_api_key_has_no_sessions(business: Business) -> None:
    for query in (_LIST, "mutation { endOtherSessions { sessions { isCurrent } } }"):
        assert (await business.refused(query)).code == "FORBIDDEN"


async def test_the_stream_of_an_ended_session_closes(business: Business, portal_url: str) -> None:
    mine, other = await sign_in(business), await sign_in(business)
    async with following(portal_url, other.secret or "") as dashboard:
        await mine.gql("mutation { endOtherSessions { sessions { isCurrent } } }")
        await dashboard.until_ended()


# --- any actions in any order ---------------------------------------------------------------------


@dataclass
class _Desk:
    """A person's sessions, and a model of which are valid."""

    user: User
    secrets: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)

    async def sign_in(self, _: str) -> None:
        issued, _staff = await sessions.open_session(self.user, ClientInfo("198.51.100.7"))
        self.secrets.append(issued.secret)
        self.valid.add(issued.secret)

    async def sign_out(self, secret: str) -> None:
        await sessions.sign_out(await self.staff(secret))
        self.valid.discard(secret)

    async def replace(self, secret: str) -> None:
        await sessions.end_earlier_session(f"Bearer {secret}")
        self.valid.discard(secret)

    async def end_last(self, secret: str) -> None:
        last = self.secrets[-1]
        row = await Credential.get(secret_hash=digest(last))
        await sessions.end_session(await self.staff(secret), str(row.id))
        self.valid.discard(last)

    async def end_others(self, secret: str) -> None:
        await sessions.end_other_sessions(await self.staff(secret))
        self.valid &= {secret}

    async def end_all(self, _: str) -> None:
        await sessions.end_sessions(self.user)
        self.valid.clear()

    async def idle(self, secret: str) -> None:
        await self._age(secret, last_used_at=datetime.now(UTC) - timedelta(hours=13))

    async def expire(self, secret: str) -> None:
        await self._age(secret, expires_at=datetime.now(UTC))

    async def _age(self, secret: str, **columns: datetime) -> None:
        await Credential.filter(secret_hash=digest(secret)).update(**columns)
        self.valid.discard(secret)

    async def staff(self, secret: str) -> Staff:
        return await authenticate(f"Bearer {secret}")

    async def check(self) -> None:
        """Assert that exactly the sessions that are valid work and are listed."""
        for secret in self.secrets:
            if secret in self.valid:
                staff = await self.staff(secret)
                assert len(await sessions.sessions_of(staff)) == len(self.valid)
            else:
                with pytest.raises(Unauthenticated):
                    await self.staff(secret)


_ACTIONS: Final[dict[str, Callable[[_Desk, str], Awaitable[None]]]] = {
    "sign in": _Desk.sign_in,
    "sign out": _Desk.sign_out,
    "replace": _Desk.replace,
    "end last": _Desk.end_last,
    "end others": _Desk.end_others,
    "end all": _Desk.end_all,
    "idle": _Desk.idle,
    "expire": _Desk.expire,
}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["sign in", "sign in", *_ACTIONS]), st.integers(0, 9)),
        min_size=4,
        max_size=12,
    )
)
async def test_only_sessions_that_nothing_has_ended_work(
    business: Business, steps: list[tuple[str, int]]
) -> None:
    someone = await create_business(business.http)
    desk = _Desk(await User.get(company_id=someone.company_id))
    await desk.sign_in("")
    for name, which in steps:
        secret = desk.secrets[which % len(desk.secrets)]
        try:
            await _ACTIONS[name](desk, secret)
        except Unauthenticated:
            assert secret not in desk.valid
        await desk.check()
