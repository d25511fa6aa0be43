"""Where Stripe sends people back to: our own pages and front ends, and nowhere else."""

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from errors import BadInput
from settings import Settings

_LONGEST_URL: Final = 2000
_NOT_IN_URLS: Final = re.compile(r'[\s\x00-\x20\x7f-\x9f"<>\\^`{|}]')
"""What no URL has unquoted (RFC 3986, RFC 3987). Parsers drop some of it, each in its own way."""


def check_return_url(url: str, settings: Settings) -> str:
    """Return `url` if it leads to one of our own pages or front ends; BadInput otherwise.

    So is one that Stripe would not take, before anything is asked of it or called off.
    """
    allowed = set(filter(None, map(_origin_of, [settings.public_url, *settings.cors_origins])))
    is_odd = len(url) > _LONGEST_URL or _NOT_IN_URLS.search(url)
    if is_odd or _origin_of(url) not in allowed:
        message = "This leads to a place that is not among the allowed origins."
        raise BadInput(message, field="returnUrl")
    return url


def _origin_of(url: str) -> str | None:
    """Return scheme, host and port of `url`, or None if it is no address of a page."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port or default}"


def with_query(url: str, query: str) -> str:
    """Return `url` with more in its query. Nothing is quoted: Stripe fills in the braces."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, query]))))
