"""A short name for what somebody opened an invoice with, out of the browser's user agent."""

import re
from collections.abc import Sequence
from typing import Final

_BROWSERS: Final = (
    # Each says that it is those behind it, too.
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Outlook", r"Outlook"),
    ("Thunderbird", r"Thunderbird/"),
    ("Slack", r"\bSlack(?:_SSB)?/"),
    ("WhatsApp", r"WhatsApp/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(?:e|ium)/|CriOS/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS: Final = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)
_LONGEST: Final = 40
"""Characters of a name that we don't know."""


def device_of(user_agent: str | None) -> str:
    """Return e.g. "Firefox on Linux"; for a program its own first word, for nothing "Unknown"."""
    said = (user_agent or "").strip()
    browser, system = _first(_BROWSERS, said), _first(_SYSTEMS, said)
    if browser and system:
        return f"{browser} on {system}"
    if known := browser or system:
        return known
    name = said.partition(" ")[0].partition("/")[0]
    return name[:_LONGEST] or "Unknown"


def _first(names: Sequence[tuple[str, str]], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)
