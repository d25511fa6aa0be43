"""Declared forms: what their fields show, parse and call themselves."""

from datetime import date
from decimal import Decimal

import pytest
from starlette.datastructures import FormData

from errors import BadInput, NotFound
from web.dashboard.forms.errors import FormErrors
from web.dashboard.forms.fields import (
    Field,
    Form,
    optional,
    parse_amount,
    parse_checkbox,
    parse_date,
    parse_text,
)


class _InvoiceForm(Form):
    total = Field("Total", parse_amount, error_name="amount")
    issue_date = Field("Issue date", optional(parse_date))
    partial = Field("Part payment", parse_checkbox)
    notes = Field("Notes", parse_text, required=True)


def test_a_form_shows_initial_values_until_it_is_submitted() -> None:
    assert _InvoiceForm(FormData(), total="5").total.text == "5"
    form = _InvoiceForm(FormData({"total": " 7"}), total="5", issue_date="2026-11-30")
    assert (form.total.text, form.issue_date.text) == (" 7", "")


def test_a_value_is_parsed_in_the_form_s_language() -> None:
    form = _InvoiceForm(FormData({"total": "1.234,50", "issue_date": "2026-11-30"}), "de")
    assert form.total.value == Decimal("1234.50")
    assert form.issue_date.value == date(2026, 11, 30)


def test_an_empty_optional_field_has_no_value() -> None:
    assert _InvoiceForm(FormData({"issue_date": "  "})).issue_date.value is None


def test_a_wrong_value_names_the_field_as_services_do() -> None:
    form = _InvoiceForm(FormData({"total": "much", "issue_date": "soon"}))
    with pytest.raises(BadInput, match="like 450 or") as amount:
        _ = form.total.value
    with pytest.raises(BadInput, match="Enter a date") as day:
        _ = form.issue_date.value
    assert (amount.value.field, day.value.field) == ("amount", "issueDate")


def test_all_fields_that_are_wrong_are_found() -> None:
    form = _InvoiceForm(FormData({"total": "much", "issue_date": "soon", "notes": " "}))
    with pytest.raises(BadInput) as refusal:
        form.check()
    assert [error.field for error in refusal.value.all] == ["amount", "issueDate", "notes"]
    _InvoiceForm(FormData({"total": "5"})).check()


def test_errors_lead_to_their_inputs() -> None:
    form = _InvoiceForm(FormData())
    first = BadInput("Too much.", field="amount")
    first.others = (
        BadInput("Too small.", path=("lines", 1, "unitPrice")),
        BadInput("Too few.", field="permissions"),
        BadInput("Unknown.", field="elsewhere"),
    )
    errors = FormErrors.of(first)
    assert [
        (each.anchor, each.text) for each in errors.entries(form, ["lines", "permissions"])
    ] == [
        ("total", "Total: Too much."),
        ("line-1-unit_price", "Line 2, price: Too small."),
        ("permissions", "Too few."),
        ("", "Unknown."),
    ]
    assert errors.at_line(1).keys() == {"unit_price"}
    assert not errors.at_line(0)
    assert FormErrors.of(NotFound()).entries(form) == []


def test_a_checkbox_that_is_not_submitted_is_not_checked() -> None:
    assert _InvoiceForm(FormData(), partial="yes").partial.value
    assert not _InvoiceForm(FormData({"total": "5"}), partial="yes").partial.value
