"""Validation of typed text: trimmed, bounded, and free of characters that can't be stored."""

import re
import unicodedata
from typing import Final

from errors import BadInput
from integrations.mail.addresses import ascii_domain
from models.currencies import EXPONENTS

_FORBIDDEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories of control characters, surrogates and line separators."""
_ALLOWED_IN_LINES: Final = frozenset("\n\t\u2028\u2029")
_ATOM: Final = r'[^\s@,;:<>()\[\]"\\.]+'
_EMAIL: Final = re.compile(rf"(?=.{{1,64}}@)(?!.*=\?){_ATOM}(?:\.{_ATOM})*@(?:{_ATOM}\.)+{_ATOM}")
"""Unquoted addresses of RFC 5321 (4.1.2, 4.5.3.1.1) and RFC 6531 with at least two domain labels.

Addresses that start like an encoded word (RFC 2047) are excluded, since they look like one."""
_MAX_ADDRESS: Final = 254
"""Characters of the longest address that mail can be sent to (RFC 5321 4.5.3.1.3)."""
_URL: Final = re.compile(
    r'(?i:https?)://[^\s/?#@:\[\]"<>\\^`{|}]+(?::\d{1,5})?(?:[/?#][^\s"<>\\^`{|}]*)?'
)
"""URLs of RFC 3986 and RFC 3987 with a host name and without user information."""


def clean(value: str, field: str, *, most: int, multiline: bool = False) -> str:
    """Return `value` trimmed and in NFC. Raises BadInput unless it has 1 to `most` characters."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    allowed = _ALLOWED_IN_LINES if multiline else frozenset[str]()
    if any(unicodedata.category(c) in _FORBIDDEN and c not in allowed for c in text):
        raise BadInput("Control characters aren't allowed.", field=field)
    if not text:
        raise BadInput("This is required.", field=field)
    if len(text) > most:
        raise BadInput(f"Use at most {most:,} characters.", field=field)
    return text


def clean_optional(
    value: str | None, field: str, *, most: int, multiline: bool = False
) -> str | None:
    """Return `value` as `clean` does, or None if nothing was typed."""
    if value is None or not value.strip():
        return None
    return clean(value, field, most=most, multiline=multiline)


def clean_email(value: str | None, field: str = "email") -> str | None:
    """Return an e-mail address, or None if nothing was typed. Raises BadInput if it is invalid."""
    address = clean_optional(value, field, most=_MAX_ADDRESS)
    if address is not None and not _EMAIL.fullmatch(address):
        raise BadInput("Enter a valid e-mail address, like ada@example.com.", field=field)
    return address


def normalize_address(address: str, field: str = "email") -> str:
    """Return the canonical form of `address`, by which its preferences are found.

    Trimmed, in NFC, in lower case, and with a non-ASCII domain in the DNS's form (RFC 5891, UTS 46)
    if IDNA can encode it. Raises BadInput if that makes it too long.
    """
    text = unicodedata.normalize("NFC", address.strip()).lower()
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    normal = f"{local}{at}{ascii_domain(domain)}"
    if len(normal) > _MAX_ADDRESS:
        raise BadInput(f"Use at most {_MAX_ADDRESS} characters.", field=field)
    return normal


def clean_url(value: str | None, field: str, *, most: int) -> str | None:
    """Return an HTTP URL, or None if nothing was typed. Raises BadInput if it is invalid."""
    url = clean_optional(value, field, most=most)
    if url is not None and not _URL.fullmatch(url):
        raise BadInput("Enter a URL that starts with https:// or http://.", field=field)
    return url


def clean_currency(value: str, field: str = "currency") -> str:
    """Return `value` if it is an ISO 4217 code. Raises BadInput otherwise."""
    if value not in EXPONENTS:
        raise BadInput("Enter an ISO 4217 currency code, like EUR.", field=field)
    return value
