"""The control API."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe

from tests.dev.stripe_sandbox.sandbox_server import ACME, NEW, SandboxServer


@pytest.fixture
async def control(sandbox_server: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the control API."""
    async with httpx.AsyncClient(base_url=f"{sandbox_server.url}/sandbox") as client:
        yield client


async def post(control: httpx.AsyncClient, to: str, /, **body: Any) -> Any:
    """Return the JSON response to a control call."""
    response = await control.post(to, json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_control_api_drives_a_payment(
    sandbox_server: SandboxServer, control: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    await post(control, f"sessions/{session.id}/pay_late")
    await post(control, f"sessions/{session.id}/succeed")
    refund = await post(control, f"payments/{session.id}/refund", amount=500, pending=True)
    assert (refund["amount"], refund["status"]) == (500, "pending")
    await post(control, f"refunds/{refund['id']}/arrive")
    dispute = await post(control, f"payments/{session.id}/dispute", reason="duplicate")
    assert (dispute["amount"], dispute["reason"]) == (11500, "duplicate")
    await post(control, f"disputes/{dispute['id']}/lose")
    [listed] = (await control.get("disputes")).json()
    assert listed["status"] == "lost"
    events = (await control.get("events", params={"account": ACME})).json()
    assert events[0]["type"] == "charge.dispute.closed"
    assert len(await sandbox_server.event_types()) == len(events)


async def test_a_session_is_paid_in_another_currency(
    sandbox_server: SandboxServer, control: httpx.AsyncClient
) -> None:
    assert (await post(control, "webhooks", version="2024-06-20"))["version"] == "2024-06-20"
    session = await sandbox_server.open()
    for wrong in ({"currency": "usd"}, {"currency": "usd", "rate": "-1"}, {"currency": "zzz"}):
        response = await control.post(f"sessions/{session.id}/pay", json=wrong)
        assert response.status_code == 400
    await post(control, f"sessions/{session.id}/pay", currency="usd", rate="1.5")
    [charge] = (await control.get("charges")).json()
    assert charge["presentment_details"]["presentment_amount"] == 18000


async def test_private_fields_are_hidden(
    sandbox_server: SandboxServer, control: httpx.AsyncClient
) -> None:
    await sandbox_server.open()
    [session] = (await control.get("sessions")).json()
    assert not [name for name in session if name.startswith("_")]


async def test_faults_are_armed_and_cleared(
    sandbox_server: SandboxServer, control: httpx.AsyncClient
) -> None:
    await post(control, "faults", path="/v1/checkout/*", kind="500", times=5)
    with pytest.raises(stripe.APIError):
        await sandbox_server.open()
    [armed] = (await control.get("faults")).json()
    assert (armed["kind"], armed["times"]) == ("500", 4)
    await control.delete("faults")
    assert (await sandbox_server.open()).status == "open"


async def test_held_events_are_delivered(
    sandbox_server: SandboxServer, control: httpx.AsyncClient
) -> None:
    await post(control, "webhooks", mode="held")
    await sandbox_server.paid()
    [*_, first] = (await control.get("deliveries")).json()
    assert (first["type"], first["state"]) == ("charge.succeeded", "held")
    assert await post(control, "webhooks/deliver") == {"delivered": 3}
    await sandbox_server.event_types()
    await post(control, f"events/{first['event']}/resend")
    assert (await sandbox_server.event_types())[-1] == "charge.succeeded"
    assert len(sandbox_server.receiver.received) == 4


async def test_accounts_are_added_and_changed(
    sandbox_server: SandboxServer, control: httpx.AsyncClient
) -> None:
    created = await post(control, "accounts", id="acct_late", name="Late")
    assert created["charges_enabled"] is True
    assert (await sandbox_server.open("acct_late")).status == "open"
    await post(control, f"accounts/{NEW}/enable")
    assert (await sandbox_server.open(NEW)).status == "open"
    await post(control, f"accounts/{NEW}/deauthorize")
    with pytest.raises(stripe.PermissionError):
        await sandbox_server.open(NEW)


async def test_the_clock_moves_forward(
    sandbox_server: SandboxServer, control: httpx.AsyncClient
) -> None:
    session = await sandbox_server.open()
    await post(control, "clock", advance=24 * 3600)
    assert await sandbox_server.event_types() == ["checkout.session.expired"]
    assert (await sandbox_server.read(session.id)).status == "expired"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"path": "/v1/*"}),
        ("faults", {"path": "/v1/*", "kind": "flood"}),
        ("faults", {"path": "/v1/*", "kind": "slow", "seconds": "1"}),
        ("faults", []),
        ("webhooks", {"mode": "sideways"}),
        ("clock", {"advance": -1}),
        ("clock", {"advance": True}),
        ("accounts", {}),
        ("sessions/cs_test_none/dance", {}),
    ],
)
async def test_invalid_bodies_are_rejected(
    control: httpx.AsyncClient, path: str, body: Any
) -> None:
    response = await control.post(path, json=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


async def test_unknown_objects_and_lists_are_rejected(control: httpx.AsyncClient) -> None:
    assert (await control.post("sessions/cs_test_none/pay")).status_code == 404
    assert (await control.get("unicorns")).status_code == 400
