"""The form that creates or edits a customer."""

from typing import Any

from starlette.responses import Response

import models
from auth.permissions import Permission
from schema.customers import Customer
from services.billing import customers
from services.billing.customers import CustomerChanges
from services.common.lookups import get_owned
from web.dashboard.fields import Field, Form, language_choices, optional, parse_text
from web.dashboard.forms import form_page
from web.dashboard.requests import DashboardRequest, login_required

_PATH = "/dashboard/customers"


class CustomerForm(Form):
    """The details of a customer."""

    name = Field("Name", parse_text, required=True, max_length=200)
    email = Field(
        "E-mail address",
        optional(parse_text),
        max_length=254,
        hint="Invoices and reminders go here.",
    )
    address = Field("Address", optional(parse_text), max_length=1000)
    tax_id = Field("Tax number", optional(parse_text), max_length=50)
    language = Field(
        "Language",
        optional(parse_text),
        max_length=16,
        hint="For pages, e-mails and PDFs. Leave empty to use the company's language.",
    )

    def changes(self) -> CustomerChanges:
        """Return what was entered."""
        return CustomerChanges(
            name=self.name.value,
            email=self.email.value,
            address=self.address.value,
            tax_id=self.tax_id.value,
            language=self.language.value,
        )


@login_required(Permission.MANAGE_INVOICES)
async def new_customer(request: DashboardRequest) -> Response:
    """Show the form, and create a customer."""
    form = CustomerForm(request.form)

    async def create() -> str:
        customer = await customers.create_customer(
            request.staff, form.changes(), idempotency_key=form.idempotency_key
        )
        return f"{_PATH}/{customer.id}"

    values = _values(form, "New customer", _PATH)
    return await form_page(request, "customer_form.html", values, create)


@login_required(Permission.MANAGE_INVOICES)
async def edit_customer(request: DashboardRequest) -> Response:
    """Show the form with a customer's details, and update them."""
    customer = await get_owned(models.Customer, request.staff, request.path_id)
    url = f"{_PATH}/{customer.id}"
    form = CustomerForm(
        request.form,
        name=customer.name,
        email=customer.email or "",
        address=Customer.of(customer, request.viewer).address or "",
        tax_id=customer.tax_id or "",
        language=customer.language or "",
    )

    async def update() -> str:
        await customers.update_customer(request.staff, str(customer.id), form.changes())
        return url

    values = _values(form, "Edit customer", url)
    return await form_page(request, "customer_form.html", values, update)


def _values(form: CustomerForm, heading: str, back_url: str) -> dict[str, Any]:
    return {
        "form": form,
        "heading": heading,
        "back_url": back_url,
        "languages": language_choices(),
    }
