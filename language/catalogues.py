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

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from errors import BadInput
from language.locales import DEFAULT_LANGUAGE, locale_of

HERE: Final = Path(__file__).parent
DOMAIN: Final = "messages"
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
