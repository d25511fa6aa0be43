"""The client's IP address, user agent and prefetch headers, as far as proxies are trusted."""

from ipaddress import ip_network
from itertools import count

import pytest
from structlog.testing import capture_logs

from auth import client_info
from auth.client_info import ClientInfo, client_ip, parse_client_info

_TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        # The peer is not trusted: it is the client, and its header is ignored.
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        # Each trusted proxy vouches for the entry before it, from right to left.
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.3, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        # Ports, brackets, mapped addresses and zones.
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.0.0.1", "[2001:DB8:0::7]", "2001:db8::7"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("fe80::1%eth0", "", "fe80::1"),
        # An invalid entry ends the chain at the last valid address.
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "invalid, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, , 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "1.2.3.4.5", "10.0.0.1"),
        ("10.0.0.1", "[", "10.0.0.1"),
        ("10.0.0.1", "::::, 999.1.1.1", "10.0.0.1"),
        # Without a peer address: a Unix socket, or a test client.
        (None, "198.51.100.1", None),
        ("testclient", "198.51.100.1", None),
    ],
)
def test_the_address_is_read_from_the_right_through_trusted_proxies(
    peer: str | None, forwarded_for: str, expected: str | None
) -> None:
    assert client_ip(peer, forwarded_for, _TRUSTED) == expected


def test_without_trusted_proxies_the_header_means_nothing() -> None:
    assert client_ip("127.0.0.1", "198.51.100.1", ()) == "127.0.0.1"


def test_a_header_line_added_by_a_proxy_comes_last() -> None:
    lines = [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"198.51.100.1")]
    assert parse_client_info("10.0.0.1", "GET", lines, _TRUSTED).ip == "198.51.100.1"


@pytest.mark.parametrize(
    ("ip", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::1", "2001:db8:1::/48"),
        ("2001:db8:2:2::1", "2001:db8:2::/48"),
        (None, "unknown"),
    ],
)
def test_limits_count_an_ipv6_host_by_its_48(ip: str | None, key: str) -> None:
    assert ClientInfo(ip).rate_limit_key == key


def test_a_proxy_that_nobody_trusts_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_info, "_untrusted", count())
    client_info._client_ip.cache_clear()
    with capture_logs() as logged:
        for peer in ("10.0.0.1", "203.0.113.9", "203.0.113.10", "203.0.113.9"):
            parse_client_info(peer, "GET", [(b"x-forwarded-for", b"198.51.100.1")], _TRUSTED)
    assert [line["peer"] for line in logged] == ["203.0.113.9"]


def test_the_user_agent_is_cut_to_512_without_nul() -> None:
    client = parse_client_info(None, "GET", [(b"user-agent", b"\x00" + b"\xfc" * 600)], ())
    assert client.user_agent == "ü" * 512


def test_a_request_without_headers_has_client_info() -> None:
    assert parse_client_info(None, "HEAD", [], ()) == ClientInfo(
        None, "", "HEAD", "", lacks_browser_headers=True
    )


def test_every_prefetch_header_is_read() -> None:
    headers = [
        (b"x-moz", b"prefetch"),
        (b"sec-purpose", b"Prefetch;prerender"),
        (b"purpose", b""),
    ]
    assert parse_client_info(None, "GET", headers, ()).purpose == "prefetch;prerender prefetch"
