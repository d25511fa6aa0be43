"""Cleaned text, broken into lines."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from unicodedata import combining

from icu4py.breakers import LineBreaker

from pdf.bidi import embedding_levels, is_rtl
from pdf.cleaning import VIRAMA
from pdf.shaping import MAX_CLUSTER_LENGTH, ShapedLine, Typeface, extends_cluster

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
"""Spaces at which a line can break; U+200B is only a hint and is not drawn."""
_PIECE: Final = re.compile(
    rf"[{_OPENING}]*[{_IDEOGRAPHS}][{_CLOSING}]*[{_SPACES}]*"
    rf"|-*[^-{_SPACES}{_IDEOGRAPHS}]+-*[{_SPACES}]*|[-{_SPACES}]+"
)
"""A unit that does not break: a word with the spaces after it, or an ideograph."""
_WITHOUT_SPACES: Final = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1361\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f]"
)
"""Thai, Lao, Khmer and Burmese, whose words only a dictionary can tell apart, and what separates
syllables in Tibetan and words in Ethiopic."""
_ZERO_WIDTH_JOINER: Final = "\u200d"
_ELLIPSIS: Final = "…"
_ZERO_WIDTH_SPACE: Final = "\u200b"
_MAX_UNBROKEN_LENGTH: Final = 400
"""Text with more characters is broken without checking whether it fits on a line."""


def shape_line(text: str, face: Typeface, *, rtl: bool) -> ShapedLine:
    """Return cleaned text as one line; `rtl` is its direction if no letter decides it."""
    return face.shape(text, rtl=is_rtl(text, otherwise=rtl))


def wrap(text: str, face: Typeface, limit: float, *, rtl: bool) -> list[ShapedLine]:
    """Return the lines of cleaned text, none wider than `limit` thousandths of an em.

    `rtl` is the direction of a paragraph if no letter decides it.
    """
    return [
        line
        for part in text.split("\n")
        for line in _wrap_paragraph(part.rstrip(), face, limit, rtl)
    ]


def _wrap_paragraph(text: str, face: Typeface, limit: float, rtl: bool) -> Iterable[ShapedLine]:
    rtl = is_rtl(text, otherwise=rtl)
    drawn = text.replace(_ZERO_WIDTH_SPACE, "")
    if len(text) <= _MAX_UNBROKEN_LENGTH:
        whole = face.shape(drawn, rtl=rtl)
        if whole.width <= limit:
            return [whole]
    levels = [] if face.is_simple(drawn) and not rtl else embedding_levels(drawn, rtl=rtl)
    return _shape_lines(list(_break_lines(text, face, limit)), levels, face)


def _shape_lines(lines: Sequence[str], levels: list[int], face: Typeface) -> Iterator[ShapedLine]:
    """Yield lines of a paragraph, whose embedding levels don't depend on where it is broken.

    Without levels, it is written from left to right.
    """
    start = 0
    for at, line in enumerate(lines, 1):
        visible = line.rstrip()
        if levels:
            shaped = face.shape_part(visible, levels[start : start + len(visible)])
        else:
            shaped = face.shape(visible, rtl=False)
        continues = visible == line and at < len(lines)
        yield shaped._replace(continues=True) if continues else shaped
        start += len(line)


def _break_lines(text: str, face: Typeface, limit: float) -> Iterator[str]:
    """Yield the lines with the spaces at their ends."""
    line, width = "", 0
    for piece in _pieces(text, face, limit):
        word = piece.rstrip()
        word_width = face.width(word)
        if line and width + word_width > limit:
            yield line
            line, width = "", 0
        line += piece
        width += word_width + face.width(piece[len(word) :])
    if line.strip():
        yield line


def _pieces(text: str, face: Typeface, limit: float) -> Iterator[str]:
    """Yield the units that don't break; words wider than a line are split."""
    for match in _PIECE.findall(text):
        for piece in _words(match.replace(_ZERO_WIDTH_SPACE, "")):
            if len(piece) <= _MAX_UNBROKEN_LENGTH and face.width(piece.rstrip()) <= limit:
                yield piece
            else:
                yield from _split(piece, face, limit)


def _words(piece: str) -> Iterator[str]:
    """Yield the words of a script that is written without spaces; anything else as it is."""
    if not _WITHOUT_SPACES.search(piece):
        yield piece
        return
    units = piece.encode("utf-16-le")  # ICU counts code units
    for start, end in LineBreaker(piece, "root").segments():
        yield units[2 * start : 2 * end].decode("utf-16-le")


def _split(word: str, face: Typeface, limit: float) -> Iterator[str]:
    part, width = "", 0
    for cluster in _clusters(word):
        advance = face.width(cluster)
        if part and width + advance > limit:
            yield part
            part, width = "", 0
        part += cluster
        width += advance
    yield part


def truncate(text: str, face: Typeface, limit: float) -> str:
    """Return cleaned text, cut with an ellipsis if it is wider than `limit`."""
    if face.width(text) <= limit:
        return text
    return next(_split(text, face, limit - face.width(_ELLIPSIS))).rstrip() + _ELLIPSIS


def _clusters(word: str) -> Iterator[str]:
    """Yield each character with its marks and joined characters; flags are one cluster.

    What is joined endlessly is split, so that it doesn't become wider than a line.
    """
    cluster = ""
    for char in word:
        if cluster and not (len(cluster) < MAX_CLUSTER_LENGTH and _joins(cluster, char)):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _joins(cluster: str, char: str) -> bool:
    last = cluster[-1]
    if extends_cluster(char) or last == _ZERO_WIDTH_JOINER or combining(last) == VIRAMA:
        return True
    return _is_regional(char) and len(cluster) == 1 and _is_regional(cluster)


def _is_regional(char: str) -> bool:
    """Return whether a character is half of a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"
