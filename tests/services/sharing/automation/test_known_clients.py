"""The entries of `known_clients.toml`: each has its source, and does what it is there for."""

import re
from ipaddress import ip_address
from itertools import chain

import pytest

from auth.client_info import ClientInfo
from services.sharing.automation import known_clients
from services.sharing.automation.detection import is_automated
from services.sharing.automation.known_clients import (
    BOTS,
    BROWSER_PARTS,
    BROWSERS,
    GATEWAYS,
    HEADER_SENDERS,
    LIBRARY_NAMES,
    LIBRARY_WORDS,
    Gateway,
    UserAgentPattern,
)
from services.sharing.automation.suspicion import is_suspected

_PATTERNS = (*BOTS, *BROWSERS, *BROWSER_PARTS, *LIBRARY_WORDS, *LIBRARY_NAMES, *HEADER_SENDERS)
_LIBRARIES = (*LIBRARY_WORDS, *LIBRARY_NAMES)


def _client(user_agent: str, ip: str = "203.0.113.9") -> ClientInfo:
    return ClientInfo(ip, user_agent, lacks_browser_headers=True)


def _name(entry: UserAgentPattern | Gateway) -> str:
    return entry.sender


def test_every_section_of_the_file_is_read() -> None:
    entries = chain.from_iterable(known_clients._load().values())
    assert len(list(entries)) == len([*_PATTERNS, *GATEWAYS])


@pytest.mark.parametrize("entry", [*_PATTERNS, *GATEWAYS], ids=_name)
def test_each_entry_names_its_sender_and_a_source(entry: UserAgentPattern | Gateway) -> None:
    assert entry.sender
    assert re.fullmatch(r"https://[\w.-]+/\S*", entry.source)


@pytest.mark.parametrize("entry", _PATTERNS, ids=_name)
def test_each_pattern_matches_its_example(entry: UserAgentPattern) -> None:
    assert re.search(entry.pattern, entry.example, re.IGNORECASE)


@pytest.mark.parametrize("bot", BOTS, ids=_name)
def test_each_bot_is_detected(bot: UserAgentPattern) -> None:
    assert is_automated(_client(bot.example))
    assert is_automated(_client(bot.example), reported_by_client=True)


def test_no_bot_repeats_another() -> None:
    for bot in BOTS:
        others = [other.pattern for other in BOTS if other is not bot]
        assert not any(re.search(other, bot.example, re.IGNORECASE) for other in others)


@pytest.mark.parametrize("library", _LIBRARIES, ids=_name)
def test_each_library_is_automated_unless_it_reports_for_a_front_end(
    library: UserAgentPattern,
) -> None:
    assert is_automated(_client(library.example))
    assert not is_automated(_client(library.example), reported_by_client=True)


@pytest.mark.parametrize("browser", [*BROWSERS, *BROWSER_PARTS], ids=_name)
def test_a_view_in_each_browser_counts(browser: UserAgentPattern) -> None:
    assert not is_automated(_client(browser.example))
    assert not is_suspected(_client(browser.example), over_https=False)


@pytest.mark.parametrize("gateway", GATEWAYS, ids=_name)
def test_a_view_from_each_gateway_is_suspected(gateway: Gateway) -> None:
    client = ClientInfo(gateway.example, BROWSERS[0].example)
    assert not is_automated(client)
    assert is_suspected(client, over_https=False)
    for network in gateway.networks:
        assert is_suspected(ClientInfo(str(network[-1]), ""), over_https=False)


def test_no_network_is_listed_twice() -> None:
    networks = [network for gateway in GATEWAYS for network in gateway.networks]
    for network in networks:
        assert [n for n in networks if ip_address(network[0]) in n] == [network]
