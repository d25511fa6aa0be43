"""The states of documents as words, for messages about what a document in some state can't do."""

from enum import StrEnum
from typing import Final

from errors import Text

_WORDS: Final = {
    "DRAFT": Text("a draft"),
    "ISSUED": Text("issued"),
    "PARTIALLY_PAID": Text("partly paid"),
    "PAID": Text("paid"),
    "CANCELLED": Text("cancelled"),
    "SENT": Text("sent"),
    "ACCEPTED": Text("accepted"),
    "DECLINED": Text("declined"),
    "APPLIED": Text("applied"),
    "VOID": Text("void"),
}


def status_text(status: StrEnum) -> Text:
    """Return the state of an invoice, quote or credit note, to follow "This invoice is"."""
    return _WORDS[status]
