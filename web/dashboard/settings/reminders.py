"""When clients are reminded, as a sentence, and what else is sent by itself."""

import re
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import FormData

import models
from errors import BadInput
from i18n.formatting import format_amount
from services.company.company_settings import (
    MAX_REMINDER_DAY,
    MIN_REMINDER_DAY,
    CompanyChanges,
)
from values.money import Minor, Money
from web.dashboard.forms.choices import Choices
from web.dashboard.forms.fields import (
    Field,
    Form,
    Parser,
    optional,
    parse_amount,
    parse_checkbox,
)

_NUMBER: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
_USUAL_DAYS: Final = (-14, -7, -3, -1, 0, 1, 3, 7, 14, 21, 30)
"""Days after the due date that are offered as boxes; negative ones are before it."""


def _days_up_to(most: int) -> Parser[int]:
    def parse(text: str, _: str) -> int:
        if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
            raise ValueError(f"Enter a whole number of days, from 1 to {most}.")
        return int(text)

    return parse


class RemindersForm(Form):
    """When clients are reminded. The usual days are checkboxes: see `chosen_days`."""

    days_before = Field(
        "Another day before", optional(_days_up_to(-MIN_REMINDER_DAY)), max_length=3
    )
    days_after = Field("Another day after", optional(_days_up_to(MAX_REMINDER_DAY)), max_length=3)
    minimum_reminder = Field(
        "Smallest amount",
        optional(parse_amount),
        max_length=40,
        hint="We don't send reminders for less.",
    )
    sends_receipts = Field(
        "Receipts",
        parse_checkbox,
        hint="Thank clients when they have paid, with a PDF receipt. Turn this off if Stripe sends"
        " receipts. We always tell them about failed payments.",
    )

    @classmethod
    def of(cls, company: models.Company, language: str) -> "RemindersForm":
        """Return the form with what the company has set."""
        minimum = Money(Minor(company.minimum_reminder), company.currency)
        amount = format_amount(minimum, language) if minimum.minor else ""
        days = [("reminder_days", str(day)) for day in company.reminder_stages]
        receipts = [("sends_receipts", "yes")] if company.sends_receipts else []
        return cls(FormData([*days, *receipts, ("minimum_reminder", amount)]), language)

    @property
    def ticked(self) -> list[str]:
        """The days whose boxes are ticked."""
        return [str(day) for day in self.submitted.getlist("reminder_days")]

    def changes(self) -> CompanyChanges:
        """Return what was entered. Raises BadInput."""
        return {
            "reminder_days": self.chosen_days(),
            "minimum_reminder": self.minimum_reminder.value,
            "sends_receipts": self.sends_receipts.value,
        }

    def chosen_days(self) -> list[int]:
        """Return the days that are ticked or entered, sorted. Raises BadInput."""
        try:
            days = {int(day) for day in self.ticked}
        except ValueError:
            raise BadInput("Choose days from the list.", field="reminderDays") from None
        before, after = self.days_before.value, self.days_after.value
        if before is not None:
            days.add(-before)
        if after is not None:
            days.add(after)
        return sorted(days)


def day_choices(stored: Sequence[int]) -> Choices:
    """Return the days that boxes offer, each with its words, such as ("7", "7 days after")."""
    return [(str(day), _in_words(day)) for day in sorted({*_USUAL_DAYS, *stored})]


def _in_words(day: int) -> str:
    if day == 0:
        return "On the due date"
    return f"{_days([abs(day)])} {'before' if day < 0 else 'after'}"


def reminder_sentence(days: Sequence[int]) -> str:
    """Return a sentence such as "We remind clients 3 days before and 7 days after the due date."""
    before = sorted((-day for day in days if day < 0), reverse=True)
    after = sorted(day for day in days if day > 0)
    if not days:
        return "We don't send reminders."
    parts = [
        f"{_days(before)} before" if before else "",
        "on the due date" if 0 in days else "",
        f"{_days(after)} after" if after else "",
    ]
    end = "" if 0 in days else " the due date"
    return f"We remind clients {_joined([part for part in parts if part])}{end}."


def _days(days: Sequence[int]) -> str:
    return _joined(list(map(str, days))) + (" day" if list(days) == [1] else " days")


def _joined(parts: Sequence[str]) -> str:
    match parts:
        case [only]:
            return only
        case [one, other]:
            return f"{one} and {other}"
        case _:
            return ", ".join(parts[:-1]) + f", and {parts[-1]}"
