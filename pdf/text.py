"""Text as people type it: cleaned, and broken into lines."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import is_normalized, normalize

from pdf.direction import runs_leftwards
from pdf.fonts import MISSING
from pdf.shaping import ShapedLine, Typeface, follows

_IDEOGRAPHS: Final = (
    r"\u2e80-\u2fff\u3005-\u3007\u3021-\u3029\u3040-\u3098\u309b-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_OPENING: Final = r"\u3008\u300a\u300c\u300e\u3010\u3014\uff08"
_CLOSING: Final = (
    r"\u3001-\u3003\u3009\u300b\u300d\u300f\u3011\u3015\u3017\uff01\uff09\uff0c\uff0e\uff1a\uff1b"
    r"\uff1f"
)
_PIECE: Final = re.compile(
    rf"[{_OPENING}]*[{_IDEOGRAPHS}][{_CLOSING}]*[ \u3000]*"
    rf"|-*[^-\s{_IDEOGRAPHS}]+-*[ \u3000]*|[-\s]+"
)
"""What a line is not broken within: a word and the spaces behind it, or an ideograph."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u200b\u2028-\u202e\u2060-\u206f\ufeff]")
_NEWLINES: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")


_LONGEST_LINE: Final = 400
"""What has more characters is broken into lines with no look at whether it fits one."""


def clean(text: str) -> str:
    """Return `text` composed (NFC), with its lines kept and every other control dropped."""
    if text.isascii() and text.isprintable():
        return text
    text = _NEWLINES.sub("\n", text).replace("\t", " ")
    lines = (_CONTROLS.sub("", line) for line in text.split("\n"))
    return _composed("\n".join(lines))


def one_line(text: str) -> str:
    """Return cleaned text with its lines behind one another."""
    return clean(text).replace("\n", " ")


def _composed(text: str) -> str:
    text = "".join(MISSING.text if "\ud800" <= char <= "\udfff" else char for char in text)
    return text if is_normalized("NFC", text) else normalize("NFC", text)


def line_of(text: str, face: Typeface, *, rtl: bool) -> ShapedLine:
    """Return cleaned text as one line; `rtl` is its direction if it has no letter that tells."""
    return face.shape(text, rtl=runs_leftwards(text, otherwise=rtl))


def wrap(text: str, face: Typeface, limit: float, *, rtl: bool) -> list[ShapedLine]:
    """Return the lines of cleaned text, none wider than `limit` thousandths of an em.

    `rtl` is the direction of a paragraph that has no letter that tells.
    """
    return [
        line for part in text.split("\n") for line in _paragraph(part.rstrip(), face, limit, rtl)
    ]


def _paragraph(text: str, face: Typeface, limit: float, rtl: bool) -> Iterable[ShapedLine]:
    rtl = runs_leftwards(text, otherwise=rtl)
    if len(text) <= _LONGEST_LINE:
        whole = face.shape(text, rtl=rtl)
        if whole.width <= limit:
            return [whole]
    return [face.shape(line, rtl=rtl) for line in _broken(text, face, limit)]


def _broken(text: str, face: Typeface, limit: float) -> Iterator[str]:
    line, width = "", 0
    for piece in _pieces(text, face, limit):
        if line and width + face.shape(piece.rstrip()).width > limit:
            yield line.rstrip()
            line, width = "", 0
        line, width = line + piece, width + face.shape(piece).width
    if line.strip():
        yield line.rstrip()


def _pieces(text: str, face: Typeface, limit: float) -> Iterator[str]:
    """Yield what a line is not broken within; words that are wider than a line in parts."""
    for piece in _PIECE.findall(text):
        if len(piece) <= _LONGEST_LINE and face.shape(piece.rstrip()).width <= limit:
            yield piece
        else:
            yield from _parts(piece, face, limit)


def _parts(word: str, face: Typeface, limit: float) -> Iterator[str]:
    part, width = "", 0
    for cluster in _clusters(word):
        advance = face.shape(cluster).width
        if part and width + advance > limit:
            yield part
            part, width = "", 0
        part, width = part + cluster, width + advance
    yield part


def _clusters(word: str) -> Iterator[str]:
    """Yield each character with the marks and joiners behind it, which it is not parted from."""
    cluster = ""
    for char in word:
        if cluster and not follows(char) and cluster[-1] != "\u200d":
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster
