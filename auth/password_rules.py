"""Which passwords may be chosen: neither short, nor common, nor easy to guess from who has them.

NIST SP 800-63B 3.1.1.2 and OWASP ASVS 5.0 6.2: length and lists, but no rules about kinds of
characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from errors import BadInput, Text

MIN_PASSWORD: Final = 8
"""Characters."""
MAX_PASSWORD: Final = 1024
"""Characters. A longer one is a mistake, or an attempt to have us hash megabytes."""

_COMMON: Final = Path(__file__).with_name("common_passwords.txt")
_PRODUCT: Final = "invotify"
_LETTERS_FOR: Final = str.maketrans("0134578@$!|", "oieastbasil")
"""The letters for which people write digits and signs."""
_MIN_NAME: Final = 3
"""Letters of a part of a name that is looked for. Shorter ones are part of too many words."""
_MIN_BESIDE_NAMES: Final = 6
"""Characters that a password needs beside names …"""
_MIN_DIGITS_BESIDE_NAMES: Final = 9
"""… and digits, if it has nothing else: more than a date."""


def check_password(password: str, names: Iterable[str] = ()) -> None:
    """Raise BadInput unless `password` may be chosen.

    `names` are what a guess would begin with: the person's name and address, the company's name.
    """
    if not password.strip():
        raise BadInput(Text("Enter a password."), field="password")
    if len(password) < MIN_PASSWORD:
        raise BadInput(
            Text("Use at least %(least)s characters.", least=MIN_PASSWORD), field="password"
        )
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise BadInput(Text("Use valid Unicode characters only."), field="password")
    if len(password) > MAX_PASSWORD:
        raise BadInput(
            Text("Use at most %(most)s characters.", most=MAX_PASSWORD), field="password"
        )
    if any(map(_is_common, _spellings(password))):
        raise BadInput(
            Text("This password is too common. Choose another one."),
            field="password",
        )
    words = _words([*names, _PRODUCT])
    if any(_is_made_of(words, spelling) for spelling in _spellings(password)):
        raise BadInput(
            Text("This password is easy to guess from a name or an address. Choose another one."),
            field="password",
        )


def _spellings(password: str) -> Iterator[str]:
    """Yield the password in lower case, as it is written and as it is read: "p4 ss" is "pass"."""
    written = unicodedata.normalize("NFKC", password).casefold()
    yield written
    yield re.sub(r"[\W_]+", "", written)
    yield written.translate(_LETTERS_FOR)
    yield written.rstrip("0123456789!@$").translate(_LETTERS_FOR)


def _is_common(password: str) -> bool:
    """Whether it is a common one, maybe repeated, or with digits or signs around it."""
    unit = _repeated(password)
    word = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", unit)
    is_short = unit != password and len(unit) < MIN_PASSWORD
    return is_short or unit in _common_passwords() or word in _common_passwords()


def _repeated(text: str) -> str:
    """Return the shortest text of which `text` is a repetition: "ab" for "ababab"."""
    length = (text + text).find(text, 1)
    return text[:length]


def _is_made_of(words: frozenset[str], password: str) -> bool:
    """Whether little is left of the password without the words in it."""
    rest = compact = re.sub(r"[\W_]+", "", password)
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    needed = _MIN_DIGITS_BESIDE_NAMES if rest.isdigit() else _MIN_BESIDE_NAMES
    return rest != compact and len(rest) < needed


def _words(names: Iterable[str]) -> frozenset[str]:
    parts = (part for name in names for part in re.split(r"[\W_]+", name.casefold()))
    return frozenset(part for part in parts if len(part) >= _MIN_NAME)


@cache
def _common_passwords() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))
