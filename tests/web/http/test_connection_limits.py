"""How many connections are kept open."""

import httpx
import pytest
from starlette.responses import PlainTextResponse

from settings import Settings
from web.http import protocol
from web.http.connection_limits import Admission, ConnectionLimits


def _limits(**settings: object) -> ConnectionLimits:
    return ConnectionLimits(Settings(**settings))  # type: ignore[arg-type]


def test_one_address_has_a_limit_and_others_keep_theirs() -> None:
    limits = _limits(connections_per_ip=2)
    for ip in ("192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2"):
        assert limits.admit(ip) is Admission.ANYTHING
        limits.add(ip)
    assert limits.admit("192.0.2.1") is Admission.NOTHING
    assert limits.admit("2001:db8::3") is Admission.NOTHING
    assert limits.admit("192.0.2.2") is Admission.ANYTHING
    limits.remove("192.0.2.1")
    assert limits.admit("192.0.2.1") is Admission.ANYTHING


def test_trusted_proxy_and_unix_socket_have_no_limit_of_their_own() -> None:
    limits = _limits(connections_per_ip=1, trusted_proxies="10.0.0.0/8")
    for ip in ("10.0.0.5", None) * 10:
        assert limits.admit(ip) is Admission.ANYTHING
        limits.add(ip)


def test_full_process_answers_health_checks() -> None:
    limits = _limits(connections=3)
    for n in range(3):
        limits.add(f"192.0.2.{n}")
    assert limits.admit("192.0.2.9") is Admission.HEALTH_CHECKS
    for n in range(50):
        limits.add(f"198.51.100.{n}")
    assert limits.admit("192.0.2.9") is Admission.NOTHING


async def test_connection_for_health_checks_refuses_everything_else() -> None:
    transport = httpx.ASGITransport(protocol._unless_health_check(PlainTextResponse("ok")))
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        assert (await client.get("/healthz")).status_code == 200
        refused = await client.get("/invoice/token")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")


def test_address_that_connects_again_and_again_is_refused_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = _limits(connections_per_ip=2)
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    admitted = [limits.admit("192.0.2.1") for _ in range(6)]
    assert admitted == [Admission.ANYTHING] * 4 + [Admission.NOTHING] * 2
    now += 6
    assert limits.admit("192.0.2.1") is Admission.ANYTHING
