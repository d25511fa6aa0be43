"""Changing a company's details."""

import asyncio
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import AuditEntry, Company, Invoice
from models.companies import dump_reminder_stages
from tests.support.clients import Business, GraphQLFailed

pytestmark = pytest.mark.one_database

_FIELDS: Final = """
    name address email phone website contactName taxId accentColor currency language timeZone
    taxRounding paymentTerms footer paperSize reminderDays viewRetentionDays
"""
_FILLED: Final = {
    "name": "Acme GmbH",
    "address": "1 Way\nLondon",
    "email": "hello@acme.example",
    "phone": "+44 20 7946 0000",
    "website": "https://acme.example",
    "contactName": "Grace Hopper",
    "taxId": "GB1",
    "accentColor": "#00ff7f",
    "currency": "CHF",
    "language": "en-GB",
    "timeZone": "Europe/London",
    "taxRounding": "DOWN",
    "paymentTerms": "Net 14 days.\nThank you.",
    "footer": "Acme GmbH\nHRB 1234",
    "paperSize": "LETTER",
    "reminderDays": [-3, 0, 10],
    "viewRetentionDays": 30,
}
_OPTIONAL: Final = (
    "address",
    "email",
    "phone",
    "website",
    "contactName",
    "taxId",
    "accentColor",
    "paymentTerms",
    "footer",
    "viewRetentionDays",
)
_EMPTY: Final = dict.fromkeys(_OPTIONAL) | {
    "paperSize": "A4",
    "taxRounding": "HALF_UP",
    "reminderDays": [],
}


async def _update(business: Business, **changes: object) -> Any:
    payload = await business.mutate(
        "updateCompany", "UpdateCompanyInput", f"{{ company {{ {_FIELDS} }} }}", **changes
    )
    return payload["company"]


async def _company(business: Business) -> Any:
    return (await business.gql(f"{{ company {{ {_FIELDS} }} }}"))["company"]


async def _audit(business: Business) -> list[AuditEntry]:
    return await AuditEntry.filter(company_id=business.company_id).order_by("at")


async def test_given_fields_change_and_omitted_ones_stay(business: Business) -> None:
    before = await _company(business)
    assert before["reminderDays"] == [-3, 1, 7, 14]
    assert await _update(business, phone=" +1 ") == before | {"phone": "+1"}
    assert await _update(business, **_FILLED) == _FILLED
    assert await _update(business, website=None) == _FILLED | {"website": None}
    assert await _company(business) == _FILLED | {"website": None}


async def test_null_clears_optional_fields(business: Business) -> None:
    await _update(business, **_FILLED)
    assert await _update(business, **dict.fromkeys(_EMPTY)) == _FILLED | _EMPTY


async def test_the_paper_follows_the_country_until_one_is_chosen(business: Business) -> None:
    address: dict[str, object] = {"postalAddress": {"lines": [], "country": "US"}}
    assert (await _update(business, **address))["paperSize"] == "LETTER"
    assert (await _update(business, paperSize="A4"))["paperSize"] == "A4"
    assert (await _update(business, paperSize=None))["paperSize"] == "LETTER"
    address = {"postalAddress": {"lines": [], "country": "FR"}}
    assert (await _update(business, **address))["paperSize"] == "A4"


async def test_values_are_normalized(business: Business) -> None:
    typed = {"accentColor": " #00FF7F", "language": "EN_gb", "reminderDays": [10, -3, 0, 10]}
    assert await _update(business, **_FILLED | typed) == _FILLED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"address": "a" * 1001}, "address"),
        ({"email": "acme"}, "email"),
        ({"phone": "1" * 51}, "phone"),
        ({"taxId": "t" * 51}, "taxId"),
        ({"website": "acme"}, "website"),
        ({"website": "https://acme"}, "website"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "https:///path"}, "website"),
        ({"website": "https://acme.example@evil.example"}, "website"),
        ({"website": "https://acme.example/a b"}, "website"),
        ({"website": "https://acme.example/\nb"}, "website"),
        ({"website": 'https://acme.example/"onclick='}, "website"),
        ({"website": "https://a.example/" + "a" * 500}, "website"),
        ({"accentColor": "red"}, "accentColor"),
        ({"accentColor": "#fff"}, "accentColor"),
        ({"accentColor": "#00ff7g"}, "accentColor"),
        ({"accentColor": "#00ff7f; }"}, "accentColor"),
        ({"currency": None}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"language": None}, "language"),
        ({"language": "tlh"}, "language"),
        ({"language": "english"}, "language"),
        ({"language": "en@" + "x" * 100}, "language"),
        ({"language": "en\x00"}, "language"),
        ({"timeZone": None}, "timeZone"),
        ({"timeZone": "Berlin"}, "timeZone"),
        ({"timeZone": "localtime"}, "timeZone"),
        ({"timeZone": "../../etc/passwd"}, "timeZone"),
        ({"contactName": "n" * 201}, "contactName"),
        ({"paymentTerms": "n" * 1001}, "paymentTerms"),
        ({"footer": "n" * 2001}, "footer"),
        ({"minimumReminder": "-1"}, "minimumReminder"),
        ({"minimumReminder": "0.001"}, "minimumReminder"),
        ({"minimumPayment": "-1"}, "minimumPayment"),
        ({"reminderDays": [-61]}, "reminderDays"),
        ({"reminderDays": [366]}, "reminderDays"),
        ({"reminderDays": list(range(11))}, "reminderDays"),
        ({"viewRetentionDays": 0}, "viewRetentionDays"),
        ({"viewRetentionDays": 3651}, "viewRetentionDays"),
    ],
    ids=lambda value: ascii(value)[:50],
)
async def test_values_out_of_range_are_refused_by_name(
    business: Business, change: dict[str, Any], field: str
) -> None:
    before = await _company(business)
    with pytest.raises(GraphQLFailed) as refusal:
        await _update(business, **{"name": "After", "phone": "1"} | change)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert await _company(business) == before
    assert await _audit(business) == []


async def test_a_website_may_be_typed_without_https(business: Business) -> None:
    updated = await _update(business, website=" acme.example/shop ")
    assert updated["website"] == "https://acme.example/shop"


async def test_invoices_allow_part_payments_as_the_company_does(business: Business) -> None:
    await business.mutate(
        "updateCompany",
        "UpdateCompanyInput",
        "{ company { allowPartialPayment minimumPayment { amount } } }",
        allowPartialPayment=True,
        minimumPayment="50",
    )
    created = {
        await business.make_draft(): (True, 5000),
        await business.make_draft(currency="USD"): (True, None),
        await business.make_draft(minimumPayment="7"): (True, 700),
        await business.make_draft(allowPartialPayment=False): (False, None),
    }
    for invoice_id, expected in created.items():
        row = await Invoice.get(id=invoice_id)
        assert (row.allow_partial_payment, row.minimum_payment) == expected


async def test_another_currency_clears_the_smallest_amounts(business: Business) -> None:
    await _update(business, minimumReminder="3", minimumPayment="5")
    await _update(business, currency="CHF")
    company = await Company.get(id=business.company_id)
    assert (company.minimum_reminder, company.minimum_payment) == (0, None)


async def test_pasted_control_characters_are_dropped(business: Business) -> None:
    updated = await _update(business, phone="+49\t1\x002\n", name="Acme\r\nLtd\x7f")
    assert (updated["phone"], updated["name"]) == ("+49 12", "Acme Ltd")


async def test_details_of_maximum_length_fit(business: Business) -> None:
    longest = {
        "name": "😀" * 200,
        "address": "é" * 1000,
        "email": "a" * 64 + "@" + "b" * 60 + ".example",
        "phone": "1" * 50,
        "website": "https://a.example/" + "ä" * 482,
        "taxId": "t" * 50,
        "reminderDays": [*range(-60, -51), 365],
    }
    updated = await _update(business, **longest)
    assert {name: updated[name] for name in longest} == longest
    [entry] = await _audit(business)
    assert entry.subject == longest["name"]


@given(st.lists(st.integers(-60, 365), max_size=10))
def test_any_reminder_days_fit_their_column(days: list[int]) -> None:
    column = dump_reminder_stages(days)
    assert Company(reminder_days=column).reminder_stages == sorted(set(days))
    assert len(column) <= 100


async def test_real_changes_are_in_the_audit_log(
    business: Business,
) -> None:
    for _ in range(2):
        await _update(business, name="Acme GmbH", language="en", website=" ")
    await _update(business)
    [entry] = await _audit(business)
    assert (entry.action, entry.subject) == ("COMPANY_UPDATED", "Acme GmbH")
    assert (entry.actor, entry.subject_id) == ("bootstrap", business.company_id)


@pytest.mark.both_databases
async def test_concurrent_changes_are_all_kept(business: Business) -> None:
    changes: list[dict[str, Any]] = [{name: value} for name, value in _FILLED.items()]
    customer_id = await business.make_customer()
    await asyncio.gather(
        *(_update(business, **change) for change in changes),
        *(business.make_draft(customerId=customer_id) for _ in range(5)),
    )
    assert await _company(business) == _FILLED
    updates = [each for each in await _audit(business) if each.action == "COMPANY_UPDATED"]
    assert len(updates) == len(changes)


async def test_a_new_currency_applies_to_later_invoices_only(
    business: Business,
) -> None:
    earlier = await business.make_invoice()
    await _update(business, currency="JPY")
    line = {"description": "Work", "quantity": "1", "unitPrice": "100"}
    later = await business.make_invoice(lines=[line])
    for invoice_id, currency in ((earlier, "EUR"), (later, "JPY")):
        invoice = await business.invoice(invoice_id, "total { currency }")
        assert invoice["total"]["currency"] == currency


async def test_the_smallest_reminder_is_in_the_company_s_currency(business: Business) -> None:
    async def update(**changes: object) -> Any:
        selection = "{ company { minimumReminder { amount currency } } }"
        payload = await business.mutate("updateCompany", "UpdateCompanyInput", selection, **changes)
        return payload["company"]["minimumReminder"]

    assert await update(minimumReminder="2.50") == {"amount": "2.50", "currency": "EUR"}
    assert await update(name="Acme") == {"amount": "2.50", "currency": "EUR"}
    assert await update(currency="JPY") == {"amount": "0", "currency": "JPY"}
    changed = await update(currency="KWD", minimumReminder="0.125")
    assert changed == {"amount": "0.125", "currency": "KWD"}
    assert await update(minimumReminder=None) == {"amount": "0.000", "currency": "KWD"}


async def test_only_the_caller_s_company_changes(business: Business, rival: Business) -> None:
    before = await _company(rival)
    await _update(business, **_FILLED)
    assert await _company(rival) == before


async def test_a_client_sees_the_new_details_on_later_invoices(business: Business) -> None:
    await _update(business, **_FILLED)
    token = await business.share(await business.make_invoice())
    query = "query($token: String!) { invoice(token: $token) { business { name website taxId } } }"
    shown = (await business.stranger.gql(query, token=token))["invoice"]["business"]
    assert shown == {name: _FILLED[name] for name in ("name", "website", "taxId")}
