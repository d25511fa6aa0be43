"""Telling people's views from automated ones: link previews, mail scanners, prefetching browsers.

An automated view is logged, but it doesn't count and notifies nobody.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Final

from crawlerdetect import CrawlerDetect

from auth.client_info import ClientInfo
from services.sharing.user_agents import APP_WINDOWS, BOTS, LIBRARY_NAMES, LIBRARY_WORDS


def _any_of(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


_BOT: Final = re.compile(_any_of(bot.pattern for bot in BOTS), re.IGNORECASE)
_APP_WINDOW: Final = re.compile(_any_of(app.pattern for app in APP_WINDOWS), re.IGNORECASE)
_PREFETCH: Final = re.compile(r"prefetch|prerender|preview")
_LIBRARY: Final = re.compile(
    # A product token (RFC 9110 10.1.5) that contains one of the words or is one of the names. A
    # token that calls itself a bot is not a library, nor is an address.
    r"(?<![\w.:\\/-])(?!https?:|[\w.:\\/-]*(?:bot|crawl|spider|scan))"
    rf"(?:[\w.:\\-]*{_any_of(LIBRARY_WORDS)}"
    rf"|{_any_of(chain.from_iterable(LIBRARY_NAMES.values()))}\b)"
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
    return _is_bot(client_info.user_agent, reported_by_client)


@lru_cache(maxsize=4096)
def _is_bot(user_agent: str, reported_by_client: bool) -> bool:
    user_agent = user_agent.strip()
    if not user_agent or _BOT.search(user_agent):
        return True
    if reported_by_client:
        user_agent = _LIBRARY.sub("", user_agent)
    elif _LIBRARY.match(user_agent):
        return True
    if user_agent.startswith("Mozilla/5.0 ("):
        user_agent = _APP_WINDOW.sub("", user_agent)
    is_crawler: bool = CrawlerDetect(user_agent=user_agent).is_crawler()
    return is_crawler
