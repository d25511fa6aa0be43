"""Jinja environments for templates of pages and e-mails, one for each folder and language."""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from markupsafe import Markup, escape

from i18n.formatting import (
    format_brief,
    format_date,
    format_instant,
    format_number,
    format_percent,
    format_short_date,
)
from i18n.locales import direction_of
from i18n.template_compiler import TranslatedEnvironment
from i18n.translations import translations_for
from i18n.units import format_quantity

_NOT_DIALLED: Final = re.compile(r"\(0\)|[^\d+*#]")
"""Parts of a phone number that are only for people, like the zero for calls within a country."""
_EXTENSION: Final = re.compile("[^\\W\\d_]")


@cache
def templates(folder: Path, language: str) -> TranslatedEnvironment:
    """Return the environment of the templates in `folder`, translated to `language`.

    It escapes values in `.html` templates. The filters `date`, `day`, `number`, `percent` and
    `quantity` format values in the language. `long_day`, `short_day` and `moment` return `<time>`
    elements, the last one in the page's `time_zone`, and `brief` a shorter one. `dialled` keeps the
    part of a phone number that is dialled, and `host` is the host of an address.
    """
    environment = TranslatedEnvironment(
        translations_for(language),
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        cache_size=-1,  # all of them
    )
    environment.globals |= {"language": language, "direction": direction_of(language)}
    environment.filters |= {
        "date": partial(format_date, language=language),
        "day": partial(format_short_date, language=language),
        "long_day": partial(day_element, format_day=format_date, language=language),
        "short_day": partial(day_element, format_day=format_short_date, language=language),
        "moment": _moment_element,
        "brief": _brief_element,
        "dialled": _dialled,
        "host": _host,
        "number": partial(format_number, language=language),
        "percent": partial(format_percent, language=language),
        "quantity": partial(format_quantity, language=language),
    }
    return environment


@lru_cache(maxsize=2_000)
def day_element(day: date, *, format_day: Callable[[date, str], str], language: str) -> Markup:
    """Return a day in words as a `<time>` element."""
    return _time_element(day.isoformat(), format_day(day, language))


@pass_context
def _moment_element(context: Context, instant: datetime) -> Markup:
    return moment_element(instant, context["language"], context["time_zone"])


def moment_element(instant: datetime, language: str, time_zone: str) -> Markup:
    """Return a date and time in an IANA time zone as a `<time>` element."""
    return _time_element(instant.isoformat(), format_instant(instant, language, time_zone))


@pass_context
def _brief_element(context: Context, instant: datetime) -> Markup:
    language, time_zone = context["language"], context["time_zone"]
    text = format_brief(instant, context["now"], language, time_zone)
    title = format_instant(instant, language, time_zone)
    attributes = f'datetime="{instant.isoformat()}" title="{escape(title)}" data-brief'
    return Markup(f"<time {attributes}>{escape(text)}</time>")  # noqa: S704


def _time_element(machine_readable: str, text: str) -> Markup:
    return Markup(f'<time datetime="{machine_readable}">{escape(text)}</time>')  # noqa: S704


def _dialled(phone: str) -> str:
    """Return a phone number for `tel:` (RFC 3966), up to an extension in words."""
    return _NOT_DIALLED.sub("", _EXTENSION.split(phone)[0])


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")
