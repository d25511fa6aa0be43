"""The fields that the forms of customers and of the company have in common."""

import re
from decimal import Decimal
from typing import Any, Final, cast

from i18n.formatting import format_number
from models.parties import PartyModel
from services.common.parties import PartyChanges
from values.parties import PostalAddress
from web.dashboard.documents.lines import category_option, parse_category
from web.dashboard.forms.fields import Field, Form, optional, parse_percent, parse_text

MAX_PARTY_FORM_SIZE: Final = 256 * 1024
"""Bytes of a form: notes of the maximum length, each character of which may take twelve."""
_WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_ADDRESS: Final = ("street", "postal_code", "city", "region", "country")
_REGISTRATION: Final = ("registration_id", "registration_scheme", "endpoint")
_TEXTS: Final = (
    "name",
    "vat_id",
    "tax_number",
    *_REGISTRATION,
    "payment_days",
    "default_notes",
    "default_tax_category",
    "default_tax_name",
    "default_tax_rate",
)


def parse_days(text: str, _: str) -> int:
    """Return a whole number of days."""
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError("Enter a whole number of days, like 14.")
    return int(text)


class PartyForm(Form):
    """The details of a customer or of the company."""

    name = Field("Name", parse_text, required=True, max_length=200)
    address = Field(
        "Address as one text",
        optional(parse_text),
        max_length=1000,
        hint="Fill in the parts below instead. E-invoices and payment slips need them.",
    )
    street = Field(
        "Street",
        parse_text,
        hint="At most three lines.",
        error_name="postalAddress.lines",
    )
    postal_code = Field(
        "Postal code", optional(parse_text), max_length=20, error_name="postalAddress.postalCode"
    )
    city = Field("City", optional(parse_text), max_length=100, error_name="postalAddress.city")
    region = Field(
        "State or province",
        optional(parse_text),
        max_length=100,
        error_name="postalAddress.region",
    )
    country = Field("Country", optional(parse_text), error_name="postalAddress.country")
    vat_id = Field(
        "VAT ID", optional(parse_text), max_length=50, hint="With its country, like DE136695976."
    )
    tax_number = Field(
        "Tax number", optional(parse_text), max_length=50, hint="The national one, if there is one."
    )
    registration_id = Field("Registration number", optional(parse_text), max_length=50)
    registration_scheme = Field(
        "Register", optional(parse_text), max_length=4, hint="Its ICD code, like 0002 for SIREN."
    )
    endpoint = Field(
        "Electronic address",
        optional(parse_text),
        max_length=100,
        hint="Where e-invoices go, like 0088:4012345000009.",
    )
    payment_days = Field("Days to pay", optional(parse_days), max_length=4)
    default_notes = Field("Notes", optional(parse_text), max_length=10_000)
    default_tax_category = Field("Tax category", optional(parse_category))
    default_tax_name = Field("Name of the tax", optional(parse_text), max_length=50)
    default_tax_rate = Field("Tax %", optional(parse_percent), max_length=40)

    @property
    def has_registration(self) -> bool:
        """Whether something is entered below "Registration and e-invoices"."""
        return any(self.values.get(name) for name in _REGISTRATION)

    def party_changes(self) -> PartyChanges:
        """Return what was entered in the fields that were submitted. Raises BadInput."""
        entered: dict[str, Any] = {
            name: getattr(self, name).value for name in _TEXTS if name in self.submitted
        }
        return cast("PartyChanges", entered | self._address_changes())

    def _address_changes(self) -> dict[str, Any]:
        """Return the address: in parts where any is filled in, or else the text, or else none."""
        if not any(name in self.submitted for name in ("address", *_ADDRESS)):
            return {}
        parts = PostalAddress(
            lines=tuple(self.street.value.splitlines()),
            postal_code=self.postal_code.value,
            city=self.city.value,
            region=self.region.value,
            country=self.country.value,
        )
        return {"postal_address": parts} if parts else {"address": self.address.value}


def party_values(party: PartyModel, language: str) -> dict[str, str]:
    """Return the initial values of a `PartyForm` that edits `party`."""
    return {
        "address": party.address or "",
        **{name: getattr(party, name) or "" for name in (*_ADDRESS, *_TEXTS)},
        "payment_days": "" if party.payment_days is None else str(party.payment_days),
        "default_tax_category": category_option(party.default_tax_category),
        "default_tax_rate": _rate(party.default_tax_rate, language),
    }


def _rate(rate: Decimal | None, language: str) -> str:
    return "" if rate is None else format_number(rate.normalize(), language)
