"""The messages of errors, in the language that the caller asks for."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from errors import PortalError, Text
from i18n.addresses import Country, country_name
from i18n.formatting import format_date, format_money, format_number
from i18n.locales import DEFAULT_LANGUAGE
from i18n.translations import preferred_language, translations_for
from values.money import Money


def worded(error: PortalError, accept_language: str) -> tuple[str, Mapping[str, Any]]:
    """Return an error's message and its extensions in the language that is asked for.

    That is the first of an Accept-Language header that has texts, or else the language of the
    document that the error is about, or else English.
    """
    language = preferred_language(accept_language) or error.language or DEFAULT_LANGUAGE
    extensions = error.extensions
    for entry in extensions.get("errors", ()):
        entry["message"] = in_language(entry["message"], language)
    return in_language(error.message, language), extensions


def in_language(message: str, language: str) -> str:
    """Return a message in `language`, or in English if it isn't a Text.

    It is a plain string, as what is sent over websockets and as events must be.
    """
    if not isinstance(message, Text) or language == DEFAULT_LANGUAGE:
        return str(message)
    values = {name: _formatted(value, language) for name, value in message.values.items()}
    return translations_for(language).gettext(message.msgid) % values


def _formatted(value: object, language: str) -> object:
    match value:
        case Text():
            return in_language(value, language)
        case Country():
            return country_name(value.code, language)
        case Money():
            return format_money(value, language)
        case date():
            return format_date(value, language)
        case int() | Decimal():
            return format_number(Decimal(value), language)
        case _:
            return value
