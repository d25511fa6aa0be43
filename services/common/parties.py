"""What staff enter about a customer and about their own company alike."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypedDict

from errors import BadInput, Refusals, Text, gather_refusals
from i18n.addresses import format_address
from models.parties import PartyModel
from services.common.tax_ids import (
    MAX_ID_LENGTH,
    clean_endpoint,
    clean_register,
    clean_vat_id,
    split_tax_id,
)
from services.common.validation import check_percent, clean, clean_address, clean_optional
from values.parties import PostalAddress
from values.taxes import TaxCategory

MAX_PAYMENT_DAYS: Final = 3650
MAX_NOTES: Final = 10_000
"""Characters of notes on documents."""
MAX_TAX_NAME: Final = 50
"""Characters of a tax's name."""


class PartyChanges(TypedDict, total=False):
    """New values. What is omitted stays as it is, and None clears what isn't required."""

    name: str | None
    address: str | None
    """The address as one text. Use either this or `postal_address`."""
    postal_address: PostalAddress | None
    tax_id: str | None
    """A VAT id or a tax number. Use either this or the two of them."""
    vat_id: str | None
    tax_number: str | None
    registration_id: str | None
    registration_scheme: str | None
    endpoint: str | None
    payment_days: int | None
    default_notes: str | None
    default_tax_category: TaxCategory | None
    default_tax_name: str | None
    default_tax_rate: Decimal | None


def party_columns(changes: PartyChanges, party: PartyModel, language: str) -> dict[str, Any]:
    """Return the cleaned columns of `changes` to `party`, which may be new. Raises BadInput.

    `language` is the one in which its address was shown.
    """
    with gather_refusals() as refusals:
        columns = cleaned_columns(changes, _CLEANERS, refusals)
        columns |= refusals.of(_address_columns, changes, party, language) or {}
        country = columns.get("country", party.country)
        columns |= refusals.of(_tax_id_columns, changes, party, country) or {}
        columns |= refusals.of(_default_tax_columns, changes, party) or {}
    return columns


def cleaned_columns(
    changes: Mapping[str, Any], cleaners: Mapping[str, Callable[[Any], Any]], refusals: Refusals
) -> dict[str, Any]:
    """Return the columns of `changes` that `cleaners` has, each as its cleaner returns it."""
    return {
        name: refusals.of(clean_column, changes[name])
        for name, clean_column in cleaners.items()
        if name in changes
    }


def _clean_name(name: str | None) -> str:
    return clean(name or "", "name", most=200)


def _check_days(days: int | None) -> int | None:
    if days is not None and not 0 <= days <= MAX_PAYMENT_DAYS:
        raise BadInput(
            Text("Enter 0 to %(most)s days.", most=MAX_PAYMENT_DAYS), field="paymentDays"
        )
    return days


_CLEANERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": _clean_name,
    "registration_id": partial(clean_optional, field="registrationId", most=MAX_ID_LENGTH),
    "registration_scheme": partial(clean_register, field="registrationScheme"),
    "endpoint": partial(clean_endpoint, field="endpoint"),
    "payment_days": _check_days,
    "default_notes": partial(clean_optional, field="defaultNotes", most=MAX_NOTES, multiline=True),
    "default_tax_name": partial(clean_optional, field="defaultTaxName", most=MAX_TAX_NAME),
}
"""How what a column stores is made of what was entered."""


def _address_columns(
    changes: PartyChanges, party: PartyModel, language: str
) -> dict[str, str | None]:
    """Return the columns of an address, of which a party has one: in parts, or as a text."""
    text = clean_optional(changes.get("address"), "address", most=1000, multiline=True)
    parts = clean_address(changes.get("postal_address"), "postalAddress")
    if text and parts:
        raise BadInput(
            Text("Enter the address in parts or as one text, not both."), field="address"
        )
    if parts:
        return {"address": None, **parts.columns()}
    stored = party.postal_address
    if stored and "postal_address" not in changes and text == format_address(stored, language):
        return {}
    if "address" in changes:
        return {"address": text, **PostalAddress().columns()}
    return PostalAddress().columns() if "postal_address" in changes else {}


def _tax_id_columns(
    changes: PartyChanges, party: PartyModel, country: str | None
) -> dict[str, str | None]:
    tax_id = clean_optional(changes.get("tax_id"), "taxId", most=MAX_ID_LENGTH)
    if tax_id and (changes.get("vat_id") or changes.get("tax_number")):
        raise BadInput(Text("Use either taxId or vatId and taxNumber."), field="taxId")
    columns: dict[str, str | None] = {}
    if "tax_id" in changes and tax_id != party.tax_id:
        columns |= split_tax_id(tax_id)
    if "vat_id" in changes and changes["vat_id"] != party.vat_id:
        columns["vat_id"] = clean_vat_id(changes["vat_id"], "vatId", country)
    if "tax_number" in changes:
        number = clean_optional(changes["tax_number"], "taxNumber", most=MAX_ID_LENGTH)
        columns["tax_number"] = number
    return columns


def _default_tax_columns(changes: PartyChanges, party: PartyModel) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "default_tax_category" in changes:
        columns["default_tax_category"] = changes["default_tax_category"]
    if "default_tax_rate" in changes:
        columns["default_tax_rate"] = changes["default_tax_rate"]
    rate = columns.get("default_tax_rate", party.default_tax_rate)
    category = columns.get("default_tax_category", party.default_tax_category)
    if not columns or rate is None:
        return columns
    check_percent(rate, "defaultTaxRate")
    if category is not None and not category.can_have(rate):
        raise BadInput(
            Text("The category STANDARD needs a rate above zero, and the others have none."),
            field="defaultTaxRate",
        )
    return columns
