"""Short names of devices, from the user agents of browsers."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_BROWSERS: Final = (
    # The order matters: each also claims to be one of those below it.
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
_NAMES: Final = frozenset(f"{b} on {s}" for b, _ in _BROWSERS for s, _ in _SYSTEMS)
"""Views of long ago have only these names."""
_MAX_NAME_LENGTH: Final = 40
"""Characters of the name of an unknown program."""


@lru_cache(maxsize=1_000)
def device_name(user_agent: str | None) -> str:
    """Return a name like "Firefox on Linux"; for other programs the first word of `user_agent`."""
    text = (user_agent or "").strip()
    if text in _NAMES:
        return text
    browser, system = _first_match(_BROWSERS, text), _first_match(_SYSTEMS, text)
    if browser and system:
        return f"{browser} on {system}"
    if known := browser or system:
        return known
    name = text.partition(" ")[0].partition("/")[0]
    return name[:_MAX_NAME_LENGTH] or "Unknown"


def _first_match(names: Sequence[tuple[str, str]], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)
