"""Jinja environments for templates of pages and e-mails, one for each folder and language."""

from datetime import datetime
from functools import cache, partial
from pathlib import Path

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context

from i18n.formatting import (
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


@cache
def templates(folder: Path, language: str) -> TranslatedEnvironment:
    """Return the environment of the templates in `folder`, translated to `language`.

    It escapes values in `.html` templates. The filters `date`, `day`, `instant`, `number`,
    `percent` and `quantity` format values in the language, instants in the page's `time_zone`.
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
    )
    environment.globals |= {"language": language, "direction": direction_of(language)}
    environment.filters |= {
        "date": partial(format_date, language=language),
        "day": partial(format_short_date, language=language),
        "instant": _instant,
        "number": partial(format_number, language=language),
        "percent": partial(format_percent, language=language),
        "quantity": partial(format_quantity, language=language),
    }
    return environment


@pass_context
def _instant(context: Context, instant: datetime) -> str:
    return format_instant(instant, context["language"], context["time_zone"])
