"""Staff see what each address has turned off, since when and how, and turn off what clients ask."""

from typing import Any, Final

import pytest

from models import AuditEntry, Customer, EmailPreference, MailCategory, OptOutOrigin
from services.email.opt_outs import addresses_of
from services.email.preferences import preference_for, turn_off
from tests.services.email.test_emails import new_address
from tests.support.clients import Business, GraphQLFailed

_FIELDS: Final = "emailPreferences { address optOuts { category at origin } preferencesUrl }"


async def _preferences(business: Business, customer_id: str) -> Any:
    query = f"{{ company {{ customers {{ edges {{ node {{ id {_FIELDS} }} }} }} }} }}"
    edges = (await business.gql(query))["company"]["customers"]["edges"]
    [found] = [e["node"] for e in edges if e["node"]["id"] == customer_id]
    return found["emailPreferences"]


async def _turn_off(business: Business, customer_id: str, address: str, *categories: str) -> Any:
    answer = await business.mutate(
        "turnOffEmails",
        "TurnOffEmailsInput",
        f"{{ customer {{ {_FIELDS} }} }}",
        customerId=customer_id,
        address=address,
        categories=categories,
    )
    return answer["customer"]["emailPreferences"]


async def test_staff_see_who_has_turned_off_what_since_when_and_how(business: Business) -> None:
    ada, books = new_address(), new_address()
    customer_id = await business.make_customer(email=ada.upper(), ccEmails=[books])
    preference = await preference_for(business.company_id, ada, "en")
    await turn_off(preference, [MailCategory.REMINDER], OptOutOrigin.ONE_CLICK)
    row = await EmailPreference.get(id=preference.id)
    assert row.reminder_off_at
    first, second = await _preferences(business, customer_id)
    assert first == {
        "address": ada.upper(),
        "optOuts": [
            {
                "category": "REMINDER",
                "at": row.reminder_off_at.isoformat().replace("+00:00", "Z"),
                "origin": "ONE_CLICK",
            }
        ],
        "preferencesUrl": f"http://127.0.0.1:8000/preferences/{row.token}",
    }
    assert second == {"address": books, "optOuts": [], "preferencesUrl": None}


async def test_staff_turn_off_what_a_client_asks_for(business: Business) -> None:
    ada = new_address()
    customer_id = await business.make_customer(email=ada)
    [first] = await _turn_off(business, customer_id, ada.upper(), "MARKETING", "DOCUMENT")
    assert [(o["category"], o["origin"]) for o in first["optOuts"]] == [
        ("DOCUMENT", "STAFF"),
        ("MARKETING", "STAFF"),
    ]
    assert await _turn_off(business, customer_id, ada, "MARKETING") == [first]
    entries = AuditEntry.filter(company_id=business.company_id, action="EMAILS_TURNED_OFF")
    assert [entry.subject for entry in await entries] == [ada]


@pytest.mark.parametrize(
    ("address", "categories", "field"),
    [("eve@example.com", ["MARKETING"], "address"), (None, [], "categories")],
)
async def test_only_addresses_of_the_customer_are_turned_off(
    business: Business, address: str | None, categories: list[str], field: str
) -> None:
    ada = new_address()
    customer_id = await business.make_customer(email=ada)
    with pytest.raises(GraphQLFailed) as refusal:
        await _turn_off(business, customer_id, address or ada, *categories)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert await EmailPreference.filter(company_id=business.company_id).count() == 0


async def test_another_company_s_customer_is_not_found(business: Business, rival: Business) -> None:
    ada = new_address()
    customer_id = await rival.make_customer(email=ada)
    with pytest.raises(GraphQLFailed) as refusal:
        await _turn_off(business, customer_id, ada, "DOCUMENT")
    assert refusal.value.code == "NOT_FOUND"


def test_each_address_counts_once() -> None:
    customer = Customer(email="Ada@example.com", cc_emails="ada@EXAMPLE.com\nbooks@example.com")
    assert addresses_of(customer) == ["Ada@example.com", "books@example.com"]
    assert addresses_of(Customer(email=None)) == []
