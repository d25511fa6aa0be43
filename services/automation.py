"""Telling a person's open from a machine's: link previews, mail scanners, prefetching browsers.

A machine's open is logged but neither counts nor rings.
"""

import re
from functools import lru_cache
from typing import Final

from crawlerdetect import CrawlerDetect

from auth.visitor import Visitor

_SCANNERS: Final = re.compile(
    # Mail gateways and fetchers that crawlerdetect doesn't know. No browser is a bare Mozilla.
    r"^(?:whatsapp|viber|outlook-(?:ios|android)|microsoft office)\b|^mozilla/[\d.]+$"
    r"|safelinks|ms-?office|microsoftpreview|skypeuripreview"
    r"|proofpoint|mimecast|barracuda|cloudmark|ironport|fireeye|trendmicro|sophos|forcepoint"
    r"|symantec|messagelabs|zscaler|palo ?alto|check ?point"
    r"|ggpht\.com|googleimageproxy|yahoomailproxy|iframely|embedly|linkpreview|headlesschrome",
    re.IGNORECASE,
)
_WINDOWS: Final = re.compile(
    # Programs in whose own windows people read. Their windows are browsers that add the program's
    # name to a browser's user agent; their fetchers send it alone, or are called otherwise
    # (Slackbot, Mattermost-Bot). crawlerdetect takes the one for the other.
    r"\b(?:slack(?:_ssb)?|mattermost|outlook-(?:ios|android)|whatsapp)/[\w.]+",
    re.IGNORECASE,
)
_PREFETCHES: Final = re.compile(r"prefetch|prerender|preview")
_LIBRARIES: Final = re.compile(
    r"(?:python|aiohttp|httpx|curl|wget|go-http-client|okhttp|node|undici|axios|got|java|dart|ruby"
    r"|apache-httpclient|faraday|guzzle|php|libwww-perl|postman|insomnia|reqwest|hyper|deno|bun)\b",
    re.IGNORECASE,
)


def is_automated(visitor: Visitor, *, said_so: bool = False) -> bool:
    """Whether a machine opened the invoice on its own account.

    `said_so`: a front end has stated that a person did, by calling `recordView`. Then the HTTP
    library that carried the call is no sign of a machine; a named bot or scanner still is.
    """
    if visitor.method == "HEAD" or _PREFETCHES.search(visitor.purpose):
        return True
    if said_so and _LIBRARIES.match(visitor.user_agent):
        return False
    return _is_machine(visitor.user_agent)


@lru_cache(maxsize=4096)
def _is_machine(user_agent: str) -> bool:
    user_agent = user_agent.strip()
    if not user_agent or _LIBRARIES.match(user_agent) or _SCANNERS.search(user_agent):
        return True
    if user_agent.startswith("Mozilla/5.0 ("):
        user_agent = _WINDOWS.sub("", user_agent)
    known: bool = CrawlerDetect(user_agent=user_agent).is_crawler()
    return known
