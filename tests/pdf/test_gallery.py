"""Documents in many scripts: what is read back from each is what was written."""

from collections.abc import Iterator
from typing import Final
from unicodedata import category

import pytest

from pdf.documents import Document
from pdf.fonts import MISSING, families, font
from pdf.rendering import render
from pdf.text import clean
from tests.pdf.gallery import gallery
from tests.pdf.readers import POPPLER, chromium_text, poppler_text, problems, read, squash

DOCUMENTS: Final = gallery()
_RIGHT_TO_LEFT: Final = {"arabic", "hebrew"}
_HOSTILE: Final = "hostile"
_plain = pytest.mark.parametrize("name", sorted(DOCUMENTS.keys() - _RIGHT_TO_LEFT - {_HOSTILE}))
_poppler = pytest.mark.skipif(not POPPLER, reason="poppler is not installed")


def _texts(document: Document) -> Iterator[str]:
    """Yield whatever people typed."""
    for party in (document.business, document.customer):
        yield from filter(
            None,
            (party.name, party.address, party.email, party.phone, party.website, party.tax_id),
        )
    yield document.number
    yield from (line.description for line in document.lines)
    yield document.notes or ""


def _lines(document: Document) -> list[str]:
    return [squash(line) for text in _texts(document) for line in clean(text).split("\n")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_readers_have_nothing_against_it(name: str) -> None:
    assert problems(render(DOCUMENTS[name])) == []


@_plain
def test_the_text_reads_back(name: str) -> None:
    found = squash("".join(read(render(DOCUMENTS[name])).pages))
    assert [line for line in _lines(DOCUMENTS[name]) if line not in found] == []


@_poppler
@_plain
def test_the_text_reads_back_with_poppler(name: str) -> None:
    found = squash(poppler_text(render(DOCUMENTS[name])))
    assert [line for line in _lines(DOCUMENTS[name]) if line not in found] == []


@_plain
def test_the_text_reads_back_in_chromium(name: str) -> None:
    found = squash(chromium_text(render(DOCUMENTS[name])))
    assert [line for line in _lines(DOCUMENTS[name]) if line not in found] == []


@pytest.mark.parametrize("name", sorted(_RIGHT_TO_LEFT))
def test_chromium_reads_every_word_and_nothing_else(name: str) -> None:
    found = chromium_text(render(DOCUMENTS[name]))
    words = set(_words(" ".join(map(clean, _texts(DOCUMENTS[name])))))
    assert words - set(_words(found)) == set()
    assert not any("\u0530" <= char <= "\u058f" for char in found)  # Armenian: a glyph's number


@_poppler
@pytest.mark.parametrize("name", sorted(_RIGHT_TO_LEFT))
def test_words_that_run_leftwards_read_back_in_their_order(name: str) -> None:
    document = DOCUMENTS[name]
    words = set(_words(" ".join(map(clean, _texts(document)))))
    assert words - set(_words(poppler_text(render(document)))) == set()


def _words(text: str) -> Iterator[str]:
    """Yield words without marks, which poppler puts before the letter that they stand on."""
    for word in text.split():
        yield "".join(char for char in word if category(char)[0] not in "MC").strip("()،,.!:")


def test_what_no_font_has_is_read_as_a_replacement() -> None:
    document = DOCUMENTS[_HOSTILE]
    found = squash("".join(read(render(document)).pages))
    known = [font(family, 400) for family in families("zh")]

    def shown(char: str) -> str:
        return char if any(each.glyph(char) for each in known) else MISSING.text

    description = document.lines[2].description
    assert squash("".join(map(shown, description))) in found
    assert found.count(MISSING.text) >= 10


def test_every_language_has_its_words() -> None:
    german = squash("".join(read(render(DOCUMENTS["german"])).pages))
    assert "Rechnung" in german
    assert "OffenerBetrag" in german
    assert "Seite1von1" in german


def test_a_draft_is_marked_as_one() -> None:
    assert "Draft" in "".join(read(render(DOCUMENTS["draft"])).pages)
    assert "Draft" not in "".join(read(render(DOCUMENTS["plain"])).pages)
