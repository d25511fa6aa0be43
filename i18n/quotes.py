"""How quotes' answers are worded, for pages and PDFs alike."""

from datetime import date

from i18n.formatting import format_date
from i18n.translations import translations_for


def describe_answer(*, accepted: bool, name: str | None, day: date, language: str) -> str:
    """Return who answered a quote, and when. Without a name, staff recorded the answer."""
    _ = translations_for(language).gettext
    values = {"name": name, "date": format_date(day, language)}
    if name is None:
        return (_("Accepted on %(date)s.") if accepted else _("Declined on %(date)s.")) % values
    return (
        _("Accepted by %(name)s on %(date)s.")
        if accepted
        else _("Declined by %(name)s on %(date)s.")
    ) % values
