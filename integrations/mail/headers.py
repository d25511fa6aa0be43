"""Headers that every mail program reads alike.

Python's own folding loses spaces between encoded words, splits mailboxes, and writes encoded words
that are too long.
"""

from base64 import b64encode
from collections.abc import Callable
from email.headerregistry import (
    Address,
    AddressHeader,
    BaseHeader,
    HeaderRegistry,
    UnstructuredHeader,
)
from typing import Any, Final, Self

_MAX_LINE: Final = 76
"""Octets of a line with an encoded word, which so has at most 75 (RFC 2047 2)."""
_Q_SAFE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""What stands for itself in a word of a phrase (RFC 2047 5, rule 3)."""
_ESCAPED: Final = str.maketrans({'"': '\\"', "\\": "\\\\"})


def encoded_words(text: str, *, taken: int = 1) -> list[str]:
    """Return `text` as encoded words (RFC 2047), of which none splits a character.

    Spaces are encoded, too, because those between two encoded words don't count. Each word fits on
    a line of its own, after a space; on the first line, so many octets are `taken`.
    """
    words = (_words(text, taken, "q", _q), _words(text, taken, "b", _b))
    return min(words, key=lambda words: sum(map(len, words)))


def _words(text: str, taken: int, encoding: str, encode: Callable[[str], str]) -> list[str]:
    frame = len(f"=?utf-8?{encoding}??=")
    words: list[str] = []
    word, room = "", _MAX_LINE - taken - frame
    for character in text:
        if len(encode(word + character)) > room:
            words.append(word)
            word, room = "", _MAX_LINE - 1 - frame
        word += character
    return [f"=?utf-8?{encoding}?{encode(word)}?=" for word in (*words, word)]


def _q(text: str) -> str:
    return "".join(
        "_" if octet == ord(" ") else chr(octet) if octet in _Q_SAFE else f"={octet:02X}"
        for octet in text.encode()
    )


def _b(text: str) -> str:
    return b64encode(text.encode()).decode()


class TextHeader(UnstructuredHeader, BaseHeader):
    """A header of text, such as the subject."""

    def fold(self, *, policy: Any) -> str:  # noqa: ANN401  # generic to mypy only
        """Return the header, in encoded words if it isn't ASCII."""
        if self.isascii():
            folded: str = super().fold(policy=policy)
            return folded
        start = f"{self.name}: "
        words = encoded_words(self, taken=len(start))
        return f"{start}{f'{policy.linesep} '.join(words)}{policy.linesep}"


class MailboxHeader(AddressHeader, BaseHeader):  # type: ignore[misc]  # as the registry does
    """A header of mailboxes that folds correctly.

    Python's folding drops the quotes of a long name, and then a comma in it splits the mailbox.
    """

    def fold(self, *, policy: Any) -> str:  # noqa: ANN401  # generic to mypy only
        """Return the header, with non-ASCII names in encoded words.

        Each mailbox has a line of its own, since a line has at most 998 octets (RFC 5322 2.1.1).
        """
        sep: str = policy.linesep
        mailboxes = f",{sep} ".join(_mailbox(address, sep) for address in self.addresses)
        return f"{self.name}: {mailboxes}{sep}"


def _mailbox(address: Address, sep: str) -> str:
    name = address.display_name
    if not name:
        return address.addr_spec
    if name.isascii():
        return f'"{name.translate(_ESCAPED)}" <{address.addr_spec}>'
    words = f"{sep} ".join(encoded_words(name))
    return f"{words}{sep} <{address.addr_spec}>"


class VerbatimHeader(UnstructuredHeader, BaseHeader):
    """A header that isn't folded, since RFC 2369 and RFC 2919 don't allow encoded words in it."""

    def fold(self, *, policy: Any) -> str:  # noqa: ANN401  # generic to mypy only
        """Return the header as it is."""
        return f"{self.name}: {self}{policy.linesep}"


class FileTypeHeader(str):
    """The type of an attachment, with its name where old programs look for it.

    They don't know RFC 2231, as old Outlook doesn't, and read encoded words in its place, although
    RFC 2047 doesn't provide for it.
    """

    __slots__ = ()
    name: Final = "Content-Type"

    @classmethod
    def of(cls, media_type: str, filename: str) -> Self:
        """Return the header of a file."""
        words = [filename.translate(_ESCAPED)] if filename.isascii() else encoded_words(filename)
        named = "\n ".join(words)
        return cls(f'{media_type};\n name="{named}"')

    def fold(self, *, policy: Any) -> str:  # noqa: ANN401  # generic to mypy only
        """Return the header."""
        return "".join(f"{line}{policy.linesep}" for line in f"{self.name}: {self}".split("\n"))


HEADERS: Final = HeaderRegistry()
for _name in ("list-id", "list-unsubscribe"):
    HEADERS.map_to_type(_name, VerbatimHeader)
for _name in ("from", "to", "cc", "reply-to"):
    HEADERS.map_to_type(_name, MailboxHeader)
HEADERS.map_to_type("subject", TextHeader)
