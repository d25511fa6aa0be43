"""What the forms of invoices and quotes have in common: their fields, their lines, their page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Final

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from auth.staff import Staff
from errors import BadInput, PortalError, input_path
from i18n.formatting import format_amount, format_number, format_plain
from models import Customer, Invoice, Quote
from schema.lines import LineItem
from services.billing import queries
from services.billing.loaders import lines_of
from services.billing.pricing import LineDraft
from services.common.lookups import get_owned
from web.dashboard.fields import (
    Field,
    Form,
    currency_choices,
    optional,
    parse_date,
    parse_decimal,
    parse_text,
)
from web.dashboard.requests import DashboardRequest

MAX_DOCUMENT_FORM_SIZE: Final = 1024 * 1024
"""Bytes of a form: as many lines as a document may have, with descriptions of usual length."""
_EMPTY_LINES: Final = 3
"""Lines offered below those that are filled in."""
_MAX_CUSTOMERS: Final = 500
"""Customers to choose from, by name. For others, the form is opened from the customer's page."""
_CELL_LABELS: Final = {"unitPrice": "unit price", "taxRate": "tax"}
"""Labels of a line's inputs that differ from their name in errors."""


class DocumentForm(Form):
    """An invoice or a quote while it is a draft; its lines are parsed by `parse_lines`."""

    customer = Field("Customer", parse_text, required=True, error_name="customerId")
    number = Field(
        "Number", optional(parse_text), max_length=64, hint="Leave empty for the next number."
    )
    currency = Field("Currency", optional(parse_text))
    issue_date = Field(
        "Issue date", optional(parse_date), hint="Leave empty for the day it goes out."
    )
    discount = Field(
        "Discount", optional(parse_decimal), max_length=40, hint="Taken off the subtotal."
    )
    notes = Field(
        "Notes",
        optional(parse_text),
        max_length=10_000,
        hint="Optional. Your client sees them below the lines.",
    )


@dataclass(frozen=True, slots=True)
class LineInput:
    """A line of a document as it was entered."""

    description: str = ""
    quantity: str = ""
    unit_price: str = ""
    tax_rate: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether all inputs are empty."""
        return not any(text.strip() for text in astuple(self))


def submitted_lines(submitted: FormData) -> list[LineInput]:
    """Return the lines that are not empty."""
    cells = zip(
        map(str, submitted.getlist("description")),
        map(str, submitted.getlist("quantity")),
        map(str, submitted.getlist("unit_price")),
        map(str, submitted.getlist("tax_rate")),
        strict=False,
    )
    lines = [
        LineInput(description=description, quantity=quantity, unit_price=price, tax_rate=rate)
        for description, quantity, price, rate in cells
    ]
    return [line for line in lines if not line.is_empty]


def parse_lines(form: Form) -> list[LineDraft]:
    """Return the form's lines. Raises BadInput with the path of a cell that is not a number."""
    lines = submitted_lines(form.submitted)
    return [_parse_line(index, line, form.locale) for index, line in enumerate(lines)]


def _parse_line(index: int, line: LineInput, locale: str) -> LineDraft:
    with input_path("lines", index):
        return LineDraft(
            description=line.description,
            quantity=_parse_cell(line.quantity or "1", locale, "quantity"),
            unit_price=_parse_cell(line.unit_price, locale, "unitPrice"),
            tax_rate=_parse_cell(line.tax_rate or "0", locale, "taxRate"),
        )


def _parse_cell(text: str, locale: str, error_name: str) -> Decimal:
    try:
        return parse_decimal(text, locale)
    except ValueError as error:
        raise BadInput(str(error), field=error_name) from None


async def stored_lines(document: Invoice | Quote, language: str) -> list[LineInput]:
    """Return the lines of a draft, to be edited."""
    lines = await lines_of(document)
    items = [(LineItem.of(line, document, language), line) for line in lines]
    return [
        LineInput(
            description=item.description,
            quantity=format_number(item.quantity, language),
            unit_price=format_plain(line.unit_price, document.currency, language),
            tax_rate=format_number(item.tax_rate, language),
        )
        for item, line in items
    ]


def stored_values(document: Invoice | Quote, language: str) -> dict[str, str]:
    """Return the initial values of a `DocumentForm` that edits a draft."""
    discount = document.money(document.discount_amount)
    return {
        "customer": str(document.customer_id),
        "number": document.requested_number or "",
        "currency": document.currency,
        "issue_date": document.issue_date.isoformat() if document.issue_date else "",
        "discount": format_amount(discount, language) if document.discount_amount else "",
        "notes": document.notes or "",
    }


async def document_page(
    request: DashboardRequest,
    form: DocumentForm,
    save: Callable[[], Awaitable[str]],
    *,
    heading: str,
    back_url: str,
    lines: Sequence[LineInput] = (),
) -> Response:
    """Show the form; once submitted, save and redirect to the address that `save` returns.

    The button "Add lines" submits the form without saving it. An error that `save` raises is
    shown with the form, and names the line that is wrong.
    """
    error = None
    if request.is_post:
        lines = submitted_lines(form.submitted)
        if not request.form.get("more"):
            try:
                return RedirectResponse(await save(), 303)
            except PortalError as refusal:
                error = _name_line(refusal)
    values = {
        "form": form,
        "heading": heading,
        "back_url": back_url,
        "lines": [*lines, *[LineInput()] * _EMPTY_LINES],
        "customers": await customer_choices(request.staff, form.customer.text),
        "currencies": currency_choices(),
    }
    return await request.render("document_form.html", values, error=error)


def _name_line(error: PortalError) -> PortalError:
    """Return an error about a line with a message that says which line and cell it means."""
    match error.path:
        case ("lines", int(index), str(cell)):
            message = f"Line {index + 1}, {_CELL_LABELS.get(cell, cell)}: {error.message}"
            return BadInput(message, path=error.path)
    return error


async def customer_choices(staff: Staff, chosen_id: str) -> list[tuple[str, str]]:
    """Return ids and names of customers for a select, the chosen customer included.

    Raises NotFound for a chosen customer of another company.
    """
    customers = await queries.customers(staff).order_by("name", "id").limit(_MAX_CUSTOMERS)
    choices = {str(customer.id): customer.name for customer in customers}
    if chosen_id and chosen_id not in choices:
        chosen = await get_owned(Customer, staff, chosen_id)
        choices[str(chosen.id)] = chosen.name
    return list(choices.items())
