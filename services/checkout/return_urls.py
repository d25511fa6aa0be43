"""Where Stripe sends clients after they have paid: our own pages and front ends only."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

from errors import BadInput, Text
from integrations.stripe.checkout_orders import SESSION_ID_PLACEHOLDER
from settings import Settings

_MAX_LENGTH: Final = 2000
_INVALID_CHARACTERS: Final = re.compile(r'[\s\x00-\x20\x7f-\x9f"<>\\^`{|}]')
"""Never unquoted in a URL (RFC 3986, RFC 3987). Parsers drop some of them, each in its own way."""


@dataclass(frozen=True, slots=True)
class ReturnUrls:
    """Where Stripe sends the client: after the payment, and if the client cancels."""

    success: str
    cancel: str

    @classmethod
    def of(cls, url: str) -> Self:
        """Return `url` with what happened in its query."""
        return cls(
            success=_with_query(url, f"payment=success&session_id={SESSION_ID_PLACEHOLDER}"),
            cancel=_with_query(url, "payment=cancelled"),
        )


def check_return_url(url: str, settings: Settings) -> str:
    """Return `url` if it is on PUBLIC_URL or an allowed origin. Raises BadInput otherwise.

    URLs that Stripe would reject are refused here, before anything is created or expired.
    """
    allowed = set(filter(None, map(_origin_of, [settings.public_url, *settings.cors_origins])))
    is_invalid = len(url) > _MAX_LENGTH or _INVALID_CHARACTERS.search(url)
    if is_invalid or _origin_of(url) not in allowed:
        raise BadInput(
            Text("returnUrl must be on PUBLIC_URL or an allowed origin."), field="returnUrl"
        )
    return url


def _origin_of(url: str) -> str | None:
    """Return scheme, host and port of `url`, or None if it is not the address of a page."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port or default}"


def _with_query(url: str, query: str) -> str:
    """Add to the query of `url`, unquoted, since Stripe replaces a placeholder in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, query]))))
