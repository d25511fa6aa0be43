"""Translations: complete, with the same placeholders as the English texts."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from errors import BadInput
from i18n import translations
from i18n.locales import text_language
from i18n.translations import (
    DOMAIN,
    LOCALE_FOLDER,
    available_languages,
    normalize_language,
    preferred_language,
    translations_for,
)

TRANSLATED: Final = [language for language in available_languages() if language != "en"]
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)s|<[^>]+>")

_OTHER_FORMS: Final = {
    "ar": r"\b(طلبكم|مرجعكم|حسابكم|معكم|لديكم)\b",
    "cs": r"\b(tvůj|tvoje|tvá|můžeš|zadej|zvol)\b",
    "de": r"\b(du|dir|dich|dein\w*)\b",
    "es": r"\b(tu|tus|tú|puedes|haz|elige|introduce)\b",
    "fr": r"\b(tu|ton|tes|toi)\b|'",
    "it": r"\b(tuo|tua|tuoi|tue|puoi|hai|inserisci|scegli|conserva)\b|'",
    "ja": r"[^\x00-\x7f]:|クレジットノート",
    "nl": r"\b(je|jij|jou|jouw)\b",
    "pl": r"\b(państw\w*|proszę|pana|pani)\b",
    "pt": r"\b(você|vocês|teu|tua|podes)\b",
    "zh": "你",
    "zh-Hant": "你",
}
"""What texts would have in another form of address, or with other marks and terms."""


def read(language: str) -> Catalog:
    """Return the catalogue of a language."""
    folder = LOCALE_FOLDER / language.replace("-", "_")
    with (folder / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Yield each English text with its translation."""
    if isinstance(message.id, str):
        assert isinstance(message.string, str)
        yield message.id, message.string
        return
    one, *_, many = message.id
    for form in message.string or ():
        # A language can have words for "one day" and "two days" without the figure.
        figure = "%(num)s"
        yield (many if figure in form else one.replace(figure, "")), form


def test_thirteen_languages_are_available() -> None:
    assert " ".join(available_languages()) == "ar cs de en es fr it ja nl pl pt zh zh-Hant"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    messages = [message for message in read(language) if message.id]
    assert len(messages) > 90
    for message in messages:
        assert not message.fuzzy, message.id
        for text, translation in pairs(message):
            assert translation.strip(), message.id
            marks = Counter(_PLACEHOLDER.findall(text))
            assert Counter(_PLACEHOLDER.findall(translation)) == marks, translation
            assert translation.endswith((":", "\N{FULLWIDTH COLON}")) or not text.endswith(":"), (
                translation
            )


@pytest.mark.parametrize(("language", "wrong"), _OTHER_FORMS.items())
def test_clients_are_addressed_in_one_form(language: str, wrong: str) -> None:
    texts = (text for message in read(language) if message.id for _, text in pairs(message))
    assert [text for text in texts if re.search(wrong, text, re.IGNORECASE)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_language_has_its_own_texts(language: str) -> None:
    assert translations_for(language).gettext("Amount due") != "Amount due"


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("en", 1, "1 day ago"),
        ("en", 5, "5 days ago"),
        ("de", 1, "vor 1 Tag."),
        ("de", 5, "vor 5 Tagen."),
        ("cs", 1, "před 1 dnem."),
        ("cs", 5, "před 5 dny."),
        ("pl", 1, "1 dzień temu"),
        ("pl", 22, "22 dni temu"),
        ("ar", 2, "منذ يومين"),
        ("ar", 3, "منذ 3 أيام"),
        ("ar", 11, "منذ 11 يومًا"),
        ("it", 1, "1 giorno fa"),
        ("it", 5, "5 giorni fa"),
        ("ja", 1, "1 日過ぎて"),
        ("ja", 5, "5 日過ぎて"),
        ("nl", 5, "5 dagen geleden"),
        ("pt", 1, "há 1 dia."),
        ("pt", 5, "há 5 dias."),
        ("zh", 5, "至今已过 5 天"),
        ("zh-Hant", 5, "至今已過 5 天"),
    ],
)
def test_plurals_follow_the_language(language: str, count: int, words: str) -> None:
    one = "Invoice %(number)s was due on %(date)s, %(num)s day ago."
    many = one.replace("day", "days")
    text = translations_for(language).ngettext(one, many, count)
    assert words in text % {"number": "1", "date": "-", "num": count}


def test_a_territory_uses_its_language_and_unknown_ones_use_english() -> None:
    assert translations_for("de-AT").gettext("Paid") == "Bezahlt"
    assert translations_for("ko").gettext("Paid") == "Paid"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("cs-CZ", "cs"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-SG", "zh"),
        ("zh-Hans-HK", "zh"),
        ("zh-Hant", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("pt-BR", "pt"),
    ],
)
def test_a_tag_has_the_texts_of_its_language_and_script(tag: str, language: str) -> None:
    assert preferred_language(f"{tag},en;q=0.5") == language
    assert text_language(normalize_language(tag, "language")) == language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-xx", "en"),
        ("zh-hant-xx", "zh-Hant"),
        ("zh-yue", "zh"),
        ("de-a-b-", "de"),
        ("en-", "en"),
    ],
)
def test_unknown_parts_of_a_tag_are_ignored(tag: str, language: str) -> None:
    assert preferred_language(tag) == language


def test_the_first_language_with_texts_is_taken() -> None:
    assert preferred_language("ko-KR, xx-YY-ZZ, cs;q=0.4, zh-TW;q=0.7, de;q=0") == "zh-Hant"
    assert preferred_language("ko, tlh, *") is None


def test_german_has_no_sharp_s_in_switzerland() -> None:
    text = "The amount is too large."
    assert translations_for("de").gettext(text) == "Der Betrag ist zu groß."
    assert translations_for("de-CH").gettext(text) == "Der Betrag ist zu gross."
    assert translations_for("de-LI").ngettext("%(num)s pc", "%(num)s pcs", 2) == "%(num)s Stk."


@pytest.mark.parametrize("language", ["ko", "xx", "", "de-XX-YY-ZZ", "../de", "e", "english"])
def test_a_language_without_texts_is_rejected(language: str) -> None:
    with pytest.raises(BadInput):
        normalize_language(language, "language")


def test_a_long_header_is_understood_but_not_remembered() -> None:
    remembered = translations._preferred_language.cache_info().currsize
    assert preferred_language("xx;q=0.9, de;q=0.8," + " " * 60_000) == "de"
    assert translations._preferred_language.cache_info().currsize == remembered
