"""What a reminder says about one invoice, and about several."""

from typing import Any

import pytest

from services.email.bodies.reminders import reminder_body
from tests.support.sample_emails import LINK, sample_business, sample_facts

pytestmark = pytest.mark.usefixtures("backend")


@pytest.mark.parametrize(
    ("columns", "subject", "sentence"),
    [
        (
            {"days_overdue": 7},
            "Overdue: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 was due on December 24, 2026, 7 days ago.",
        ),
        (
            {"days_overdue": 1},
            "Overdue: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 was due on December 24, 2026, 1 day ago.",
        ),
        (
            {"days_overdue": -3},
            "Due soon: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 is due on December 24, 2026.",
        ),
        (
            {"days_overdue": 0, "due_date": None},
            "Reminder: invoice INV-7 from Halden & Brandt",
            "Invoice INV-7 hasn't been paid yet.",
        ),
    ],
)
def test_a_reminder_says_how_late_it_is(
    columns: dict[str, Any], subject: str, sentence: str
) -> None:
    body = reminder_body([sample_facts(**columns)], sample_business(), None, None)
    ignore = "If you have just sent the money, please ignore this e-mail."
    assert (body.subject, body.message) == (subject, f"{sentence} {ignore}")


def test_several_invoices_have_a_section_each() -> None:
    late, soon = sample_facts(days_overdue=7), sample_facts(number="INV-8")
    body = reminder_body([late, soon], sample_business(), None, LINK)
    assert body.headline
    assert (body.headline.heading, body.headline.amount) == ("Reminder: 2 invoices", "€238.00")
    headlines = [section.headline for section in body.sections]
    assert [headline and headline.heading for headline in headlines] == [
        "Invoice INV-7",
        "Invoice INV-8",
        None,
    ]
    assert [link.label for link in body.sections[-1].links] == ["See all your invoices"]


def test_amounts_in_several_currencies_are_not_added() -> None:
    invoices = [sample_facts(), sample_facts(currency="CHF")]
    headline = reminder_body(invoices, sample_business(), None, None).headline
    assert headline
    assert headline.amount is None
