"""What the forms of invoices and quotes have in common: their fields and their page."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from auth.staff import Staff
from db.availability import raising_unavailable
from errors import BadInput, PortalError, gather_refusals
from models import Company, CreditNote, Customer, Invoice, Quote
from models.parties import PostalAddress
from services.billing import queries
from services.billing.copies import delivery_address, discount_of
from services.billing.drafts import Period
from services.billing.pricing import Discount
from services.common.lookups import get_owned
from web.dashboard.documents.lines import (
    CATEGORIES,
    LineInput,
    format_discount,
    new_line,
    parse_discount,
    parse_lines,
    submitted_lines,
    unit_suggestions,
)
from web.dashboard.forms.fields import (
    BoundField,
    Field,
    Form,
    country_choices,
    currency_choices,
    optional,
    parse_checkbox,
    parse_date,
    parse_text,
)
from web.dashboard.requests import DashboardRequest

MAX_DOCUMENT_FORM_SIZE: Final = 1024 * 1024
"""Bytes of a form: as many lines as a document may have, with descriptions of usual length."""
_EMPTY_LINES: Final = 3
"""Lines offered below those that are filled in."""
_MAX_CUSTOMERS: Final = 500
"""Customers to choose from, by name. For others, the form is opened from the customer's page."""
_MORE: Final = frozenset(
    {"purchase_order", "buyer_reference", "service_from", "service_to", "exemption_reason"}
)
_DELIVERY: Final = frozenset({"street", "postal_code", "city", "region", "country"})


class DocumentForm(Form):
    """An invoice or a quote while it is a draft; its lines are parsed by `parse_lines`."""

    customer = Field("Customer", parse_text, required=True, error_name="customerId")
    number = Field("Number", parse_text, max_length=64, hint="Leave empty for the next number.")
    currency = Field("Currency", optional(parse_text))
    issue_date = Field(
        "Issue date", optional(parse_date), hint="Leave empty for the day it goes out."
    )
    discount = Field(
        "Discount", parse_text, max_length=40, hint="Off all lines: an amount, or like 10%."
    )
    prices_include_tax = Field("Prices include tax", parse_checkbox)
    exemption_reason = Field(
        "Reason for not charging tax",
        optional(parse_text),
        max_length=500,
        hint="Leave empty for the usual words.",
        error_name="taxExemptionReason",
    )
    service_from = Field("Service from", optional(parse_date), error_name="servicePeriod.from")
    service_to = Field(
        "Service to",
        optional(parse_date),
        hint="Leave empty for a single day.",
        error_name="servicePeriod.to",
    )
    purchase_order = Field("Their order number", optional(parse_text), max_length=100)
    buyer_reference = Field(
        "Their reference",
        optional(parse_text),
        max_length=100,
        hint="Leave empty for the customer's usual one.",
    )
    street = Field("Street", parse_text, error_name="deliveryAddress.lines")
    postal_code = Field(
        "Postal code",
        optional(parse_text),
        max_length=20,
        error_name="deliveryAddress.postalCode",
    )
    city = Field("City", optional(parse_text), max_length=100, error_name="deliveryAddress.city")
    region = Field(
        "State or province",
        optional(parse_text),
        max_length=100,
        error_name="deliveryAddress.region",
    )
    country = Field("Country", optional(parse_text), error_name="deliveryAddress.country")
    payment_terms = Field("Payment terms", parse_text, max_length=1000)
    notes = Field(
        "Notes",
        parse_text,
        max_length=10_000,
        hint="Optional. Your client sees them below the lines.",
    )

    @property
    def has_more(self) -> bool:
        """Whether something is entered below "Order and service"."""
        return any(self.values.get(name) for name in _MORE)

    @property
    def has_delivery(self) -> bool:
        """Whether a delivery address is entered."""
        return any(self.values.get(name) for name in _DELIVERY)

    def content(self) -> dict[str, Any]:
        """Return what was entered, as the fields of a `DocumentDraft`. Raises BadInput."""
        return {
            "customer_id": self.customer.value,
            "lines": parse_lines(self),
            "number": self.number.value,
            "currency": self.currency.value,
            "issue_date": self.issue_date.value,
            "prices_include_tax": self.prices_include_tax.value,
            "discount": parsed_discount(self.discount, self.locale),
            "tax_exemption_reason": self.exemption_reason.value,
            "purchase_order": self.purchase_order.value,
            "buyer_reference": self.buyer_reference.value,
            "service_period": self._period(),
            "delivery_address": self._delivery_address(),
            "payment_terms": self.payment_terms.value,
            "notes": self.notes.value,
        }

    def check(self) -> None:
        """Raise BadInput about all that can't be parsed, in the lines, too."""
        with gather_refusals() as refusals:
            refusals.of(super().check)
            refusals.of(parse_lines, self)
            refusals.of(parsed_discount, self.discount, self.locale)
            refusals.of(self._period)

    def _period(self) -> Period | None:
        start, end = self.service_from.value, self.service_to.value
        if start is None and end is not None:
            raise BadInput("Enter the first day, too.", field="servicePeriod.from")
        return None if start is None else Period(start=start, end=end)

    def _delivery_address(self) -> PostalAddress:
        return PostalAddress(
            lines=tuple(self.street.value.splitlines()),
            postal_code=self.postal_code.value,
            city=self.city.value,
            region=self.region.value,
            country=self.country.value,
        )


def initial_values(company: Company, customer: Customer | None, chosen_id: str) -> dict[str, str]:
    """Return the initial values of a `DocumentForm` for a new document."""
    notes = customer.default_notes if customer else None
    return {
        "customer": chosen_id,
        "currency": company.currency,
        "payment_terms": company.payment_terms or "",
        "notes": notes or company.default_notes or "",
    }


def stored_values(document: Invoice | Quote | CreditNote, language: str) -> dict[str, str]:
    """Return the initial values of a `DocumentForm` that edits a draft."""
    address = delivery_address(document) or PostalAddress()
    return {
        "customer": str(document.customer_id),
        "number": document.requested_number or "",
        "currency": document.currency,
        "issue_date": _iso(document.issue_date),
        "prices_include_tax": "yes" if document.prices_include_tax else "",
        "discount": entered_discount(document, language),
        "exemption_reason": document.tax_exemption_reason or "",
        "service_from": _iso(document.period_start),
        "service_to": _iso(document.period_end),
        "purchase_order": document.purchase_order or "",
        "buyer_reference": document.buyer_reference or "",
        **{name: value or "" for name, value in address.columns().items()},
        "payment_terms": document.payment_terms or "",
        "notes": document.notes or "",
    }


def entered_discount(document: Invoice | Quote | CreditNote, language: str) -> str:
    """Return the document's discount as it is entered."""
    discount = discount_of(document)
    return format_discount(discount.amount, discount.percent, document.currency, language)


def parsed_discount(field: BoundField[str], locale: str) -> Discount:
    """Return a document's discount. Raises BadInput."""
    amount, percent = parse_discount(field.value, locale, "discount")
    return Discount(amount=amount or Decimal(0), percent=percent)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


async def chosen_customer(request: DashboardRequest) -> Customer | None:
    """Return the customer for whom the form was opened, if there is one. Raises NotFound."""
    chosen_id = request.query.get("customer", "")
    return await get_owned(Customer, request.staff, chosen_id) if chosen_id else None


async def next_line(request: DashboardRequest, draft: Invoice | Quote) -> LineInput:
    """Return an empty line to add to a draft, with the usual tax of its customer."""
    customer = await Customer.get(id=draft.customer_id)
    return new_line(request.company, customer, request.staff.language)


async def document_page(
    request: DashboardRequest,
    form: DocumentForm,
    save: Callable[[], Awaitable[str]],
    *,
    heading: str,
    back_url: str,
    blank: LineInput,
    lines: Sequence[LineInput] = (),
) -> Response:
    """Show the form of a draft; once submitted, save and redirect to the address of `save`."""
    values = {
        "heading": heading,
        "back_url": back_url,
        "customers": await customer_choices(request.staff, form.customer.text),
        "currencies": currency_choices(),
        "countries": country_choices(),
    }
    return await lines_page(
        request, form, save, "documents/form.html", values, lines=lines, blank=blank
    )


async def lines_page(
    request: DashboardRequest,
    form: Form,
    save: Callable[[], Awaitable[str]],
    template: str,
    values: Mapping[str, Any],
    *,
    lines: Sequence[LineInput],
    blank: LineInput,
) -> Response:
    """Show a form with lines; once submitted, save and redirect to the address of `save`.

    Lines that are added look like `blank`. The button "Add lines" submits the form without saving
    it. What is wrong is shown with the form.
    """
    error = None
    if request.is_post:
        lines = submitted_lines(form.submitted)
        if not request.form.get("more"):
            try:
                form.check()
                with raising_unavailable():
                    return RedirectResponse(await save(), 303)
            except PortalError as refusal:
                error = refusal
    common = {
        "form": form,
        "lines": [*lines, *[blank] * _EMPTY_LINES],
        "categories": CATEGORIES,
        "units": unit_suggestions(),
    }
    return await request.render(template, {**common, **values}, error=error)


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
