"""Writing XML: elements as text, which are left out where nothing is in them."""

import re
from datetime import date
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 doesn't allow (production 2)."""
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(name: str, /, *content: str) -> str:
    """Return an element with the elements in `content`, or nothing if they are nothing."""
    inner = "".join(content)
    return f"<{name}>{inner}</{name}>" if inner else ""


def text(name: str, value: str | None, /, **attributes: str | None) -> str:
    """Return an element with a text, or nothing if there is no text.

    Attributes without a value are left out.
    """
    value = _FORBIDDEN.sub("", value or "")
    if not value.strip():
        return ""
    given = "".join(f" {key}={quoteattr(each)}" for key, each in attributes.items() if each)
    return f"<{name}{given}>{escape(value)}</{name}>"


def document(name: str, namespaces: dict[str, str], *content: str) -> bytes:
    """Return a document whose root declares `namespaces`, by prefix; "" is the default one."""
    declared = "".join(
        f" xmlns{':' if prefix else ''}{prefix}={quoteattr(uri)}"
        for prefix, uri in namespaces.items()
    )
    return f"{_DECLARATION}<{name}{declared}>{''.join(content)}</{name}>\n".encode()


def decimal(value: Decimal) -> str:
    """Return a number without an exponent and without zeros at the end."""
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def iso_date(day: date | None) -> str | None:
    """Return a date as "2026-11-30"."""
    return day.isoformat() if day else None
