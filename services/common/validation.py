"""Text that people type: trimmed, bounded, and free of what a database or a page can't carry."""

import re
import unicodedata
from typing import Final

from errors import BadInput
from integrations.mail.addresses import ascii_domain
from models.currencies import EXPONENTS

_FORBIDDEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that end a line or that no text can carry."""
_ALLOWED_IN_LINES: Final = frozenset("\n\t\u2028\u2029")
_ATOM: Final = r'[^\s@,;:<>()\[\]"\\.]+'
_EMAIL: Final = re.compile(rf"(?=.{{1,64}}@)(?!.*=\?){_ATOM}(?:\.{_ATOM})*@(?:{_ATOM}\.)+{_ATOM}")
"""What RFC 5321 (4.1.2, 4.5.3.1.1) and RFC 6531 let stand unquoted, with a domain of two labels.

An address that begins like an encoded word (RFC 2047) could not be told from one."""
_MAX_ADDRESS: Final = 254
"""Characters of an address that mail can be sent to (RFC 5321 4.5.3.1.3)."""
_URL: Final = re.compile(
    r'(?i:https?)://[^\s/?#@:\[\]"<>\\^`{|}]+(?::\d{1,5})?(?:[/?#][^\s"<>\\^`{|}]*)?'
)
"""What RFC 3986 and RFC 3987 let stand, with a host that has a name, and without a user."""


def clean(value: str, field: str, *, most: int, multiline: bool = False) -> str:
    """Return `value` trimmed and in NFC, at least one and at most `most` characters long."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    allowed = _ALLOWED_IN_LINES if multiline else frozenset[str]()
    if any(unicodedata.category(c) in _FORBIDDEN and c not in allowed for c in text):
        raise BadInput("Control characters are not allowed.", field=field)
    if not text:
        raise BadInput("This must not be empty.", field=field)
    if len(text) > most:
        raise BadInput(f"This is longer than {most} characters.", field=field)
    return text


def clean_optional(
    value: str | None, field: str, *, most: int, multiline: bool = False
) -> str | None:
    """Return `value` as `clean` does, and None where nothing was typed."""
    if value is None or not value.strip():
        return None
    return clean(value, field, most=most, multiline=multiline)


def clean_email(value: str | None, field: str = "email") -> str | None:
    """Return an address that mail can be sent to, or None where nothing was typed."""
    address = clean_optional(value, field, most=_MAX_ADDRESS)
    if address is not None and not _EMAIL.fullmatch(address):
        raise BadInput("This is not an e-mail address.", field=field)
    return address


def normalize_address(address: str, field: str = "email") -> str:
    """Return the one way in which `address` is written, which names its preferences.

    Trimmed, in NFC, all in lower case, and with a domain that is not ASCII as DNS has it (RFC 5891,
    UTS 46). One that IDNA does not know stays as it is. Raises BadInput if that makes it too long.
    """
    text = unicodedata.normalize("NFC", address.strip()).lower()
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    normal = f"{local}{at}{ascii_domain(domain)}"
    if len(normal) > _MAX_ADDRESS:
        raise BadInput(f"This is longer than {_MAX_ADDRESS} characters.", field=field)
    return normal


def clean_url(value: str | None, field: str, *, most: int) -> str | None:
    """Return the URL of a page on the web, or None where nothing was typed."""
    url = clean_optional(value, field, most=most)
    if url is not None and not _URL.fullmatch(url):
        raise BadInput("This is not a URL that begins with https:// or http://.", field=field)
    return url


def clean_currency(value: str, field: str = "currency") -> str:
    """Return `value` if it is a currency's code of ISO 4217."""
    if value not in EXPONENTS:
        raise BadInput("This is not an ISO 4217 currency code.", field=field)
    return value
