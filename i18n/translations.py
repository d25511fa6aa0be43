"""Translations: gettext's .po files, one folder for each language, compiled on first use.

English texts are in the code and the templates. `make messages` updates the files.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from errors import BadInput, Text
from i18n.locales import DEFAULT_LANGUAGE, locale_of, text_language, text_language_of

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "messages"
_ACCEPT_LANGUAGE_ITEM: Final = re.compile(r"([a-z0-9-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")
_WITHOUT_SHARP_S: Final = frozenset({"CH", "LI"})
"""Where German is written without ß."""
_MAX_ACCEPT_LANGUAGE_ITEMS: Final = 20
"""Further languages of an Accept-Language header are ignored."""
_MAX_REMEMBERED: Final = 200
"""Characters of a usual Accept-Language header. Longer ones aren't remembered."""
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
"""A language with optional script, territory and variants (RFC 5646 2.1), also spelled `de_AT`."""


@cache
def translations_for(language: str) -> NullTranslations:
    """Return the texts in `language`, or in English where there is no translation."""
    folder = text_language(language).replace("-", "_")
    path = LOCALE_FOLDER / folder / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file)
    if locale_of(language).territory in _WITHOUT_SHARP_S:
        _replace_sharp_s(catalog)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


def _replace_sharp_s(catalog: Catalog) -> None:
    for message in catalog:
        forms = message.string
        if isinstance(forms, str):
            message.string = forms.replace("ß", "ss")
        else:
            message.string = tuple(form.replace("ß", "ss") for form in forms or ())


def N_(text: str) -> str:  # noqa: N802  # gettext's name for a text that is translated later
    """Return a text, so that it is found by those who extract texts for translation."""
    return text


@cache
def available_languages() -> Sequence[str]:
    """Return the languages with texts, including English, in alphabetical order."""
    files = LOCALE_FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")
    translated = {path.parents[1].name.replace("_", "-") for path in files}
    return sorted({DEFAULT_LANGUAGE, *translated})


def negotiate_language(accept_language: str) -> str:
    """Return the available language that a browser prefers, or English."""
    return preferred_language(accept_language) or DEFAULT_LANGUAGE


def preferred_language(accept_language: str) -> str | None:
    """Return the available language that a client prefers (RFC 9110 12.5.4), or None."""
    if len(accept_language) > _MAX_REMEMBERED:
        return _preferred_language.__wrapped__(accept_language)
    return _preferred_language(accept_language)


@lru_cache(256)
def _preferred_language(accept_language: str) -> str | None:
    parts = accept_language.lower().split(",")[:_MAX_ACCEPT_LANGUAGE_ITEMS]
    matches = (_ACCEPT_LANGUAGE_ITEM.fullmatch(part.strip()) for part in parts)
    items = [match.groups() for match in matches if match]
    by_weight = sorted(items, key=lambda item: -float(item[1] or 1))
    wanted = (_look_up(tag) for tag, weight in by_weight if float(weight or 1))
    return next(filter(None, wanted), None)


def _look_up(tag: str) -> str | None:
    """Return the available language of a tag, less its last parts if they are unknown, or None.

    See RFC 4647 3.4.
    """
    parts = tag.split("-")
    if parts[0] not in available_languages():
        return None
    while (locale := _parse("-".join(parts))) is None:
        parts.pop()
    return text_language_of(locale)


def normalize_language(value: str, field: str) -> str:
    """Return `value` as a BCP 47 tag, for example "de-AT" for "de_at".

    A territory affects only formats, not texts. Raises BadInput for a language without texts.
    """
    locale = _parse(value.strip())
    if locale is None or text_language_of(locale) not in available_languages():
        languages = ", ".join(available_languages())
        raise BadInput(
            Text("Use one of these languages: %(languages)s.", languages=languages), field=field
        )
    return str(locale).replace("_", "-")


def _parse(tag: str) -> Locale | None:
    if not _TAG.fullmatch(tag):
        return None
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None
