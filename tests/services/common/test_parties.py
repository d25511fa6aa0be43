"""Details that customers and the company share: addresses, numbers and defaults."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import pytest

from tests.support.clients import Business, GraphQLFailed

pytestmark = pytest.mark.one_database

Update: TypeAlias = Callable[..., Awaitable[Any]]

_SELECTION: Final = """
    address postalAddress { lines postalCode city region country formatted } taxId vatId taxNumber
    registrationId registrationScheme endpoint paymentDays defaultNotes
    defaultTaxCategory defaultTaxName defaultTaxRate
"""
_BREMEN: Final = {
    "lines": ["Am Speicher XI 4", "Hinterhaus"],
    "postalCode": "28217",
    "city": "Bremen",
    "region": None,
    "country": "DE",
}
_FORMATTED: Final = "Am Speicher XI 4\nHinterhaus\n28217 Bremen\nGermany"


@pytest.fixture(params=["customer", "company"])
async def update(request: pytest.FixtureRequest, business: Business) -> Update:
    """Update a customer or the company, and return all shared details."""
    is_customer = request.param == "customer"
    reference = {"customerId": await business.make_customer()} if is_customer else {}
    noun = "Customer" if is_customer else "Company"

    async def update(**changes: object) -> Any:
        selection = f"{{ {noun.lower()} {{ {_SELECTION} }} }}"
        input_type = f"Update{noun}Input"
        changes |= reference
        payload = await business.mutate(f"update{noun}", input_type, selection, **changes)
        return payload[noun.lower()]

    return update


async def _refused(update: Update, **changes: object) -> tuple[str, str | None]:
    before = await update()
    with pytest.raises(GraphQLFailed) as refusal:
        await update(**changes)
    assert await update() == before
    return refusal.value.code, refusal.value.field


async def test_every_detail_is_stored_and_cleared(update: Update) -> None:
    empty = await update()
    details = {
        "vatId": "DE136695976",
        "taxNumber": "75 123 45678",
        "registrationId": "732829320",
        "registrationScheme": "0002",
        "endpoint": "0088:4012345000009",
        "paymentDays": 14,
        "defaultNotes": "Thanks\nfor the order",
        "defaultTaxCategory": "STANDARD",
        "defaultTaxName": "GST",
        "defaultTaxRate": "5",
    }
    stored = empty | details | {"taxId": "DE136695976"}
    assert await update(**details) == stored
    assert await update() == stored
    assert await update(**dict.fromkeys(details)) == empty


async def test_an_address_is_known_in_parts_or_as_a_text(update: Update) -> None:
    shown = await update(postalAddress=_BREMEN)
    assert shown["postalAddress"] == _BREMEN | {"formatted": _FORMATTED}
    assert shown["address"] == _FORMATTED
    assert (await update(address=_FORMATTED))["postalAddress"] == shown["postalAddress"]
    shown = await update(address="Hof 1\nBremen")
    assert (shown["address"], shown["postalAddress"]) == ("Hof 1\nBremen", None)
    assert (await update(postalAddress=None))["address"] == "Hof 1\nBremen"
    assert (await update(postalAddress=_BREMEN))["address"] == _FORMATTED
    shown = await update(address=None)
    assert (shown["address"], shown["postalAddress"]) == (None, None)


async def test_an_empty_address_is_none(update: Update) -> None:
    empty = {"lines": [" "], "city": "\n", "country": ""}
    assert (await update(postalAddress=empty))["postalAddress"] is None


async def test_the_old_number_is_either_of_the_new_ones(update: Update) -> None:
    shown = await update(taxId="de 136 695 976")
    assert (shown["taxId"], shown["vatId"]) == ("DE136695976", "DE136695976")
    assert (await update(taxNumber="75/123"))["vatId"] == "DE136695976"
    shown = await update(taxId="DE136695976")
    assert (shown["vatId"], shown["taxNumber"]) == ("DE136695976", "75/123")
    shown = await update(taxId="75/999")
    assert (shown["vatId"], shown["taxNumber"]) == (None, "75/999")
    shown = await update(taxId=None)
    assert (shown["taxId"], shown["vatId"], shown["taxNumber"]) == (None, None, None)


async def test_the_country_completes_the_vat_id(update: Update) -> None:
    shown = await update(postalAddress=_BREMEN, vatId="136 695 976")
    assert shown["vatId"] == "DE136695976"
    assert (await update(vatId="136695976"))["vatId"] == "DE136695976"


async def test_a_stored_number_is_not_checked_again(update: Update) -> None:
    await update(taxId="DE 123 456 789")
    shown = await update(vatId="DE123456789", taxNumber="1")
    assert (shown["vatId"], shown["taxNumber"]) == ("DE123456789", "1")
    assert await _refused(update, vatId="DE123456780") == ("BAD_INPUT", "vatId")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "1 Way", "postalAddress": _BREMEN}, "address"),
        ({"postalAddress": {"lines": [], "country": "Germany"}}, "postalAddress.country"),
        ({"postalAddress": {"lines": [], "country": "XX"}}, "postalAddress.country"),
        ({"postalAddress": {"lines": ["a"] * 4}}, "postalAddress.lines"),
        ({"postalAddress": {"lines": ["a" * 101]}}, "postalAddress.lines"),
        ({"postalAddress": {"lines": [], "postalCode": "1" * 21}}, "postalAddress.postalCode"),
        ({"taxId": "1", "taxNumber": "2"}, "taxId"),
        ({"vatId": "DE123456789"}, "vatId"),
        ({"vatId": "1" * 51}, "vatId"),
        ({"taxNumber": "1" * 51}, "taxNumber"),
        ({"registrationId": "1" * 51}, "registrationId"),
        ({"registrationScheme": "SIREN"}, "registrationScheme"),
        ({"endpoint": "4012345000009"}, "endpoint"),
        ({"endpoint": "0088:4012 345"}, "endpoint"),
        ({"paymentDays": -1}, "paymentDays"),
        ({"paymentDays": 3651}, "paymentDays"),
        ({"defaultNotes": "n" * 10_001}, "defaultNotes"),
        ({"defaultTaxName": "n" * 51}, "defaultTaxName"),
        ({"defaultTaxRate": "100.1"}, "defaultTaxRate"),
        ({"defaultTaxRate": "1.23456"}, "defaultTaxRate"),
        ({"defaultTaxRate": "19", "defaultTaxCategory": "EXEMPT"}, "defaultTaxRate"),
        ({"defaultTaxRate": "0", "defaultTaxCategory": "STANDARD"}, "defaultTaxRate"),
    ],
    ids=lambda value: ascii(value)[:50],
)
async def test_values_out_of_range_are_refused_by_name(
    update: Update, changes: dict[str, Any], field: str
) -> None:
    assert await _refused(update, **changes) == ("BAD_INPUT", field)


async def test_a_default_category_fits_the_stored_rate(update: Update) -> None:
    await update(defaultTaxRate="19")
    assert await _refused(update, defaultTaxCategory="EXPORT") == ("BAD_INPUT", "defaultTaxRate")
    shown = await update(defaultTaxCategory="EXPORT", defaultTaxRate=None)
    assert (shown["defaultTaxCategory"], shown["defaultTaxRate"]) == ("EXPORT", None)
