"""The head of the first page: logo, title, parties, dates and references."""

from collections.abc import Callable, Sequence
from typing import Final

from pdf.canvas import END
from pdf.cleaning import one_line
from pdf.documents import Party
from pdf.images import read_logo
from pdf.layout.page_flow import (
    BODY,
    GUTTER,
    LEADING,
    MARGIN,
    MUTED,
    SMALL,
    STRONG,
    TITLE,
    TOP,
    PageFlow,
)
from pdf.shaping import ShapedLine
from pdf.structure import Element

_NAME_SIZES: Final = (16.0, STRONG, BODY)
"""Sizes of the business's name: the first at which it has at most `_MAX_NAME_LINES` is used."""
_MAX_NAME_LINES: Final = 3
_DETAIL_SIZES: Final = (BODY, SMALL, 6.0, 4.5, 3.0)
"""Sizes of a party's details: the first at which they are low enough is used."""
_MAX_DETAILS_HEIGHT: Final = 350.0
_PARTY_SHARE: Final = 0.36
"""Of the width, for each party. The rest is for the column beside them."""
_MIN_FACT_COLUMNS: Final = 4
_MAX_FACT_COLUMNS: Final = 5
_FACT_GAP: Final = 5.0
_MAX_LOGO_SIZE: Final = (180.0, 54.0)
"""Width and height."""

_Fact = tuple[ShapedLine, float, list[ShapedLine]]
"""A label with its size, and the text below it."""


def draw_head(flow: PageFlow) -> None:
    """Draw logo, title, number, parties and facts."""
    _draw_title(flow)
    _draw_parties_and_facts(flow)


def _draw_title(flow: PageFlow) -> None:
    half = flow.content_width / 2 - GUTTER
    brand_bottom = _draw_brand(flow, half)
    title, size = flow.fit(flow.labels.title(), half, TITLE, bold=True)
    x = MARGIN + flow.content_width - half
    # A draft has no number, and its state is there instead.
    number = flow.wrap(flow.document.number, half, STRONG) if flow.document.number else []
    y = TOP + TITLE * 0.8
    with flow.canvas.within(Element("H1")):
        flow.canvas.text(title, x, y, size, flow.heading, width=half, align=END)
        y = flow.draw_lines(number, x, y + 6, STRONG, MUTED, width=half, align=END)
    if state := flow.labels.state():
        lines = flow.wrap(state, half, BODY, bold=True)
        with flow.canvas.within(Element("P")):
            y = flow.draw_lines(lines, x, y, BODY, width=half, align=END)
    flow.y = max(brand_bottom, y) + 24


def _draw_brand(flow: PageFlow, width: float) -> float:
    """Draw the logo, or the name if there is none, and return its bottom."""
    image = read_logo(flow.document.logo) if flow.document.logo else None
    if image is None:
        name = one_line(flow.document.business.name)
        size = _first_fit(
            _NAME_SIZES,
            lambda size: len(flow.wrap(name, width, size, bold=True)) <= _MAX_NAME_LINES,
        )
        lines = flow.wrap(name, width, size, bold=True)
        with flow.canvas.within(Element("P")):
            return flow.draw_lines(lines, MARGIN, TOP - 3, size)
    scale = min(_MAX_LOGO_SIZE[0] / image.width, _MAX_LOGO_SIZE[1] / image.height, 1.0)
    height = image.height * scale
    with flow.canvas.within(Element("Figure", alt=one_line(flow.document.business.name))):
        flow.canvas.image(image, MARGIN, TOP, image.width * scale, height)
    return TOP + height


def _draw_parties_and_facts(flow: PageFlow) -> None:
    """Draw the business, the customer and where it was delivered, and below them the facts.

    A few facts are beside the parties instead if nothing else is.
    """
    document, labels, facts = flow.document, flow.labels, _facts(flow)
    flow.draw_rule(flow.y)
    top = flow.y + 12
    share = flow.content_width * _PARTY_SHARE
    width = share - GUTTER
    bottom = max(
        _draw_party(flow, MARGIN, top, width, labels.sender(), document.business),
        _draw_party(flow, MARGIN + share, top, width, labels.recipient(), document.customer),
    )
    x = MARGIN + 2 * share
    if document.delivery_address:
        lines = flow.wrap(labels.delivery_address(), flow.content_width - 2 * share, BODY)
        with flow.canvas.within(Element("H2")):
            y = flow.draw_lines([flow.shape(labels.delivered_to())], x, top, SMALL, MUTED) + 2
        with flow.canvas.within(Element("P")):
            bottom = max(bottom, flow.draw_lines(lines, x, y, BODY, MUTED))
    elif top + sum(_fact_height(fact) + _FACT_GAP for fact in facts) <= bottom + _FACT_GAP:
        for fact in facts:
            top = _draw_fact(flow, fact, x, top) + _FACT_GAP
        facts = []
    flow.y = bottom + 12
    if facts:
        _draw_fact_rows(flow, facts)
    flow.y += 8


def _draw_fact_rows(flow: PageFlow, facts: Sequence[_Fact]) -> None:
    columns = max(_MIN_FACT_COLUMNS, min(len(facts), _MAX_FACT_COLUMNS))
    width = flow.content_width / columns
    for start in range(0, len(facts), columns):
        flow.draw_rule(flow.y)
        top = flow.y + 8
        flow.y = 8 + max(
            _draw_fact(flow, fact, MARGIN + at * width, top)
            for at, fact in enumerate(facts[start : start + columns])
        )


def _facts(flow: PageFlow) -> list[_Fact]:
    width = flow.content_width / _MAX_FACT_COLUMNS - GUTTER
    return [
        (*flow.fit(label, width, SMALL), flow.wrap(value, width, BODY))
        for label, value in flow.labels.facts()
    ]


def _fact_height(fact: _Fact) -> float:
    _, _, texts = fact
    return SMALL * LEADING + 2 + len(texts) * BODY * LEADING


def _draw_fact(flow: PageFlow, fact: _Fact, x: float, y: float) -> float:
    """Draw a fact below its label, and return its bottom."""
    label, size, texts = fact
    with flow.canvas.within(Element("P")):
        y = flow.draw_lines([label], x, y + SMALL - size, size, MUTED) + 2
        return flow.draw_lines(texts, x, y, BODY)


def _draw_party(
    flow: PageFlow, x: float, y: float, width: float, label: str, party: Party
) -> float:
    """Draw a party at a size that leaves room for the rest, and return its bottom."""

    def lines_at(size: float) -> tuple[list[ShapedLine], list[ShapedLine]]:
        texts = flow.labels.party(party)
        return (
            flow.wrap(one_line(party.name), width, size, bold=True),
            [line for text in texts for line in flow.wrap(text, width, size)],
        )

    size = _first_fit(
        _DETAIL_SIZES,
        lambda size: sum(map(len, lines_at(size))) * size * LEADING <= _MAX_DETAILS_HEIGHT,
    )
    name, details = lines_at(size)
    with flow.canvas.within(Element("H2")):
        y = flow.draw_lines([flow.shape(label)], x, y, SMALL, MUTED) + 2
    with flow.canvas.within(Element("P")):
        y = flow.draw_lines(name, x, y, size)
        return flow.draw_lines(details, x, y, size, MUTED)


def _first_fit(sizes: Sequence[float], fits: Callable[[float], bool]) -> float:
    """Return the first size that fits, or else the last one."""
    return next(filter(fits, sizes), sizes[-1])
