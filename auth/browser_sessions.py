"""The protection of browser sessions: cookie names, request origins and form tokens.

Nothing here knows HTTP objects: headers are mappings with lower-case names.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from auth.secrets import PREFIXES
from auth.signatures import Signatures
from errors import Forbidden
from models import CredentialKind

_SESSION: Final = re.compile(re.escape(PREFIXES[CredentialKind.SESSION]) + r"[\w-]{1,100}")
_EXPIRED: Final = "This form has expired. Reload the page and try again."
_SESSION_TOKEN: Final = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII)


def cookie_name(public_url: str, purpose: str = "") -> str:
    """Return the name of the session cookie, or of a cookie for another `purpose`.

    Over HTTPS, the `__Host-` prefix keeps other hosts from setting it (RFC 6265bis 4.1.3.2).
    """
    name = f"invotify-{purpose}" if purpose else "invotify"
    return f"__Host-{name}" if is_secure(public_url) else name


def is_secure(public_url: str) -> bool:
    """Whether the portal is served over HTTPS."""
    return public_url.startswith("https:")


def session_authorization(cookies: Mapping[str, str], public_url: str) -> str | None:
    """Return the `Authorization` value of the session cookie, or None without one.

    Only sessions are accepted in cookies, never API keys.
    """
    secret = cookies.get(cookie_name(public_url), "")
    return f"Bearer {secret}" if _SESSION.fullmatch(secret) else None


def is_navigation(headers: Mapping[str, str]) -> bool:
    """Whether a person opens the address in a browser, according to Fetch Metadata."""
    return headers.get("sec-fetch-mode") == "navigate"


def is_same_origin(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether the browser doesn't say that a page of another origin made the request.

    Decided by Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), or by Origin in browsers
    without it. The Origin "null" proves nothing, since pages with `Referrer-Policy: no-referrer`
    such as the portal's own send it. Programs that send neither header have no session cookie
    unless someone gave them one.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "null")
    own = {headers.get("host"), urlsplit(public_url).netloc}
    return origin == "null" or origin.partition("://")[2] in own


class FormTokens:
    """CSRF tokens of the portal's forms, and proofs of what it says after them."""

    def __init__(self, signatures: Signatures) -> None:
        self._signatures = signatures

    def of_session(self, credential_id: UUID) -> str:
        """Return the token for a session's forms."""
        return f"{credential_id.hex}.{self._signatures.sign(_form_of_session(credential_id))}"

    def session_of(self, token: str) -> UUID | None:
        """Return the session to which `token` belongs, which may have ended, or None."""
        match = _SESSION_TOKEN.fullmatch(token)
        if match is None:
            return None
        credential_id = UUID(match[1])
        is_valid = self._signatures.is_valid(match[2], _form_of_session(credential_id))
        return credential_id if is_valid else None

    def check_session(self, credential_id: UUID, token: str) -> None:
        """Raise Forbidden unless `token` belongs to the session."""
        if self.session_of(token) != credential_id:
            raise Forbidden(_EXPIRED)

    def of_notice(self, credential_id: UUID, text: str) -> str:
        """Return the proof that the portal itself tells a session `text`."""
        return self._signatures.sign(_notice(credential_id, text))

    def is_notice(self, credential_id: UUID, text: str, proof: str) -> bool:
        """Whether `proof` belongs to `text` and to the session."""
        return self._signatures.is_valid(proof, _notice(credential_id, text))

    def of_browser(self, secret: str) -> str:
        """Return the token for forms before sign-in, in the browser that holds `secret`."""
        return self._signatures.sign(_form_of_browser(secret))

    def check_browser(self, secret: str, token: str) -> None:
        """Raise Forbidden unless `token` belongs to the browser. An empty secret has none."""
        if not secret or not self._signatures.is_valid(token, _form_of_browser(secret)):
            raise Forbidden(_EXPIRED)


def _form_of_session(credential_id: UUID) -> str:
    return f"form of session {credential_id}"


def _form_of_browser(secret: str) -> str:
    return f"form of browser {secret}"


def _notice(credential_id: UUID, text: str) -> str:
    return f"notice to session {credential_id}: {text}"
