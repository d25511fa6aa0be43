"""How long until something happens, as people read it."""

from datetime import date
from functools import lru_cache
from typing import Final

from i18n.formatting import format_count, format_date
from i18n.translations import translations_for

_MOST_DAYS: Final = 60
"""Days that are counted. Further away, a date says more."""
_MINUTE: Final = 60
"""Seconds."""


@lru_cache(maxsize=2_000)
def describe_due_date(due: date, today: date, language: str) -> str:
    """Return when an invoice is due, for example "Due in 24 days" or "Overdue by 3 days"."""
    translations = translations_for(language)
    _, ngettext, days = translations.gettext, translations.ngettext, (due - today).days
    if days == 0:
        return _("Due today")
    if days == 1:
        return _("Due tomorrow")
    if days > _MOST_DAYS:
        return _("Due %(date)s") % {"date": format_date(due, language)}
    if days > 0:
        return ngettext("Due in %(num)s day", "Due in %(num)s days", days) % {
            "num": format_count(days, language)
        }
    if days < -_MOST_DAYS:
        return _("Overdue since %(date)s") % {"date": format_date(due, language)}
    text = ngettext("Overdue by %(num)s day", "Overdue by %(num)s days", -days)
    return text % {"num": format_count(-days, language)}


def describe_wait(seconds: int, language: str) -> str:
    """Return how long a client who has opened too many pages has to wait."""
    ngettext = translations_for(language).ngettext
    if seconds < _MINUTE:
        text = ngettext(
            "Many pages were opened from your network in a short while."
            " It works again in about %(num)s second.",
            "Many pages were opened from your network in a short while."
            " It works again in about %(num)s seconds.",
            seconds,
        )
        return text % {"num": format_count(seconds, language)}
    minutes = -(-seconds // _MINUTE)
    text = ngettext(
        "Many pages were opened from your network in a short while."
        " It works again in about %(num)s minute.",
        "Many pages were opened from your network in a short while."
        " It works again in about %(num)s minutes.",
        minutes,
    )
    return text % {"num": format_count(minutes, language)}
