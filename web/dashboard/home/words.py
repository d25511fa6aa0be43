"""Days and amounts as the home page words them, in English."""

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.numbers import get_currency_name

from auth.staff import Staff
from i18n.locales import DEFAULT_LANGUAGE, locale_of
from i18n.relative_times import describe_due_date

_WEEK: Final = range(2, 7)
"""The days ago that a weekday names without doubt."""
_YEAR: Final = re.compile(r",? (?:'de' )?y$|^y年")
"""The year of a long date, where it can be left out."""


def title_of_day(day: date, language: str) -> str:
    """Return a day with its weekday: "Saturday, November 28"."""
    locale = locale_of(language)
    pattern = _YEAR.sub("", locale.date_formats["full"].pattern)
    return format_date(day, pattern, locale=locale)


def month_of(day: date) -> str:
    """Return the name of a day's month."""
    return format_date(day, "LLLL", locale=DEFAULT_LANGUAGE)


def currency_name(code: str) -> str:
    """Return what amounts in a currency are called: "British pounds" for GBP."""
    name = get_currency_name(code, count=2, locale=DEFAULT_LANGUAGE)
    return name[0].upper() + name[1:]


def day_of(instant: datetime, staff: Staff) -> str:
    """Return the company's day of an instant that has passed, as it follows a verb.

    "today", "yesterday", "on Tuesday" or "on November 3".
    """
    day = instant.astimezone(ZoneInfo(staff.time_zone)).date()
    days_ago = (staff.today - day).days
    if days_ago <= 1:
        return "yesterday" if days_ago == 1 else "today"
    return f"on {_named(day, days_ago)}"


def since_day(instant: datetime, staff: Staff) -> str:
    """Return the same as it follows "since": "today", "yesterday", "Tuesday", "November 3"."""
    return day_of(instant, staff).removeprefix("on ")


def ago(instant: datetime, staff: Staff) -> str:
    """Return how many days ago an instant was, on the company's calendar."""
    day = instant.astimezone(ZoneInfo(staff.time_zone)).date()
    days = (staff.today - day).days
    if days <= 1:
        return "yesterday" if days == 1 else "today"
    return f"{days} days ago"


def due_of(due: date | None, today: date) -> str:
    """Return when an invoice is due, as it follows a comma: "overdue by 17 days"."""
    if due is None:
        return "no due date"
    text = describe_due_date(due, today, DEFAULT_LANGUAGE)
    return text[0].lower() + text[1:]


def plural(count: int, noun: str) -> str:
    """Return a number with a noun: "1 open", "5 opens"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _named(day: date, days_ago: int) -> str:
    if days_ago in _WEEK:
        return format_date(day, "EEEE", locale=DEFAULT_LANGUAGE)
    return format_skeleton("MMMMd", day, locale=DEFAULT_LANGUAGE)
