"""What every e-mail keeps, in each language: rules of mail programs, and of accessibility.

What the programs support is from caniemail.com.
"""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from i18n.locales import direction_of
from i18n.translations import available_languages
from tests.conftest import Backend
from tests.support.mailbox import html_of, text_of
from tests.support.sample_emails import every_body, message_with

LANGUAGES = [*available_languages(), "de-AT"]
_VOID = {"meta", "img", "br"}
_ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body"),
    *("table", "tr", "td", "div", "span", "p", "h1", "h2", "a", "img", "br"),
}
"""What all programs keep. Most of webmail drops `<bdi>`, but keeps `dir`."""
_PROPERTIES = {
    *("color", "background", "font-family", "font-size", "font-weight", "line-height"),
    *("border", "border-top", "border-bottom", "border-collapse", "padding", "margin", "width"),
    *("display", "text-decoration"),
    # Some programs ignore these: corners are then square, the preheader is hidden by `display`, the
    # width is that of the table's column, and a very long word makes that wider.
    *("border-radius", "max-height", "max-width", "overflow", "word-break"),
}


class _Elements(HTMLParser):
    """Collects start tags, and checks that elements are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def _messages(language: str) -> Iterator[EmailMessage]:
    for category, body in every_body(language):
        yield message_with(body, category, language)


@pytest.fixture(scope="module", params=LANGUAGES)
def messages(request: pytest.FixtureRequest, backend: Backend) -> list[EmailMessage]:
    """Return an e-mail of every kind in a language."""
    del backend  # the models need a database to relate to each other
    return list(_messages(request.param))


def test_headers_and_parts_are_sound(messages: list[EmailMessage]) -> None:
    for message in messages:
        assert message.defects == []
        assert [part.defects for part in message.walk()] == [[]] * 3
        assert max(map(len, message.as_bytes().splitlines())) <= 998
        assert message.as_bytes().isascii()
        assert "  " not in message["Subject"]
        assert message["Subject"] in html_of(message).replace("&#39;", "'").replace("&amp;", "&")


def test_nothing_stands_untranslated_or_unfilled(messages: list[EmailMessage]) -> None:
    for message in messages:
        for text in (text_of(message), html_of(message)):
            assert "%(" not in text
            assert "None" not in text


def test_mail_programs_lay_them_out_alike(messages: list[EmailMessage]) -> None:
    for message in messages:
        for tag, attributes in _Elements(html_of(message)).elements:
            style = attributes.get("style", "")
            assert "white-space" not in style
            assert not re.search(r"\b(flex|grid|position|float|calc|var)\b", style)
            if tag == "a":
                assert "padding" not in style
            if tag == "img":
                assert {"width", "height", "alt"} <= attributes.keys()
            if tag == "table":
                assert attributes["role"] == "presentation"
            assert tag in _ELEMENTS
            assert {name for name, _ in re.findall(r"([a-z-]+):([^;]*)", style)} <= _PROPERTIES
            assert not any(name.startswith("on") for name in attributes)


def test_direction_and_language_survive_webmail(messages: list[EmailMessage]) -> None:
    """Webmail drops <html> and <body>."""
    for message in messages:
        elements = _Elements(html_of(message)).elements
        [html, body] = [found for tag, found in elements if tag in {"html", "body"}]
        tables = [found for tag, found in elements if tag == "table"]
        assert html["lang"] == body["lang"] == tables[0]["lang"]
        assert {each["dir"] for each in (html, body, *tables)} == {direction_of(html["lang"])}


def test_text_and_html_have_the_same_links(messages: list[EmailMessage]) -> None:
    for message in messages:
        elements = _Elements(html_of(message)).elements
        links = {found["href"] for tag, found in elements if tag == "a"}
        assert links == set(re.findall(r"^https://\S+$", text_of(message), re.MULTILINE))
        assert len(links) > 1


def test_html_stays_small(messages: list[EmailMessage]) -> None:
    """Gmail cuts off what follows after 102 KB."""
    assert max(len(html_of(message).encode()) for message in messages) < 30_000
