"""Details that can be missing, and how staff are asked for them."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from einvoices.document import Trader
from errors import Text

Side: TypeAlias = Literal["company", "customer"]
"""Whose detail it is: the seller's or the buyer's."""

_TERMS: Final[dict[Side, dict[str, str]]] = {
    "company": {
        "registration": "BT-30",
        "vat_id": "BT-31",
        "endpoint": "BT-34",
        "street": "BT-35",
        "city": "BT-37",
        "postal_code": "BT-38",
        "country": "BT-40",
    },
    "customer": {
        "registration": "BT-47",
        "vat_id": "BT-48",
        "endpoint": "BT-49",
        "street": "BT-50",
        "city": "BT-52",
        "postal_code": "BT-53",
        "country": "BT-55",
    },
}

_NO_SOUTH_SUDAN: Final = Text("This format can't have addresses in South Sudan.")


@dataclass(frozen=True, slots=True)
class MissingDetail:
    """A detail that a format needs and that isn't there, or isn't in the right form."""

    term: str
    """The business term of EN 16931, for example BT-40."""
    field: str
    """Where it is entered: a path that begins with `company`, `customer` or `document`."""
    message: Text


def missing_country(trader: Trader, side: Side) -> MissingDetail:
    """Ask for the country of an address."""
    return MissingDetail(
        _TERMS[side]["country"],
        f"{side}.postalAddress.country",
        Text("Enter the country of %(name)s.", name=trader.name),
    )


def unknown_country(side: Side) -> MissingDetail:
    """Say that a format has no code for the country of an address."""
    return MissingDetail(_TERMS[side]["country"], f"{side}.postalAddress.country", _NO_SOUTH_SUDAN)


def unknown_delivery_country() -> MissingDetail:
    """Say that a format has no code for the country of the delivery address."""
    return MissingDetail("BT-80", "document.deliveryAddress", _NO_SOUTH_SUDAN)


def missing_city(trader: Trader, side: Side) -> MissingDetail:
    """Ask for the city of an address."""
    return MissingDetail(
        _TERMS[side]["city"],
        f"{side}.postalAddress.city",
        Text("Enter the city of %(name)s.", name=trader.name),
    )


def missing_postal_code(trader: Trader, side: Side) -> MissingDetail:
    """Ask for the postal code of an address."""
    return MissingDetail(
        _TERMS[side]["postal_code"],
        f"{side}.postalAddress.postalCode",
        Text("Enter the postal code of %(name)s.", name=trader.name),
    )


def missing_street(trader: Trader, side: Side) -> MissingDetail:
    """Ask for the street of an address."""
    return MissingDetail(
        _TERMS[side]["street"],
        f"{side}.postalAddress.lines",
        Text("Enter the street of %(name)s.", name=trader.name),
    )


def missing_vat_id(trader: Trader, side: Side) -> MissingDetail:
    """Ask for a VAT id."""
    return MissingDetail(
        _TERMS[side]["vat_id"],
        f"{side}.vatId",
        Text("Enter the VAT ID of %(name)s.", name=trader.name),
    )


def missing_registration(trader: Trader, side: Side, example: str | None = None) -> MissingDetail:
    """Ask for the number in a register, with its ICD code as in `example`."""
    if example is None:
        message = Text("Enter the registration number of %(name)s.", name=trader.name)
    else:
        message = Text(
            "Enter the registration number of %(name)s, and its register as an ICD code:"
            " %(example)s.",
            name=trader.name,
            example=example,
        )
    return MissingDetail(_TERMS[side]["registration"], f"{side}.registrationId", message)


def unknown_register(trader: Trader, side: Side) -> MissingDetail:
    """Ask for a register that the ICD list has."""
    return MissingDetail(
        _TERMS[side]["registration"],
        f"{side}.registrationScheme",
        Text(
            "The register of %(name)s isn't on the ICD list. Enter a code like 0002 for SIREN.",
            name=trader.name,
        ),
    )


def missing_endpoint(trader: Trader, side: Side) -> MissingDetail:
    """Ask for an electronic address that the format accepts."""
    return MissingDetail(
        _TERMS[side]["endpoint"],
        f"{side}.endpoint",
        Text(
            "Enter a valid electronic address of %(name)s, like 0088:4012345000009.",
            name=trader.name,
        ),
    )


def incomplete_delivery_address() -> MissingDetail:
    """Ask for the rest of the delivery address."""
    return MissingDetail(
        "BT-80",
        "document.deliveryAddress",
        Text("Complete the delivery address with its city, postal code and country."),
    )
