"""Documents in many scripts read back as they were written."""

from collections.abc import Iterator
from typing import Final

import pytest

from pdf.cleaning import clean
from pdf.documents import PdfDocument
from pdf.fonts import BOLD, MISSING, REGULAR, font, font_families
from pdf.rendering import render
from pdf.shaping import typeface
from tests.pdf.gallery import gallery
from tests.pdf.readers import READERS, exact, problems, read, squash
from tests.pdf.scripts import LEFT_TO_RIGHT, RIGHT_TO_LEFT, UNREADABLE

DOCUMENTS: Final = gallery()
_RIGHT_TO_LEFT: Final = {"arabic", "hebrew", "right-to-left", "saudi"}
_HOSTILE: Final = "hostile"
_UNREAD: Final = {("arabic", "PDFium"): {"شكراً"}}
"""PDFium moves a mark to the wrong end of a word if the line is mostly left-to-right."""
_readers = pytest.mark.parametrize("reader", READERS)


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


def _typed_lines(document: PdfDocument) -> list[str]:
    return [line for text in _typed_texts(document) for line in clean(text).split("\n")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_are_valid(name: str) -> None:
    assert problems(render(DOCUMENTS[name])) == []


@_readers
@pytest.mark.parametrize("name", sorted(DOCUMENTS.keys() - _RIGHT_TO_LEFT - {_HOSTILE}))
def test_the_text_reads_back_as_it_was_typed(name: str, reader: str) -> None:
    text = exact(READERS[reader](render(DOCUMENTS[name])))
    typed = map(exact, _typed_lines(DOCUMENTS[name]))
    assert [line for line in typed if line not in text] == []


@pytest.mark.parametrize("reader", sorted(READERS.keys() - {"poppler, in file order"}))
@pytest.mark.parametrize("name", sorted(_RIGHT_TO_LEFT))
def test_right_to_left_words_read_back_as_they_were_typed(name: str, reader: str) -> None:
    text = exact(READERS[reader](render(DOCUMENTS[name])))
    words = {word.strip("()،,.!:") for word in " ".join(_typed_lines(DOCUMENTS[name])).split()}
    unread = {word for word in words if exact(word) not in text}
    assert unread == _UNREAD.get((name, reader), set())


@_readers
@pytest.mark.parametrize("word", ["คำ", "น้ำ", "ຄຳ"])
def test_a_search_finds_letters_that_fonts_draw_in_two_parts(word: str, reader: str) -> None:
    assert word in READERS[reader](render(DOCUMENTS["scripts"]))


@pytest.mark.parametrize("name", ["scripts", "right-to-left", "emoji", "arabic"])
def test_no_glyph_stands_for_nothing(name: str) -> None:
    text = "".join(read(render(DOCUMENTS[name])).pages)
    assert "\N{ZERO WIDTH SPACE}" not in text
    assert "\0" not in text


@pytest.mark.parametrize("text", (LEFT_TO_RIGHT | RIGHT_TO_LEFT | UNREADABLE).values())
def test_every_script_in_use_has_glyphs(text: str) -> None:
    faces = [typeface("zh", weight) for weight in (REGULAR, BOLD)]
    assert not any(MISSING in run.text for face in faces for run in face.shape(text).runs)


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
