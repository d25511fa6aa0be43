"""What an e-mail with an invoice says."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integrations.mail.contents import Link, Tone
from models import InvoiceStatus
from services.email.bodies.invoices import invoice_body
from services.email.bodies.parts import begins_with_greeting
from tests.support.sample_emails import LINK, sample_business, sample_facts, sample_line

pytestmark = pytest.mark.usefixtures("backend")


def test_it_says_amount_and_date_first() -> None:
    body = invoice_body(sample_facts(), [sample_line()], sample_business(), None)
    assert body.subject == "Invoice INV-7 from Halden & Brandt"
    assert body.preheader == "€119.00, due December 24, 2026. The PDF is attached."
    assert body.headline
    assert (body.headline.amount, body.headline.state) == ("€119.00", "Due December 24, 2026")
    assert body.greeting == "Hello Ada,"
    assert body.message == "Here is your invoice INV-7 from Halden & Brandt."


@pytest.mark.parametrize(
    ("columns", "amount", "state", "tone"),
    [
        ({"days_overdue": 1}, "€119.00", "Overdue by 1 day", Tone.BAD),
        ({"days_overdue": 17}, "€119.00", "Overdue by 17 days", Tone.BAD),
        ({"days_overdue": 61}, "€119.00", "Overdue since December 24, 2026", Tone.BAD),
        ({"days_overdue": 0}, "€119.00", "Due today", Tone.INFO),
        ({"due_date": None}, "€119.00", None, Tone.INFO),
        ({"status": InvoiceStatus.PAID, "amount_paid": 11_900}, "€119.00", "Paid", Tone.GOOD),
        (
            {"status": InvoiceStatus.PARTIALLY_PAID, "amount_paid": 5_000},
            "€69.00",
            "Due December 24, 2026",
            Tone.INFO,
        ),
    ],
)
def test_it_says_what_is_true(
    columns: dict[str, Any], amount: str, state: str | None, tone: Tone
) -> None:
    body = invoice_body(sample_facts(**columns), [sample_line()], sample_business(), None)
    assert body.headline
    assert (body.headline.amount, body.headline.state, body.headline.tone) == (amount, state, tone)


@pytest.mark.parametrize(
    ("pays_at_once", "labels"),
    [
        (True, ["Pay €119.00", "See invoice"]),
        (False, ["Pay online", "See invoice"]),
        (None, ["See invoice"]),
    ],
)
def test_the_button_names_the_amount_where_it_can_be_paid(
    pays_at_once: bool | None, labels: list[str]
) -> None:
    facts = sample_facts(pays_at_once=pays_at_once)
    [section] = invoice_body(facts, [sample_line()], sample_business(), None).sections
    assert section.button
    assert [link.label for link in (section.button, *section.links)] == labels
    assert section.button.url == (LINK if pays_at_once is None else f"{LINK}#pay")


@pytest.mark.parametrize(
    ("message", "greeting"),
    [
        ("With thanks", "Hello Ada,"),
        ("The work is done. Thank you.\nInes", "Hello Ada,"),
        ("Dear Ada,\n\nHere it is.", None),
    ],
)
def test_the_business_s_message_replaces_the_standard_one(
    message: str, greeting: str | None
) -> None:
    body = invoice_body(sample_facts(), [sample_line()], sample_business(), message)
    assert (body.greeting, body.message) == (greeting, message)


@pytest.mark.parametrize(
    ("message", "greets"),
    [
        ("Dear Ada,\nhere it is.", True),
        ("Sehr geehrte Frau Lovelace,\n\nanbei …", True),
        ("Estimada Ada:\n\nAquí está.", True),
        ("مرحبًا،\nالفاتورة مرفقة.", True),
        ("山田様\nお世話になっております。", True),
        ("Hi Ada\n\nHere it is.", True),
        ("Hi Ada,", False),
        ("Here it is.\n\nInes", False),
        ("We changed three things:\n- one", False),
        (f"{'x' * 81},\nhere", False),
        ("", False),
    ],
)
def test_a_greeting_is_a_short_first_line(message: str, greets: bool) -> None:
    assert begins_with_greeting(message) is greets


def test_it_lists_a_handful_of_lines_and_the_sum_of_the_rest() -> None:
    lines = [sample_line(description=f"Line {n}\nmore", amount=n * 100) for n in range(1, 8)]
    [section] = invoice_body(sample_facts(), lines, sample_business(), None).sections
    assert [tuple(row) for row in section.rows[:5]] == [
        ("Line 1, 2\N{NO-BREAK SPACE}m²", "€1.00"),
        ("Line 2, 2\N{NO-BREAK SPACE}m²", "€2.00"),
        ("Line 3, 2\N{NO-BREAK SPACE}m²", "€3.00"),
        ("Line 4, 2\N{NO-BREAK SPACE}m²", "€4.00"),
        ("3 more lines", "€18.00"),
    ]


def test_a_line_is_described_briefly() -> None:
    lines = [sample_line(description="x" * 200, quantity=Decimal(1), unit=None)]
    [section] = invoice_body(sample_facts(), lines, sample_business(), None).sections
    assert section.rows[0].label == f"{'x' * 119}…"


def test_who_gets_no_replies_does_not_ask_for_them() -> None:
    business = replace(sample_business(), email=None)
    assert invoice_body(sample_facts(), [sample_line()], business, None).closing is None


def test_what_is_paid_is_not_asked_for() -> None:
    facts = sample_facts(pays_at_once=None, status=InvoiceStatus.PAID, amount_paid=11_900)
    body = invoice_body(facts, [sample_line()], sample_business(), None)
    assert body.preheader == "€119.00. The PDF is attached."
    assert body.sections[0].button == Link("See invoice", LINK)
    assert [row.text for row in body.sections[0].after_total] == ["\N{MINUS SIGN}€119.00", "€0.00"]
