"""Jinja environments for templates of pages and e-mails, one for each folder and language."""

from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from i18n.formatting import (
    format_date,
    format_instant,
    format_number,
    format_percent,
    format_short_date,
)
from i18n.locales import direction_of
from i18n.translations import translations_for


@cache
def templates(folder: Path, language: str) -> Environment:
    """Return the environment of the templates in `folder`, translated to `language`.

    It escapes values in `.html` templates. The filters `date`, `day`, `instant`, `number` and
    `percent` format values in the language.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # of the extension
        translations_for(language), newstyle=True
    )
    environment.globals |= {"language": language, "direction": direction_of(language)}
    environment.filters |= {
        "date": partial(format_date, language=language),
        "day": partial(format_short_date, language=language),
        "instant": partial(format_instant, language=language),
        "number": partial(format_number, language=language),
        "percent": partial(format_percent, language=language),
    }
    return environment
