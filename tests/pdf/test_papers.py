"""Documents are laid out for A4 and for US Letter."""

import re
from dataclasses import replace
from typing import Any, Final

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageOps

from pdf.canvas import Canvas
from pdf.layout.page_flow import FOOTER_HEIGHT, MARGIN, TOP
from pdf.layout.pages import lay_out
from pdf.rendering import render
from pdf.structure import Element
from tests.pdf.gallery import document, gallery, line
from tests.pdf.kinds import kinds
from tests.pdf.readers import sizes
from values.parties import PaperSize

_SIZES: Final = {PaperSize.A4: (595.28, 841.89), PaperSize.LETTER: (612.0, 792.0)}
_ALL: Final = gallery() | kinds()
_SHOWN: Final = (
    *("plain", "bank-transfer", "account-lines", "german-craftsman", "arabic", "hostile"),
    *("quote", "correction", "credit-note", "receipt", "statement", "long-row", "many-taxes"),
)
_BAR: Final = 8
"""Points from the top, below the coloured bar."""
_BASELINE: Final = re.compile(r"BT .*?1 0 0 1 \S+ (\S+) Tm")
_FOOTER_BASELINE: Final = 36.0
_papers = pytest.mark.parametrize("paper", PaperSize)


@_papers
@pytest.mark.parametrize("name", _SHOWN)
def test_pages_have_the_papers_size_and_empty_margins(name: str, paper: PaperSize) -> None:
    file = render(replace(_ALL[name], paper_size=paper))
    assert sizes(file) == {_SIZES[paper]}
    for page in pypdfium2.PdfDocument(file):
        image = ImageOps.invert(page.render().to_pil().convert("L"))
        drawn = image.crop((0, _BAR, image.width, image.height)).getbbox()
        assert drawn is not None
        left, _, right, bottom = drawn
        assert left >= MARGIN - 1
        assert right <= image.width - MARGIN + 1
        assert bottom + _BAR <= image.height - _FOOTER_BASELINE + 4  # below the footer's baseline


@pytest.mark.parametrize("name", ["qr-bill", "qr-bill-form"])
def test_a_swiss_payment_slip_is_on_a4(name: str) -> None:
    file = render(replace(_ALL[name], paper_size=PaperSize.LETTER))
    assert sizes(file) == {_SIZES[PaperSize.A4]}


# --- page breaks ----------------------------------------------------------------------------------


def _texts(element: Element) -> str:
    """Return the text of an element and all below it."""
    children = (each for each in element.children if isinstance(each, Element))
    return element.text + "".join(map(_texts, children))


def _baselines(canvas: Canvas) -> list[float]:
    """Return the heights of all texts above the bottoms of their pages."""
    operators = "\n".join(each for page in canvas.pages for each in page.operators)
    return list(map(float, _BASELINE.findall(operators)))


@settings(max_examples=60, deadline=None)
@given(
    heights=st.lists(st.integers(1, 40), max_size=40),
    sections=st.lists(st.integers(0, 90), min_size=4, max_size=4),
    paper=st.sampled_from(PaperSize),
    language=st.sampled_from(["en", "ar"]),
)
def test_page_breaks_neither_lose_nor_cut_a_line(
    heights: list[int], sections: list[int], paper: PaperSize, language: str
) -> None:
    def text(name: object, height: int) -> str:
        return "\n".join(f"<{name} {n}>" for n in range(height))

    details: dict[str, Any] = {
        name: text(name, height)
        for name, height in zip(
            ("payment_terms", "reason", "notes", "footer"), sections, strict=True
        )
    }
    items = [text(at, height) for at, height in enumerate(heights)]
    drawn = document(list(map(line, items)), paper_size=paper, language=language, **details)
    canvas = lay_out(drawn)
    expected = re.findall("<.*?>", "".join([*items, *details.values()]))
    assert re.findall("<.*?>", _texts(canvas.structure)) == expected
    for baseline in _baselines(canvas):
        assert baseline == _FOOTER_BASELINE or (FOOTER_HEIGHT < baseline < canvas.height - TOP + 3)
