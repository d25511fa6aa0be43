"""Several wrong inputs: all are reported at once, each by its path."""

from typing import Any, Final

import pytest
from graphql import GraphQLInputObjectType

from errors import BadInput, Conflict, Refusals, gather_refusals
from models import CreditNote, Customer, Invoice, Payment
from services.common.validation import clean
from tests.support.clients import Business, GraphQLFailed
from tests.support.operations import SCHEMA
from tests.support.rows import fill, snapshot

PAY: Final = "mutation($i: RecordPaymentInput!) { recordPayment(input: $i) { invoice { id } } }"


async def wrong_inputs(business: Business, mutation: str, **input_: Any) -> dict[str, str]:
    """Return the code of each input that `mutation` refuses, by its path."""
    type_ = mutation[0].upper() + mutation[1:]
    result = {"createApiKey": "id", "createUser": "user { id }", "updateCompany": "company { id }"}
    selected = (
        result.get(mutation) or ("customer" if "Customer" in mutation else "invoice") + "{id}"
    )
    query = f"mutation($i: {type_}Input!) {{ {mutation}(input: $i) {{ {selected} }} }}"
    refusal = await business.refused(query, i=input_)
    [error] = refusal.errors
    entries = error["extensions"]["errors"]
    first = entries[0]
    assert error["message"] == first["message"]
    assert error["extensions"]["field"] == first["field"]
    assert error["extensions"]["code"] == first["code"]
    return {entry["field"]: entry["code"] for entry in entries}


async def test_an_invoice_reports_all_that_is_wrong_with_it(business: Business) -> None:
    lines = [
        {"description": "Work", "quantity": "1", "unitPrice": "1"},
        {"description": " ", "quantity": "0", "unitPrice": "1.1234567", "taxRate": "101"},
        {"description": "Work", "quantity": "1", "unitPrice": "1", "unit": "x" * 51},
    ]
    found = await wrong_inputs(
        business,
        "createInvoice",
        customerId=await business.make_customer(),
        currency="XXY",
        lines=lines,
        issueDate="2026-02-01",
        dueDate="2026-01-01",
        number=".",
        minimumPayment="-1",
        deliveryAddress={"lines": ["Way 1"], "city": "x" * 101, "country": "XX"},
        servicePeriod={"from": "2026-02-02", "to": "2026-02-01"},
        notes="x" * 10_001,
    )
    assert found == dict.fromkeys(
        (
            "currency",
            "number",
            "lines.1.quantity",
            "lines.1.unitPrice",
            "lines.1.taxRate",
            "lines.1.description",
            "lines.2.unit",
            "deliveryAddress.city",
            "deliveryAddress.country",
            "notes",
            "servicePeriod.to",
            "dueDate",
            "minimumPayment",
        ),
        "BAD_INPUT",
    )
    assert await Invoice.filter(company_id=business.company_id).count() == 0


async def test_a_customer_reports_all_that_is_wrong_with_it(business: Business) -> None:
    address = {"lines": ["x" * 101], "country": "XX"}
    found = await wrong_inputs(
        business,
        "createCustomer",
        name=" ",
        email="ada",
        ccEmails=["ada@example.com", "bob", "eve"],
        postalAddress=address,
        taxId="x" * 51,
        language="xx",
    )
    assert set(found) == {
        "name",
        "postalAddress.lines",
        "postalAddress.country",
        "taxId",
        "email",
        "ccEmails.1",
        "ccEmails.2",
        "language",
    }
    assert await Customer.filter(company_id=business.company_id).count() == 0


async def test_settings_report_all_that_is_wrong_with_them(business: Business) -> None:
    found = await wrong_inputs(
        business, "updateCompany", name="", email="ada", accentColor="red", nextInvoiceNumber=0
    )
    assert set(found) == {"name", "email", "accentColor", "nextInvoiceNumber"}


async def test_all_series_of_numbers_report_what_is_wrong_with_them(business: Business) -> None:
    wrong = {
        "nextInvoiceNumber": 0,
        "invoiceNumberFormat": "INV",
        "nextQuoteNumber": 0,
        "creditNoteNumberFormat": "CN-{{seq}}",
    }
    before = await snapshot([business.company_id])
    found = await wrong_inputs(business, "updateCompany", **wrong, nextCreditNoteNumber=9)
    assert found == dict.fromkeys(wrong, "BAD_INPUT")
    assert await snapshot([business.company_id]) == before


async def test_users_and_keys_report_all_that_is_wrong_with_them(business: Business) -> None:
    wrong = {"email": "ada", "name": "", "permissions": []}
    assert set(await wrong_inputs(business, "createUser", **wrong)) == {
        "email",
        "name",
        "permissions",
    }
    found = await wrong_inputs(
        business, "createApiKey", name="", permissions=[], expiresAt="2020-01-01T00:00:00Z"
    )
    assert set(found) == {"name", "permissions", "expiresAt"}


_ROWS: Final = {"creditNoteId": CreditNote, "invoiceId": Invoice, "customerId": Customer}


@pytest.mark.parametrize(
    ("mutation", "wrong"),
    [
        ("createWebhook", {"url": "ftp://x", "events": [], "description": "x" * 201}),
        ("createCreditNote", {"currency": "EUR", "amount": "0", "reason": "x" * 2001}),
        ("payOutCredit", {"amount": "1.001", "method": " ", "reference": "x" * 201}),
        ("writeOff", {"amount": "-1", "reason": " "}),
        ("sendInvoice", {"to": "ada", "message": "x" * 2001}),
        ("sendAnnouncement", {"subject": " ", "body": " ", "customerIds": []}),
    ],
    ids=str,
)
async def test_other_inputs_report_all_that_is_wrong_with_them(
    business: Business, mutation: str, wrong: dict[str, Any]
) -> None:
    rows = [*await fill(business)]
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input"
    input_type = SCHEMA.type_map[type_]
    assert isinstance(input_type, GraphQLInputObjectType)
    ids = {
        name: next(str(row.pk) for row in rows if isinstance(row, model))
        for name, model in _ROWS.items()
        if name in input_type.fields
    }
    before = await snapshot([business.company_id])
    query = f"mutation($i: {type_}!) {{ {mutation}(input: $i) {{ __typename }} }}"
    refusal = await business.refused(query, i=ids | wrong)
    found = [entry["field"] for entry in refusal.errors[0]["extensions"]["errors"]]
    assert set(found) == wrong.keys() - {"currency"}
    assert await snapshot([business.company_id]) == before


async def test_a_refused_amount_keeps_its_reason_and_limit_among_others(business: Business) -> None:
    invoice_id = await business.make_invoice()
    refusal = await business.refused(
        PAY, i={"invoiceId": invoice_id, "method": "", "amount": "1.001"}
    )
    entries = refusal.errors[0]["extensions"]["errors"]
    assert [(entry["field"], entry.get("reason")) for entry in entries] == [
        ("method", None),
        ("amount", "TOO_PRECISE"),
    ]
    assert entries[1]["limit"] == {"amount": "0.01", "currency": "EUR"}
    assert await Payment.filter(company_id=business.company_id).count() == 0


async def test_one_wrong_input_has_no_list(business: Business) -> None:
    with pytest.raises(GraphQLFailed) as refusal:
        await business.make_customer(name="")
    assert refusal.value.errors[0]["extensions"] == {"code": "BAD_INPUT", "field": "name"}


def test_a_list_of_refusals_has_an_end() -> None:
    refusals = Refusals()
    for index in range(500):
        refusals.of(clean, "", f"field{index}", most=10)
    with pytest.raises(BadInput) as refusal:
        refusals.raise_first()
    assert len(refusal.value.extensions["errors"]) == 100


def test_other_errors_come_before_what_is_wrong_with_inputs() -> None:
    def check() -> None:
        with gather_refusals() as refusals:
            refusals.of(clean, "", "name", most=10)
            raise Conflict

    with pytest.raises(Conflict):
        check()
