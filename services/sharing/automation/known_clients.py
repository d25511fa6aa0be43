"""The entries of `known_clients.toml`."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_network
from typing import Any, Final

from auth.client_info import Networks


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAgentPattern:
    """A part of a user agent, who sends it, and a user agent that has it."""

    pattern: str
    sender: str
    example: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderSender(UserAgentPattern):
    """A browser that sends certain headers, `since` a major version: the pattern's group."""

    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The networks from which a mail gateway opens links, and an address in them."""

    sender: str
    networks: Networks
    example: str
    source: str


def _load() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files(__package__) / "known_clients.toml").read_text(encoding="utf-8"))


_ENTRIES: Final = _load()


def _patterns(name: str) -> tuple[UserAgentPattern, ...]:
    return tuple(UserAgentPattern(**entry) for entry in _ENTRIES[name])


BOTS: Final = _patterns("bots")
BROWSERS: Final = _patterns("browsers")
BROWSER_PARTS: Final = _patterns("browser_parts")
LIBRARY_WORDS: Final = _patterns("library_words")
LIBRARY_NAMES: Final = _patterns("library_names")
HEADER_SENDERS: Final = tuple(HeaderSender(**entry) for entry in _ENTRIES["header_senders"])
GATEWAYS: Final = tuple(
    Gateway(**entry | {"networks": tuple(map(ip_network, entry["networks"]))})
    for entry in _ENTRIES["gateways"]
)
