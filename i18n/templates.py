"""Templates in a language: one environment per folder and language, for pages and e-mails alike."""

from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from i18n.formatting import format_date, format_day, format_instant, format_number, format_percent
from i18n.locales import direction_of
from i18n.translations import catalogue


@cache
def templates(folder: Path, language: str) -> Environment:
    """Return the templates in `folder`, with the texts and the formats of `language`.

    What ends in `.html` is escaped. `|date`, `|day`, `|instant`, `|number` and `|percent` write as
    the language does.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # the extension's
        catalogue(language), newstyle=True
    )
    environment.globals |= {"language": language, "direction": direction_of(language)}
    environment.filters |= {
        "date": partial(format_date, language=language),
        "day": partial(format_day, language=language),
        "instant": partial(format_instant, language=language),
        "number": partial(format_number, language=language),
        "percent": partial(format_percent, language=language),
    }
    return environment
