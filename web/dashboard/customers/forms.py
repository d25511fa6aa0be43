"""The form that creates or edits a customer."""

import re
from typing import Any, Final, cast

from starlette.responses import Response

from auth.permissions import Permission
from models import Customer
from models.customers import EInvoiceFormat
from services.billing import customers
from services.billing.customers import CustomerChanges
from services.common.lookups import get_owned
from web.dashboard.documents.lines import CATEGORIES
from web.dashboard.forms.choices import country_choices, language_choices, language_name
from web.dashboard.forms.fields import (
    Field,
    optional,
    parse_text,
)
from web.dashboard.forms.pages import form_page
from web.dashboard.forms.parties import MAX_PARTY_FORM_SIZE, PartyForm, party_values
from web.dashboard.requests import DashboardRequest, login_required

_PATH = "/dashboard/customers"
REQUIRED_E_INVOICES: Final = {
    EInvoiceFormat.XRECHNUNG: "XRechnung",
    EInvoiceFormat.PEPPOL: "Peppol BIS Billing",
}
"""The names of what a customer can require, if a PDF isn't enough."""


def _parse_addresses(text: str, _: str) -> list[str]:
    """Return the e-mail addresses in a text, separated by line breaks, commas or spaces."""
    return re.findall(r"[^\s,;]+", text)


def _parse_e_invoice(text: str, _: str) -> EInvoiceFormat:
    """Return what was chosen. Raises ValueError with a message for the reader."""
    if text and text not in EInvoiceFormat.__members__:
        raise ValueError("Choose an e-invoice from the list.")
    return EInvoiceFormat(text or EInvoiceFormat.PDF)


class CustomerForm(PartyForm):
    """The details of a customer."""

    email = Field(
        "E-mail address",
        optional(parse_text),
        max_length=254,
        hint="Invoices and reminders go here.",
    )
    cc_emails = Field(
        "Copies to",
        _parse_addresses,
        max_length=2600,
        hint="E-mail addresses that get a copy of each document, one per line. At most 10.",
    )
    e_invoice = Field(
        "E-invoice",
        _parse_e_invoice,
        hint="If they require one, it is attached to e-mails, and invoices can't be issued before"
        " nothing is missing for it.",
    )
    buyer_reference = Field(
        "Their reference",
        optional(parse_text),
        max_length=100,
        hint="A reference they want on every invoice, like a Leitweg-ID.",
    )
    language = Field(
        "Language",
        optional(parse_text),
        hint="For pages, e-mails and PDFs.",
    )

    def changes(self) -> CustomerChanges:
        """Return what was entered in the fields that were submitted. Raises BadInput."""
        own = {
            name: field.value
            for name, field in (
                ("email", self.email),
                ("cc_emails", self.cc_emails),
                ("e_invoice", self.e_invoice),
                ("buyer_reference", self.buyer_reference),
                ("language", self.language),
            )
            if name in self.submitted
        }
        return cast("CustomerChanges", self.party_changes() | own)


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_PARTY_FORM_SIZE)
async def new_customer(request: DashboardRequest) -> Response:
    """Show the form, and create a customer."""
    form = CustomerForm(request.form, request.staff.language)

    async def create() -> str:
        customer = await customers.create_customer(
            request.staff, form.changes(), idempotency_key=form.idempotency_key
        )
        return f"{_PATH}/{customer.id}"

    values = _values(request, form, "New customer", _PATH)
    return await form_page(request, "customers/form.html", values, create)


@login_required(Permission.MANAGE_INVOICES, max_form_size=MAX_PARTY_FORM_SIZE)
async def edit_customer(request: DashboardRequest) -> Response:
    """Show the form with a customer's details, and update them."""
    customer = await get_owned(Customer, request.staff, request.path_id)
    url = f"{_PATH}/{customer.id}"
    language = request.staff.language
    form = CustomerForm(
        request.form,
        language,
        **party_values(customer, language),
        email=customer.email or "",
        cc_emails=customer.cc_emails or "",
        e_invoice=customer.e_invoice.value,
        buyer_reference=customer.buyer_reference or "",
        language=customer.language or "",
    )

    async def update() -> str:
        await customers.update_customer(request.staff, str(customer.id), form.changes())
        return url

    values = _values(request, form, "Edit customer", url)
    return await form_page(request, "customers/form.html", values, update)


def _values(
    request: DashboardRequest, form: CustomerForm, heading: str, back_url: str
) -> dict[str, Any]:
    company, reader = request.company, request.staff.language
    return {
        "form": form,
        "heading": heading,
        "back_url": back_url,
        "languages": language_choices(reader, company.country, form.language.text),
        "company_language": language_name(company.language, reader),
        "countries": country_choices(reader),
        "categories": CATEGORIES,
        "e_invoices": [
            (EInvoiceFormat.PDF.value, "Not required"),
            *((each.value, name) for each, name in REQUIRED_E_INVOICES.items()),
        ],
    }
