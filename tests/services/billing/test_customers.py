"""Customers: creating and updating them."""

import asyncio
from typing import Any, Final

import pytest

from models import Customer
from tests.support.clients import Business, GraphQLFailed

_FIELDS: Final = """{
    customer { id name email ccEmails buyerReference address taxId language portalUrl }
}"""


async def _create(business: Business, **details: object) -> Any:
    payload = await business.mutate("createCustomer", "CreateCustomerInput", _FIELDS, **details)
    return payload["customer"]


async def _update(business: Business, **details: object) -> Any:
    payload = await business.mutate("updateCustomer", "UpdateCustomerInput", _FIELDS, **details)
    return payload["customer"]


async def _count(business: Business) -> int:
    return await Customer.filter(company_id=business.company_id).count()


async def test_details_are_stored_trimmed(business: Business) -> None:
    details = {"email": "ada@example.com", "address": "1 Way\r\nLondon", "taxId": " GB1 "}
    details["language"] = "en_gb"
    created = await _create(business, name="  Ada ", **details)
    del created["id"]
    assert created == {
        "name": "Ada",
        "email": "ada@example.com",
        "ccEmails": [],
        "buyerReference": None,
        "address": "1 Way\nLondon",
        "taxId": "GB1",
        "language": "en-GB",
        "portalUrl": None,
    }


async def test_an_update_changes_only_what_is_given(business: Business) -> None:
    details = {"name": "Ada", "address": "1 Way", "taxId": "GB1", "language": "en"}
    before = await _create(business, **details)
    assert await _update(business, customerId=before["id"]) == before
    changed = await _update(business, customerId=before["id"], email="ada@example.com")
    assert changed == before | {"email": "ada@example.com"}


async def test_null_clears_what_isn_t_required(business: Business) -> None:
    customer_id = await business.make_customer(address="1 Way", taxId="GB1", language="en")
    cleared = dict.fromkeys(("email", "address", "taxId", "language"))
    changed = await _update(business, customerId=customer_id, **cleared)
    assert {name: changed[name] for name in cleared} == cleared


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": " \u3000"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": "\x00\r\n\u2028"}, "name"),
        ({"address": "a" * 1001}, "address"),
        ({"taxId": "t" * 51}, "taxId"),
        ({"language": "tlh"}, "language"),
        ({"language": "english"}, "language"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@example"}, "email"),
        ({"email": "@example.com"}, "email"),
        ({"email": "ada@.com"}, "email"),
        ({"email": "ada@example."}, "email"),
        ({"email": "ada@b@example.com"}, "email"),
        ({"email": "ada\u00a0b@example.com"}, "email"),
        ({"email": "ada@example.com\nBcc: eve@example.com"}, "email"),
        ({"email": "a@example.com,b@example.com"}, "email"),
        ({"email": "Ada <ada@example.com>"}, "email"),
        ({"ccEmails": ["a@example.com", "b"]}, "ccEmails.1"),
        ({"ccEmails": [f"{n}@example.com" for n in range(11)]}, "ccEmails"),
        ({"buyerReference": "n" * 101}, "buyerReference"),
        ({"email": "a" * 65 + "@example.com"}, "email"),
        ({"email": "a@" + "b" * 250 + ".com"}, "email"),
    ],
    ids=lambda value: ascii(value)[:50],
)
async def test_values_out_of_range_are_refused_by_name(
    business: Business, change: dict[str, Any], field: str
) -> None:
    customer_id = await business.make_customer(name="Before")
    details = {"name": "Ada"} | change
    for do, more in ((_create, {}), (_update, {"customerId": customer_id})):
        if do == _create and details["name"] is None:
            continue  # GraphQL refuses it
        with pytest.raises(GraphQLFailed) as refusal:
            await do(business, **details, **more)
        assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert await _count(business) == 1
    assert (await Customer.get(id=customer_id)).name == "Before"


async def test_pasted_control_characters_are_dropped(business: Business) -> None:
    pasted = {"name": "\x00A\tB\r\nC\x85D\u2028E\x07", "address": "1 Way\r\n2\r3\x00"}
    created = await _create(business, **pasted)
    assert (created["name"], created["address"]) == ("A B C D E", "1 Way\n2\n3")


async def test_details_of_maximum_length_fit(business: Business) -> None:
    longest = {
        "name": "😀" * 200,
        "email": "a" * 64 + "@" + "b" * 60 + ".example",
        "address": "é" * 1000,
        "taxId": "t" * 50,
    }
    created = await _create(business, **longest, idempotencyKey="k" * 64)
    assert {name: created[name] for name in longest} == longest


async def test_copies_go_to_each_address_once(business: Business) -> None:
    emails = ["Books@Example.com ", "", "ceo@example.com", "books@example.com"]
    created = await _create(business, name="Ada", ccEmails=emails)
    assert created["ccEmails"] == ["Books@Example.com", "ceo@example.com"]
    changed = await _update(business, customerId=created["id"], ccEmails=None)
    assert changed["ccEmails"] == []


async def test_a_buyer_reference_is_stored(business: Business) -> None:
    created = await _create(business, name="Ada", buyerReference=" 04011000-1234512345-06 ")
    assert created["buyerReference"] == "04011000-1234512345-06"
    changed = await _update(business, customerId=created["id"], buyerReference="")
    assert changed["buyerReference"] is None


@pytest.mark.parametrize("email", ["o'brien+x@sub.example.co.uk", "žofie@příklad.cz", "a@b.cd"])
async def test_unusual_addresses_are_accepted(business: Business, email: str) -> None:
    assert (await _create(business, name="Ada", email=email))["email"] == email


async def test_a_repeated_key_creates_one_customer(business: Business) -> None:
    details = {"name": "Ada", "idempotencyKey": "k"}
    created = await asyncio.gather(*(_create(business, **details) for _ in range(16)))
    await _update(business, customerId=created[0]["id"], name="Renamed")
    created.append(await _create(business, **details))
    assert {customer["id"] for customer in created} == {created[0]["id"]}
    assert created[-1]["name"] == "Renamed"
    assert await _count(business) == 1


async def test_a_key_is_refused_for_other_details(business: Business) -> None:
    await _create(business, name="Ada", idempotencyKey="k")
    with pytest.raises(GraphQLFailed) as refusal:
        await _create(business, name="Ada", email="ada@example.com", idempotencyKey="k")
    assert (refusal.value.code, refusal.value.field) == ("CONFLICT", "idempotencyKey")
    assert await _count(business) == 1


async def test_without_a_key_each_request_creates_a_customer(business: Business) -> None:
    first, second = [await _create(business, name="Ada") for _ in range(2)]
    assert first["id"] != second["id"]


async def test_companies_can_use_the_same_key(business: Business, rival: Business) -> None:
    mine = await _create(business, name="Ada", idempotencyKey="k")
    theirs = await _create(rival, name="Eve", idempotencyKey="k")
    assert (mine["name"], theirs["name"]) == ("Ada", "Eve")


async def test_another_company_s_customer_is_not_found(business: Business, rival: Business) -> None:
    customer_id = await rival.make_customer(name="Before")
    with pytest.raises(GraphQLFailed) as refusal:
        await _update(business, customerId=customer_id, name="After")
    assert refusal.value.code == "NOT_FOUND"
    assert (await Customer.get(id=customer_id)).name == "Before"
