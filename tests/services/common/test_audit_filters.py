"""Filters of the audit log."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from models import AuditEntry, Company
from tests.support.clients import Business

_QUERY = """
    query($actions: [AuditAction!], $actor: String, $since: Date, $until: Date) { company {
      auditEntries(actions: $actions, actor: $actor, since: $since, until: $until)
      { edges { node { subject } } } } }
"""


async def _note(business: Business, subject: str, **columns: Any) -> None:
    entry = await AuditEntry.create(
        company_id=business.company_id,
        credential_id=uuid4(),
        subject_id=uuid4(),
        subject=subject,
        **{"actor": "Ada", "action": "SIGNED_IN"} | columns,
    )
    at = columns.get("at", datetime(2026, 11, 28, 12, tzinfo=UTC))
    await AuditEntry.filter(id=entry.id).update(at=at)


async def _found(business: Business, **filters: object) -> str:
    edges = (await business.gql(_QUERY, **filters))["company"]["auditEntries"]["edges"]
    return "".join(edge["node"]["subject"] for edge in edges)


async def test_the_log_is_filtered_by_action_actor_and_day(business: Business) -> None:
    await Company.filter(id=business.company_id).update(time_zone="Pacific/Auckland")
    await _note(business, "a", at=datetime(2026, 11, 27, 10, 59, tzinfo=UTC))
    await _note(business, "b", at=datetime(2026, 11, 27, 11, 0, tzinfo=UTC))  # the 28th there
    await _note(business, "c", action="USER_INVITED")
    await _note(business, "d", actor="Bea", action="USER_REMOVED")
    assert sorted(await _found(business)) == ["a", "b", "c", "d"]
    assert await _found(business, since="2026-11-28", until="2026-11-28", actor="Ada") == "b"
    assert await _found(business, until="2026-11-27") == "a"
    assert await _found(business, actor="Bea") == "d"
    assert sorted(await _found(business, actions=["USER_INVITED", "USER_REMOVED"])) == ["c", "d"]
    assert await _found(business, actions=[]) == ""


async def test_the_first_and_last_days_are_days_like_others(business: Business) -> None:
    await _note(business, "a")
    assert await _found(business, since="0001-01-01", until="9999-12-31") == "a"
    assert await _found(business, since="9999-12-31") == ""
    assert await _found(business, until="0001-01-01") == ""
