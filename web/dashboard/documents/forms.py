"""What the forms of invoices and quotes have in common: their fields, and what fills them in."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Self

from errors import BadInput, NotFound, Text, gather_refusals
from models import Company, CreditNote, Customer, Invoice, Quote
from services.billing.copies import delivery_address, discount_of
from services.billing.customers import CustomerChanges
from services.billing.drafting.saving import FormOrigin
from services.billing.drafts import DocumentDraft, Period
from services.common.lookups import get_owned
from values.parties import PostalAddress
from web.dashboard.documents.lines import (
    LineInput,
    format_discount,
    new_line,
    parse_document_discount,
    parse_lines,
    stored_lines,
)
from web.dashboard.forms.fields import (
    Field,
    Form,
    optional,
    parse_checkbox,
    parse_date,
    parse_text,
)
from web.dashboard.requests import DashboardRequest

_REFERENCES: Final = frozenset({"buyer_reference", "exemption_reason"})
_NEW_CUSTOMER: Final = ("new_name", "new_email", "new_vat_id")
"""What shows that a new customer is entered. The country is filled in before."""
_NOT_COPIED: Final = frozenset({"version", "number", "issue_date", "service_from", "service_to"})
_DELIVERY: Final = frozenset({"street", "postal_code", "city", "region", "country"})


class DocumentForm(Form, ABC):
    """An invoice or a quote while it is a draft; its lines are parsed by `parse_lines`."""

    customer = Field("Bill to", parse_text, error_name="customerId")
    new_name = Field("Name", parse_text, max_length=200, error_name="newCustomer.name")
    new_email = Field(
        "E-mail for invoices", optional(parse_text), max_length=254, error_name="newCustomer.email"
    )
    new_country = Field(
        "Country", optional(parse_text), error_name="newCustomer.postalAddress.country"
    )
    new_vat_id = Field(
        "VAT number",
        optional(parse_text),
        max_length=50,
        error_name="newCustomer.vatId",
    )
    number = Field("Number", parse_text, max_length=64, hint="Leave empty for the next number.")
    currency = Field("Currency", optional(parse_text))
    issue_date = Field(
        "Issue date", optional(parse_date), hint="Leave empty for the day it goes out."
    )
    discount = Field(
        "Discount", parse_text, max_length=40, hint="On all lines: an amount or a percentage."
    )
    prices_include_tax = Field("Prices include tax", parse_checkbox)
    exemption_reason = Field(
        "Reason for not charging tax",
        optional(parse_text),
        max_length=500,
        hint="Leave empty for the standard text.",
        error_name="taxExemptionReason",
    )
    service_from = Field("Service from", optional(parse_date), error_name="servicePeriod.from")
    service_to = Field(
        "Service to",
        optional(parse_date),
        hint="Leave empty for a single day.",
        error_name="servicePeriod.to",
    )
    purchase_order = Field("PO number", optional(parse_text), max_length=100)
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
    payment_terms = Field(
        "Payment terms in words",
        parse_text,
        max_length=1000,
        hint="Printed below the total.",
    )
    notes = Field(
        "Note to your customer",
        parse_text,
        max_length=10_000,
        hint="Printed below the lines.",
    )

    @property
    def has_references(self) -> bool:
        """Whether something is entered below "References and tax"."""
        return any(self.values.get(name) for name in _REFERENCES)

    @property
    def has_delivery(self) -> bool:
        """Whether a delivery address is entered."""
        return any(self.values.get(name) for name in _DELIVERY)

    @property
    def version(self) -> str:
        """The version of the draft that the form was filled in with; empty for a new one."""
        return str(self.values.get("version", ""))

    def origin(self, document_id: str | None) -> FormOrigin:
        """Return what the form is saved to, over changes by others if staff chose so."""
        is_forced = "overwrite" in self.submitted
        return FormOrigin(
            key=self.idempotency_key,
            document_id=document_id,
            version=None if is_forced else self.version or None,
        )

    @property
    def has_new_customer(self) -> bool:
        """Whether a new customer is entered."""
        return any(str(self.values.get(name, "")).strip() for name in _NEW_CUSTOMER)

    @abstractmethod
    def draft(self, today: date) -> DocumentDraft:
        """Return what was entered on a day at the company. Raises BadInput."""

    def content(self) -> dict[str, Any]:
        """Return what was entered, as the fields of a `DocumentDraft`. Raises BadInput."""
        return {
            "customer_id": self.customer.value,
            "new_customer": self._new_customer(),
            "lines": parse_lines(self),
            "number": self.number.value,
            "currency": self.currency.value,
            "issue_date": self.issue_date.value,
            "prices_include_tax": self.prices_include_tax.value,
            "discount": parse_document_discount(self.discount.text, self.locale),
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
            refusals.of(self._check_customer)
            refusals.of(super().check)
            refusals.of(self._period)
            refusals.of(parse_lines, self)
            refusals.of(parse_document_discount, self.discount.text, self.locale)

    def _check_customer(self) -> None:
        if not self.has_new_customer and not self.customer.value:
            raise BadInput(Text("This is required."), field="customerId")

    def _new_customer(self) -> CustomerChanges | None:
        if not self.has_new_customer:
            return None
        return CustomerChanges(
            name=self.new_name.value,
            email=self.new_email.value,
            postal_address=PostalAddress(country=self.new_country.value),
            vat_id=self.new_vat_id.value,
        )

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a document's form is filled in with before anything is entered."""

    values: Mapping[str, str]
    lines: Sequence[LineInput]
    blank: LineInput
    """How a line looks that is added."""
    customer: Customer | None = None
    original: Invoice | Quote | None = None
    """The document that is copied, if one is."""

    @classmethod
    async def of_new(cls, request: DashboardRequest, model: type[Invoice | Quote]) -> Self:
        """Return the start of a new document: of its customer, or a copy, as the query says.

        A copy has no dates and no number. Raises NotFound, unless something was entered already,
        which must not be lost.
        """
        company, staff, query = request.company, request.staff, request.query
        if copied_id := query.get("copy"):
            original = await get_owned(model, staff, copied_id)
            start = await cls.of_draft(request, original)
            values = {name: start.values[name] for name in start.values.keys() - _NOT_COPIED}
            return replace(start, values=values, original=original)
        customer = None
        if chosen_id := query.get("customer", ""):
            try:
                customer = await get_owned(Customer, staff, chosen_id)
            except NotFound:
                if not request.form:
                    raise
        return cls(
            values=initial_values(company, customer),
            lines=(),
            blank=new_line(company, customer, staff.language),
            customer=customer,
        )

    @classmethod
    async def of_draft(cls, request: DashboardRequest, document: Invoice | Quote) -> Self:
        """Return the content of a draft."""
        language = request.staff.language
        customer = await Customer.get(id=document.customer_id)
        return cls(
            values=stored_values(document, language),
            lines=await stored_lines(document, language),
            blank=new_line(request.company, customer, language),
            customer=customer,
        )


def initial_values(company: Company, customer: Customer | None) -> dict[str, str]:
    """Return the initial values of a `DocumentForm` for a new document."""
    notes = customer.default_notes if customer else None
    return {
        "customer": str(customer.id) if customer else "",
        "new_country": company.country or "",
        "currency": company.currency,
        "payment_terms": company.payment_terms or "",
        "notes": notes or company.default_notes or "",
    }


def stored_values(document: Invoice | Quote | CreditNote, language: str) -> dict[str, str]:
    """Return the initial values of a `DocumentForm` that edits a draft."""
    address = delivery_address(document) or PostalAddress()
    return {
        "version": document.version,
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


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
