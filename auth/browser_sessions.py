"""What keeps a session in a browser safe: its cookie's name, requests' origins, forms' tokens.

Nothing here knows HTTP's objects: headers are mappings with names in lower case.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from auth.secrets import PREFIXES
from errors import Forbidden
from models import CredentialKind

_SESSION: Final = re.compile(re.escape(PREFIXES[CredentialKind.SESSION]) + r"[\w-]{1,100}")


def cookie_name(public_url: str, purpose: str = "") -> str:
    """Return what the cookie is called that holds a session, or serves another `purpose`.

    Over https its name says to browsers that no other host may set it (RFC 6265bis 4.1.3.2).
    """
    name = f"invotify-{purpose}" if purpose else "invotify"
    return f"__Host-{name}" if is_secure(public_url) else name


def is_secure(public_url: str) -> bool:
    """Whether browsers reach us over https only."""
    return public_url.startswith("https:")


def session_authorization(cookies: Mapping[str, str], public_url: str) -> str | None:
    """Return the `Authorization` that a browser's session stands for, or None without one.

    Only sessions live in cookies: an API key that somebody puts there opens nothing.
    """
    secret = cookies.get(cookie_name(public_url), "")
    return f"Bearer {secret}" if _SESSION.fullmatch(secret) else None


def is_navigation(headers: Mapping[str, str]) -> bool:
    """Whether somebody opens the address in a browser, as Fetch Metadata says."""
    return headers.get("sec-fetch-mode") == "navigate"


def is_same_origin(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a request was not made by a page of another origin, as far as the browser says so.

    By Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), or by Origin for a browser without.
    Pages that tell nobody where they are send the Origin "null", our own among them, so that it
    says nothing; neither does a program that sends none of the two. They have no cookie of ours but
    one that they were given.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "null")
    own = {headers.get("host"), urlsplit(public_url).netloc}
    return origin == "null" or origin.partition("://")[2] in own


class FormTokens:
    """Tokens that our forms carry, so that no other site's form is taken for one of ours."""

    def __init__(self, key: str | None) -> None:
        """Sign with `key`, or with one that is made up and forgotten with the process."""
        self._key = (key or secrets.token_urlsafe()).encode()

    def of_session(self, credential_id: UUID) -> str:
        """Return the token of the forms that are shown to a session."""
        return self._sign(f"form of session {credential_id}")

    def check_session(self, credential_id: UUID, token: str) -> None:
        """Raise Forbidden unless `token` is that session's."""
        _compare(self.of_session(credential_id), token)

    def of_browser(self, secret: str) -> str:
        """Return the token of the form for signing in, for the browser that keeps `secret`."""
        return self._sign(f"form of browser {secret}")

    def check_browser(self, secret: str, token: str) -> None:
        """Raise Forbidden unless `token` is that browser's; an empty secret has none."""
        _compare(self.of_browser(secret) if secret else "", token or "none")

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _compare(expected: str, token: str) -> None:
    if not hmac.compare_digest(expected.encode(), token.encode()):
        message = "This form has expired. Reload the page and try again."
        raise Forbidden(message)
