"""The catalogues of texts: gettext's .po files, one folder per language, compiled when asked for.

English is what stands in the code and the templates; `make messages` brings the files up to date.
"""

import re
from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from errors import BadInput
from i18n.locales import DEFAULT_LANGUAGE, locale_of

HERE: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "messages"
_WISH: Final = re.compile(r"([a-z0-9-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")
_MAX_WISHES: Final = 20
"""Languages of an Accept-Language header that are looked at."""
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
"""A language, maybe with script, territory and variants (RFC 5646 2.1), in Unix's spelling, too."""


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the texts in `language`; in English where there is no catalogue or no translation."""
    path = HERE / locale_of(language).language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


@cache
def languages() -> Sequence[str]:
    """Return the languages that there are texts in, English among them, in alphabetical order."""
    translated = {path.parents[1].name for path in HERE.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return sorted({DEFAULT_LANGUAGE, *translated})


def negotiate(accept_language: str) -> str:
    """Return the one of `languages()` that a browser likes best (RFC 9110 12.5.4), or English."""
    parts = accept_language.lower().split(",")[:_MAX_WISHES]
    wishes = [wish.groups() for part in parts if (wish := _WISH.fullmatch(part.strip()))]
    by_weight = sorted(wishes, key=lambda wish: -float(wish[1] or 1))
    wanted = [language for language, weight in by_weight if float(weight or 1)]
    return negotiate_locale(wanted, languages(), sep="-") or DEFAULT_LANGUAGE


def clean_language(value: str, field: str) -> str:
    """Return `value` as BCP 47 writes it: "de-AT" for "de_at".

    A territory chooses formats; the texts are those of the language alone. Raises BadInput for a
    language without a catalogue.
    """
    locale = _parse(value.strip())
    if locale is None or locale.language not in languages():
        message = f"The languages are: {', '.join(languages())}."
        raise BadInput(message, field=field)
    return str(locale).replace("_", "-")


def _parse(tag: str) -> Locale | None:
    if not _TAG.fullmatch(tag):
        return None
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None
