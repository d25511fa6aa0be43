"""Text that people typed, cleaned. The server needs it for the names of files, and no fonts."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import category, combining, is_normalized, normalize

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u2028-\u202e\u2060-\u206f\ufeff]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NEWLINES: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_EMPTY_LINES: Final = re.compile(r"\n{4,}")
_MAX_MARKS: Final = 3
"""On one letter. No script needs more, and they would overlap the lines around."""
_MAX_STACKED: Final = 4
"""Consonants stacked on one another."""
VIRAMA: Final = 9
"""The combining class of signs that link consonants (Unicode, 4.3)."""
_UNSAFE_IN_FILENAMES: Final = re.compile(r"[\s/\\:*?\"<>|%]+")
"""Characters with a meaning to some file system or shell."""
_DEVICE: Final = re.compile(
    r"(?:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9¹²³]|CONIN\$|CONOUT\$)(?![^.])", re.IGNORECASE
)
"""Names that Windows reserves, with whatever follows a point in them."""
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """Return `text` in NFC, without control characters except newlines.

    It has at most two empty lines in a row and a few marks on each letter.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _NEWLINES.sub("\n", text).replace("\t", " ")
    text = _EMPTY_LINES.sub("\n\n\n", text)
    return _composed("\n".join(_CONTROLS.sub("", line) for line in text.split("\n")))


def one_line(text: str) -> str:
    """Return cleaned text with spaces instead of newlines."""
    return clean(text).replace("\n", " ")


def safe_filename(name: str) -> str:
    """Return a name without what means something to a file system; it can be empty.

    A name that Windows reserves for a device, such as "CON", begins with "_".
    """
    name = normalize("NFC", name)
    # Categories C…: control characters, direction marks and surrogates.
    visible = "".join(c for c in name if c.isspace() or category(c)[0] != "C")
    safe = _UNSAFE_IN_FILENAMES.sub("-", visible).strip("-. ")
    return f"_{safe}" if _DEVICE.match(safe) else safe


def _composed(text: str) -> str:
    text = _SURROGATES.sub(_REPLACEMENT, text)
    text = text if is_normalized("NFC", text) else normalize("NFC", text)
    return "".join(_limit_marks(text)) if any(map(combining, text)) else text


def _limit_marks(text: str) -> Iterator[str]:
    marks = links = 0
    is_linked = False
    for char in text:
        kind = combining(char)
        if not kind:
            marks, links, is_linked = 0, links if is_linked else 0, False
            yield char
        elif kind == VIRAMA:
            is_linked = links < _MAX_STACKED
            if is_linked:
                links += 1
                yield char
        elif marks < _MAX_MARKS:
            marks += 1
            yield char
