"""Portals under faults keep what they promise, and a promise that is broken is seen."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import pytest

from dev.chaos import checks
from dev.chaos.cluster import Cluster, running
from dev.chaos.faults import FAULTS
from dev.chaos.faults.fault import Target, fault
from dev.chaos.rounds import run_round

_SECONDS: Final = 1.0
pytestmark = pytest.mark.timeout(300)  # processes start again on a busy machine


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    """Yield two portals and all that they need."""
    async with running("postgres") as cluster:
        yield cluster


async def test_what_is_acknowledged_survives(cluster: Cluster) -> None:
    names = ["portal_killed", "postgres_cut_off", "redis_killed", "stripe_reset_after"]
    faults = [replace(FAULTS[name], seconds=_SECONDS) for name in names]
    result = await run_round(cluster, faults, 1, _SECONDS, "postgres")
    assert result.wrong == []
    assert result.acknowledged > 20


@fault("everything is seen", seconds=_SECONDS)
async def sabotage(target: Target) -> AsyncIterator[None]:
    """Falsify rows, as an insider could."""
    yield
    mine = f"company_id = '{target.company_id}'"
    first = f"(SELECT MIN(sequence) FROM invoice_view WHERE {mine})"
    await target.cluster.postgres.run(
        "SET session_replication_role = replica;"  # the ledger's triggers refuse all this
        # Half of them, because nobody was told of some.
        f"DELETE FROM invoice_view WHERE {mine} AND sequence % 2 = 0;"
        f"UPDATE invoice_view SET viewed_at = viewed_at + interval '1 day'"
        f" WHERE {mine} AND sequence = {first};"
        "UPDATE credit_note SET idempotency_key = 'forged', applied = applied + 1,"
        f" status = 'APPLIED' WHERE {mine}"
    )


async def test_what_is_lost_is_seen(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for wait in ("_VIEW_RETRY", "_CATCH_UP"):
        monkeypatch.setattr(checks, wait, _SECONDS)  # nothing comes back
    result = await run_round(cluster, [sabotage], 3, _SECONDS, "postgres")
    seen = "\n".join(result.wrong)
    assert "nobody asked for the row with the key forged" in seen
    assert "views are not stored" in seen
    assert "rows of invoice_view have a wrong time" in seen
    assert "reconcile does not come clean" in seen
