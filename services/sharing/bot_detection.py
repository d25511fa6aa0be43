"""Telling a person's open from a machine's: link previews, mail scanners, prefetching browsers.

A machine's open is logged but neither counts nor rings.
"""

import re
from functools import lru_cache
from typing import Final

from crawlerdetect import CrawlerDetect

from auth.client_info import ClientInfo

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
    # A product token (RFC 9110 10.1.5) of a program that speaks HTTP for another: by what such
    # names have in common, or by name. One that calls itself a bot is one all the same.
    r"(?<![\w.:\\/-])(?!https?:|[\w.:\\/-]*(?:bot|crawl|spider|scan))"
    r"(?:[\w.:\\-]*(?:http|curl|wget|urllib|libwww|lwp|client|request|fetch(?!er|or)|superagent)"
    r"|(?:python|java|dart|ruby|php|perl|swift|node|undici|axios|got|ky|needle|deno|bun|hyper|reqwest"
    r"|ureq|isahc|faraday|guzzle|symfony|browserkit|mojolicious|cakephp|drupal|wordpress|snoopy"
    r"|typhoeus|unirest|resty|restsharp|reactornetty|jersey|jetty|ahc|dispatch|hackney|mechanize"
    r"|postman(?:runtime)?|insomnia)\b)"
    r"[\w.:\\/-]*|\bgithub\.com\S*",
    re.IGNORECASE,
)


def is_automated(client_info: ClientInfo, *, reported_by_client: bool = False) -> bool:
    """Whether a program requested the invoice by itself, rather than a person's browser.

    A request without a user agent counts as automated. `reported_by_client`: a front end says, by
    calling `recordView`, that a person viewed the invoice. Then an HTTP library in the user agent
    is no sign of a bot, but the names of known bots and scanners still are.
    """
    if client_info.method == "HEAD" or _PREFETCHES.search(client_info.purpose):
        return True
    return _is_machine(client_info.user_agent, reported_by_client)


@lru_cache(maxsize=4096)
def _is_machine(user_agent: str, reported_by_client: bool) -> bool:
    user_agent = user_agent.strip()
    if not user_agent or _SCANNERS.search(user_agent):
        return True
    if reported_by_client:
        user_agent = _LIBRARIES.sub("", user_agent)
    elif _LIBRARIES.match(user_agent):
        return True
    if user_agent.startswith("Mozilla/5.0 ("):
        user_agent = _WINDOWS.sub("", user_agent)
    known: bool = CrawlerDetect(user_agent=user_agent).is_crawler()
    return known
