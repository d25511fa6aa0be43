"""Validation of typed text: trimmed, bounded, and free of characters that can't be stored."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from banking.currencies import EXPONENTS
from errors import BadInput, Text, gather_refusals, input_path
from integrations.mail.addresses import ascii_domain
from services.common.invisible import is_blank, without_misleading
from values.parties import COUNTRIES, PostalAddress

MAX_REASON: Final = 500
"""Characters of why something was done."""
_BREAKS: Final = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_CONTROLS: Final = frozenset({"Cc", "Cs"})
"""Unicode categories of control characters and surrogates."""
_NONCHARACTERS: Final = dict.fromkeys(
    (
        *range(0xFDD0, 0xFDF0),
        *range(0xFFFE, 0x110000, 0x10000),
        *range(0xFFFF, 0x110000, 0x10000),
    )
)
"""What will never be a character (Unicode 23.7), and what no XML can have."""
_MARKS: Final = dict.fromkeys((0x061C, 0x200E, 0x200F))
"""Marks of direction that a text may have, but no address."""
_MAX_ADDRESS: Final = 254
"""Characters of the longest address that mail can be sent to (RFC 5321 4.5.3.1.3)."""
MAX_COPIES: Final = 10
"""Addresses that get a copy of an e-mail, of a customer and of one e-mail each."""
_MAX_ADDRESS_LINES: Final = 3
"""Lines of a street that EN 16931 has a place for (BT-35, BT-36, BT-162)."""
_HUNDRED: Final = Decimal(100)
_PERCENT_DECIMALS: Final = 4
# Names such as .local are allowed, since a portal may serve a private network. This is the
# library's own way of saying so.
SPECIAL_USE_DOMAIN_NAMES.clear()
_URL: Final = re.compile(
    r'(?i:https?)://[^\s/?#@:\[\]"<>\\^`{|}]+(?::\d{1,5})?(?:[/?#][^\s"<>\\^`{|}]*)?'
)
"""URLs of RFC 3986 and RFC 3987 with a host name and without user information."""


def clean(value: str, field: str, *, most: int, multiline: bool = False) -> str:
    """Return `value` trimmed, in NFC and without control characters, which pasted text may have.

    Unless it is `multiline`, line breaks become spaces, and marks go that only mislead a reader.
    Raises BadInput unless it has 1 to `most` characters and something of it can be seen.
    """
    text = clean_optional(value, field, most=most, multiline=multiline)
    if text is None:
        raise BadInput(Text("This is required."), field=field)
    return text


def clean_optional(
    value: str | None, field: str, *, most: int, multiline: bool = False
) -> str | None:
    """Return `value` as `clean` does, or None if nothing was typed that can be seen."""
    text = _BREAKS.sub("\n" if multiline else " ", value or "").replace("\t", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _CONTROLS)
    text = text.translate(_NONCHARACTERS)
    text = unicodedata.normalize("NFC", text if multiline else without_misleading(text))
    text = _without_blank_ends(text).strip()
    if len(text) > most:
        raise BadInput(Text("Use at most %(most)s characters.", most=most), field=field)
    return text or None


def _without_blank_ends(text: str) -> str:
    """Return a text without its first and last lines as long as nothing of them can be seen.

    What a line is about is in the first line of its description.
    """
    lines = text.split("\n")
    visible = [at for at, line in enumerate(lines) if not is_blank(line)]
    return "\n".join(lines[visible[0] : visible[-1] + 1]) if visible else ""


def clean_email(value: str | None, field: str = "email") -> str | None:
    """Return an e-mail address, or None if nothing was typed. Raises BadInput if it is invalid.

    Addresses are those of RFC 5321 and RFC 6531 without quotes and with at least two domain labels.
    Ones that look like an encoded word (RFC 2047) are invalid, too, since they would be read as
    something else, and so are full-width letters and the like, which nobody has in an address.
    Invisible marks, which are copied with addresses from web pages, are left out.
    """
    address = clean_optional((value or "").translate(_MARKS), field, most=_MAX_ADDRESS)
    if address is None:
        return None
    if (usual := unicodedata.normalize("NFKC", address)) != address:
        raise BadInput(
            Text("Use ordinary letters in the address: %(address)s.", address=usual), field=field
        )
    try:
        parts = validate_email(
            address, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except EmailNotValidError:
        is_valid = False
    else:
        is_valid = "." in parts.domain and "=?" not in address
    if not is_valid:
        raise BadInput(Text("Enter a valid e-mail address, like ada@example.com."), field=field)
    normalize_address(address, field)
    return address


def clean_emails(emails: Sequence[str], field: str, *, most: int) -> list[str]:
    """Return e-mail addresses as they were entered, each once however it is written.

    Raises BadInput for an invalid one, and for more than `most`.
    """
    addresses: dict[str, str] = {}
    with gather_refusals() as refusals:
        for index, email in enumerate(emails):
            address = refusals.of(_clean_one_of, field, index, email)
            if address is not None:
                addresses.setdefault(normalize_address(address), address)
        if len(addresses) > most:
            raise BadInput(Text("Enter at most %(most)s addresses.", most=most), field=field)
    return list(addresses.values())


def _clean_one_of(field: str, index: int, email: str) -> str | None:
    with input_path(field, index):
        return clean_email(email, field="")


def normalize_address(address: str, field: str = "email") -> str:
    """Return the canonical form of `address`, by which its preferences are found.

    Trimmed, in NFC, in lower case, and with a non-ASCII domain in the DNS's form (RFC 5891, UTS 46)
    if IDNA can encode it. Raises BadInput if that makes it too long.
    """
    text = unicodedata.normalize("NFC", address.strip()).lower()
    local, at, domain = unicodedata.normalize("NFC", text).rpartition("@")
    normal = f"{local}{at}{ascii_domain(domain)}"
    if len(normal) > _MAX_ADDRESS:
        raise BadInput(Text("Use at most %(most)s characters.", most=_MAX_ADDRESS), field=field)
    return normal


def clean_url(value: str | None, field: str, *, most: int) -> str | None:
    """Return an HTTP URL, or None if nothing was typed. Raises BadInput if it is invalid."""
    url = clean_optional(value, field, most=most)
    if url is not None and not _URL.fullmatch(url):
        raise BadInput(Text("Enter a URL that starts with https:// or http://."), field=field)
    return url


def clean_currency(value: str, field: str = "currency") -> str:
    """Return `value` if it is an ISO 4217 code. Raises BadInput otherwise."""
    if value not in EXPONENTS:
        raise BadInput(Text("Enter an ISO 4217 currency code, like EUR."), field=field)
    return value


def clean_time_zone(value: str, field: str = "timeZone") -> str:
    """Return `value` if it is an IANA time zone. Raises BadInput otherwise."""
    if value not in time_zones():
        raise BadInput(Text("Enter an IANA time zone, like Europe/Berlin."), field=field)
    return value


@cache
def time_zones() -> frozenset[str]:
    """Return the names of zones; reading their directory takes some milliseconds."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def clean_address(address: PostalAddress | None, field: str) -> PostalAddress | None:
    """Return a structured address, or None if nothing was typed. Raises BadInput."""
    if address is None:
        return None
    with input_path(field), gather_refusals() as refusals:
        lines = [refusals.of(clean_optional, line, "lines", most=100) for line in address.lines]
        cleaned = PostalAddress(
            lines=tuple(line for line in lines if line is not None),
            postal_code=refusals.of(clean_optional, address.postal_code, "postalCode", most=20),
            city=refusals.of(clean_optional, address.city, "city", most=100),
            region=refusals.of(clean_optional, address.region, "region", most=100),
            country=refusals.of(_clean_country, address.country),
        )
        if len(cleaned.lines) > _MAX_ADDRESS_LINES:
            raise BadInput(
                Text("Use at most %(most)s lines.", most=_MAX_ADDRESS_LINES), field="lines"
            )
    return cleaned or None


def _clean_country(country: str | None) -> str | None:
    code = clean_optional(country, "country", most=2)
    if code is not None and code.upper() not in COUNTRIES:
        raise BadInput(Text("Enter an ISO 3166-1 country code, like DE."), field="country")
    return code and code.upper()


def check_percent(percent: Decimal, field: str) -> None:
    """Raise BadInput unless it is between 0 and 100, with as many decimals as columns have."""
    if not 0 <= percent <= _HUNDRED or percent != round(percent, _PERCENT_DECIMALS):
        raise BadInput(
            Text(
                "This must be between 0 and 100, with at most %(decimals)s decimals.",
                decimals=_PERCENT_DECIMALS,
            ),
            field=field,
        )


def written_recipient(normalized: str, written: str) -> str | None:
    """Return the column of an address that was entered in another form than its `normalized` one.

    Only its mail server knows whether the case of the part before the @ matters (RFC 5321 2.4).
    """
    return None if written == normalized else written
