"""Telling a person's open from a machine's: link previews, mail scanners, prefetching browsers.

A machine's open is logged but neither counts nor rings.
"""

import re
from functools import lru_cache
from typing import Final

from crawlerdetect import CrawlerDetect

from auth.visitor import Visitor

_SCANNERS: Final = re.compile(
    # Mail gateways and chat programs that fetch what is in a message before a person does, and
    # that crawlerdetect has no pattern for.
    r"safelinks|ms-?office|microsoft office|outlook-(?:ios|android)|msoffice|skypeuripreview"
    r"|proofpoint|mimecast|barracuda|cloudmark|ironport|fireeye|trendmicro|sophos|forcepoint"
    r"|symantec|messagelabs|zscaler|paloalto|checkpoint|ggpht\.com|googleimageproxy|yahoomailproxy"
    r"|whatsapp|telegrambot|slack|discordbot|linkedinbot|twitterbot|facebookexternalhit|viber"
    r"|signal-desktop|snapchat|teams|mattermost|iframely|embedly|linkpreview|headlesschrome",
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
    return (
        not user_agent.strip()
        or _SCANNERS.search(user_agent) is not None
        or CrawlerDetect(user_agent=user_agent).is_crawler()
    )
