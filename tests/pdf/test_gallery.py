"""Documents in many scripts read back as they were written."""

from collections.abc import Iterator
from typing import Final
from unicodedata import category

import pytest

from pdf.cleaning import clean
from pdf.documents import PdfDocument
from pdf.fonts import MISSING, font, font_families
from pdf.rendering import render
from tests.pdf.gallery import gallery
from tests.pdf.readers import POPPLER, chromium_text, poppler_text, problems, read, squash

DOCUMENTS: Final = gallery()
_RIGHT_TO_LEFT: Final = {"arabic", "hebrew", "saudi"}
_HOSTILE: Final = "hostile"
_plain = pytest.mark.parametrize("name", sorted(DOCUMENTS.keys() - _RIGHT_TO_LEFT - {_HOSTILE}))
_poppler = pytest.mark.skipif(not POPPLER, reason="poppler is not installed")


def _typed_texts(document: PdfDocument) -> Iterator[str]:
    """Yield the texts that people typed."""
    for party in (document.business, document.customer):
        yield from filter(
            None,
            (
                party.name,
                party.address,
                party.email,
                party.phone,
                party.website,
                *party.tax_ids,
            ),
        )
    yield document.number
    yield from (line.description for line in document.lines)
    yield document.notes or ""
    yield document.footer or ""


def _lines(document: PdfDocument) -> list[str]:
    return [squash(line) for text in _typed_texts(document) for line in clean(text).split("\n")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_are_valid(name: str) -> None:
    assert problems(render(DOCUMENTS[name])) == []


@_plain
def test_the_text_reads_back(name: str) -> None:
    text = squash("".join(read(render(DOCUMENTS[name])).pages))
    assert [line for line in _lines(DOCUMENTS[name]) if line not in text] == []


@_poppler
@_plain
def test_the_text_reads_back_with_poppler(name: str) -> None:
    text = squash(poppler_text(render(DOCUMENTS[name])))
    assert [line for line in _lines(DOCUMENTS[name]) if line not in text] == []


@_plain
def test_the_text_reads_back_in_chromium(name: str) -> None:
    text = squash(chromium_text(render(DOCUMENTS[name])))
    assert [line for line in _lines(DOCUMENTS[name]) if line not in text] == []


@pytest.mark.parametrize("name", sorted(_RIGHT_TO_LEFT))
def test_chromium_reads_every_right_to_left_word(name: str) -> None:
    text = chromium_text(render(DOCUMENTS[name]))
    words = set(_words(" ".join(map(clean, _typed_texts(DOCUMENTS[name])))))
    assert words - set(_words(text)) == set()
    # If readers extracted codes of glyphs, they would be Armenian letters.
    assert not any("\u0530" <= char <= "\u058f" for char in text)


@_poppler
@pytest.mark.parametrize("name", sorted(_RIGHT_TO_LEFT))
def test_poppler_reads_right_to_left_words_in_order(name: str) -> None:
    document = DOCUMENTS[name]
    words = set(_words(" ".join(map(clean, _typed_texts(document)))))
    assert words - set(_words(poppler_text(render(document)))) == set()


def _words(text: str) -> Iterator[str]:
    """Yield words without marks, which poppler puts before their letters."""
    for word in text.split():
        yield "".join(char for char in word if category(char)[0] not in "MC").strip("()،,.!:")


def test_missing_characters_read_as_replacements() -> None:
    document = DOCUMENTS[_HOSTILE]
    text = squash("".join(read(render(document)).pages))
    known = [font(family, 400) for family in font_families("zh")]

    def shown(char: str) -> str:
        return char if any(each.glyph(char) for each in known) else MISSING

    description = document.lines[2].description
    assert squash("".join(map(shown, description))) in text
    assert text.count(MISSING) >= 10


def test_labels_are_translated() -> None:
    german = squash("".join(read(render(DOCUMENTS["german"])).pages))
    assert "Rechnung" in german
    assert "OffenerBetrag" in german
    assert "Seite1von1" in german


def test_a_draft_has_a_watermark() -> None:
    assert "Draft" in "".join(read(render(DOCUMENTS["draft"])).pages)
    assert "Draft" not in "".join(read(render(DOCUMENTS["plain"])).pages)
