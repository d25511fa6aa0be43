"""Telling people's views from automated ones: link previews, mail scanners, prefetching browsers.

An automated view is logged, but it doesn't count and notifies nobody. The rules and their order are
in `known_clients.toml`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from crawlerdetect import CrawlerDetect

from auth.client_info import ClientInfo
from services.sharing.automation.known_clients import (
    BOTS,
    BROWSER_PARTS,
    BROWSERS,
    LIBRARY_NAMES,
    LIBRARY_WORDS,
    UserAgentPattern,
)


def _any_of(entries: Iterable[UserAgentPattern]) -> str:
    return f"(?:{'|'.join(entry.pattern for entry in entries)})"


_BOT: Final = re.compile(_any_of(BOTS), re.IGNORECASE)
_BROWSER: Final = re.compile(_any_of(BROWSERS), re.IGNORECASE)
_BROWSER_PART: Final = re.compile(_any_of(BROWSER_PARTS), re.IGNORECASE)
_PREFETCH: Final = re.compile(r"prefetch|prerender|preview")
_PAGES: Final = {"", "document"}
"""What Sec-Fetch-Dest says of pages; older browsers don't send it."""
_LIBRARY: Final = re.compile(
    # A product token (RFC 9110 10.1.5) that contains one of the words or is one of the names. A
    # token that calls itself a bot is not a library, nor is an address.
    r"(?<![\w.:\\/-])(?!https?:|[\w.:\\/-]*(?:bot|crawl|spider|scan))"
    rf"(?:[\w.:\\-]*{_any_of(LIBRARY_WORDS)}|{_any_of(LIBRARY_NAMES)}\b)"
    # Libraries also name their repository.
    r"[\w.:\\/-]*|\bgithub\.com\S*",
    re.IGNORECASE,
)


def is_automated(client_info: ClientInfo, *, reported_by_client: bool = False) -> bool:
    """Whether a program requested the invoice by itself, rather than a person's browser.

    A request without a user agent counts as automated. `reported_by_client`: a front end says, by
    calling `recordView`, that a person viewed the invoice. Then an HTTP library in the user agent
    isn't a sign of a bot, but the names of known bots and scanners still are.
    """
    if client_info.method == "HEAD" or _PREFETCH.search(client_info.purpose):
        return True
    if not reported_by_client and client_info.destination not in _PAGES:
        return True
    return _is_bot(client_info.user_agent, reported_by_client)


@lru_cache(maxsize=4096)
def _is_bot(user_agent: str, reported_by_client: bool) -> bool:
    user_agent = user_agent.strip()
    if not user_agent or _BOT.search(user_agent):
        return True
    is_browser = _BROWSER.match(user_agent) is not None
    if reported_by_client:
        user_agent = _LIBRARY.sub("", user_agent)
    elif _LIBRARY.match(user_agent) or not is_browser:
        return True
    if is_browser:
        user_agent = _BROWSER_PART.sub("", user_agent)
    is_crawler: bool = CrawlerDetect(user_agent=user_agent).is_crawler()
    return is_crawler
