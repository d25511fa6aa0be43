"""Texts as they are searched: without case, accents, ligatures and invisible characters."""

import unicodedata
from typing import Final

MAX_SEARCH_TEXT: Final = 600
"""Characters of a row's search text. With four bytes each, PostgreSQL can index them."""
MAX_SEARCHED: Final = 100
"""Characters of a text that is searched for; the rest is ignored."""
_MAX_TERMS: Final = 8
"""Words of it that are searched for; the rest is ignored."""
_IGNORED: Final = frozenset({"Cf", "Cn", "Co", "Cs", "Mn"})
"""The categories of characters that are left out: accents, joiners, marks of direction."""
_REPLACED: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc", "'"),
        "æ": "ae",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",  # noqa: RUF001  # the dotless one
        "ĸ": "k",
        "ł": "l",
        "ŋ": "n",
        "ø": "o",
        "œ": "oe",
        "þ": "th",
        "ŧ": "t",
    }
)
"""Letters that Unicode doesn't take apart, and characters that look alike."""


def searchable(*texts: str | None) -> str:
    """Return the search text of `texts`: words with single spaces between them.

    Two spellings that differ in case, accents or form only give the same text: É and e, ß and ss,
    ł and l, Σ and ς, and all that Turkish writes for i.
    """
    joined = " ".join(filter(None, texts))
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", joined).casefold())
    kept = "".join(c for c in folded if unicodedata.category(c) not in _IGNORED)
    return " ".join(kept.translate(_REPLACED).split())[:MAX_SEARCH_TEXT].rstrip()


def clean_search(text: str) -> str:
    """Return the text that is searched for: trimmed, and cut to MAX_SEARCHED characters."""
    return text.replace("\x00", "").strip()[:MAX_SEARCHED]


def search_terms(text: str) -> list[str]:
    """Return the words of a text that is searched for, as search texts have them."""
    return searchable(clean_search(text)).split()[:_MAX_TERMS]
