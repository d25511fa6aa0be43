"""Text as people type it: cleaned, and broken into lines."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import combining, is_normalized, normalize

from pdf.bidi import runs_leftwards
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
_SPACES: Final = r" \u1680\u2000-\u2006\u2008-\u200b\u205f\u3000"
"""Those at which a line may be broken; U+200B is but a hint that it may."""
_PIECE: Final = re.compile(
    rf"[{_OPENING}]*[{_IDEOGRAPHS}][{_CLOSING}]*[{_SPACES}]*"
    rf"|-*[^-{_SPACES}{_IDEOGRAPHS}]+-*[{_SPACES}]*|[-{_SPACES}]+"
)
"""What a line is not broken within: a word and the spaces behind it, or an ideograph."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u2028-\u202e\u2060-\u206f\ufeff]")
_NEWLINES: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ZERO_WIDTH_JOINER: Final = "\u200d"
_ELLIPSIS: Final = "…"
_HINT: Final = "\u200b"
_EMPTY_LINES: Final = re.compile(r"\n{4,}")
_MOST_MARKS: Final = 3
"""Above or below one letter; more are no script's, and are drawn over the lines around."""
_MOST_LINKS: Final = 4
"""Consonants that are stacked."""
_VIRAMA: Final = 9
"""The combining class of what links consonants (Unicode, 4.3)."""
_LONGEST_LINE: Final = 400
"""What has more characters is broken into lines with no look at whether it fits one."""


def clean(text: str) -> str:
    """Return `text` composed (NFC), with its lines kept and other controls dropped.

    Of many empty lines two are left, and of many marks on a letter a few.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _NEWLINES.sub("\n", text).replace("\t", " ")
    text = _EMPTY_LINES.sub("\n\n\n", text)
    return _composed("\n".join(_CONTROLS.sub("", line) for line in text.split("\n")))


def one_line(text: str) -> str:
    """Return cleaned text with its lines behind one another."""
    return clean(text).replace("\n", " ")


def _composed(text: str) -> str:
    text = "".join(MISSING.text if "\ud800" <= char <= "\udfff" else char for char in text)
    text = text if is_normalized("NFC", text) else normalize("NFC", text)
    return "".join(_few_marks(text)) if any(map(combining, text)) else text


def _few_marks(text: str) -> Iterator[str]:
    marks = links = 0
    is_linked = False
    for char in text:
        kind = combining(char)
        if not kind:
            marks, links, is_linked = 0, links if is_linked else 0, False
            yield char
        elif kind == _VIRAMA:
            is_linked = links < _MOST_LINKS
            if is_linked:
                links += 1
                yield char
        elif marks < _MOST_MARKS:
            marks += 1
            yield char


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
        whole = face.shape(text.replace(_HINT, ""), rtl=rtl)
        if whole.width <= limit:
            return [whole]
    return [face.shape(line, rtl=rtl) for line in _broken(text, face, limit)]


def _broken(text: str, face: Typeface, limit: float) -> Iterator[str]:
    line, width = "", 0
    for piece in _pieces(text, face, limit):
        word = piece.rstrip()
        taken = face.width(word)
        if line and width + taken > limit:
            yield line.rstrip()
            line, width = "", 0
        line, width = line + piece, width + taken + face.width(piece[len(word) :])
    if line.strip():
        yield line.rstrip()


def _pieces(text: str, face: Typeface, limit: float) -> Iterator[str]:
    """Yield what a line is not broken within; words that are wider than a line in parts."""
    for found in _PIECE.findall(text):
        piece = found.replace(_HINT, "")
        if len(piece) <= _LONGEST_LINE and face.width(piece.rstrip()) <= limit:
            yield piece
        else:
            yield from _parts(piece, face, limit)


def _parts(word: str, face: Typeface, limit: float) -> Iterator[str]:
    part, width = "", 0
    for cluster in _clusters(word):
        advance = face.width(cluster)
        if part and width + advance > limit:
            yield part
            part, width = "", 0
        part, width = part + cluster, width + advance
    yield part


def cut(text: str, face: Typeface, limit: float) -> str:
    """Return cleaned text of one line, cut where it would be wider than `limit`."""
    if face.width(text) <= limit:
        return text
    return next(_parts(text, face, limit - face.width(_ELLIPSIS))).rstrip() + _ELLIPSIS


def _clusters(word: str) -> Iterator[str]:
    """Yield each character with what it is not parted from: marks, what is joined, flags."""
    cluster = ""
    for char in word:
        if cluster and not _joins(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _joins(cluster: str, char: str) -> bool:
    last = cluster[-1]
    if follows(char) or last == _ZERO_WIDTH_JOINER or combining(last) == _VIRAMA:
        return True
    return _is_regional(char) and len(cluster) == 1 and _is_regional(cluster)


def _is_regional(char: str) -> bool:
    """Return whether two of this make a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"
