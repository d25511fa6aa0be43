"""Every error has a code. Internal errors are masked, and logged with the request's id."""

import json
from typing import Any, Final

import pytest
from tortoise.queryset import QuerySet

from models import Credential, Customer, Invoice, InvoiceLine, Payment
from schema import selections
from services.billing import queries
from services.common.pagination import encode_cursor
from tests.support.clients import Business, GraphQLFailed

CREATE: Final = (
    "mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) { invoice { id } } }"
)
PAY: Final = (
    "mutation($input: RecordPaymentInput!) { recordPayment(input: $input) { invoice { id } } }"
)
KEY: Final = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }"
CREATE_CUSTOMER: Final = (
    "mutation($i: CreateCustomerInput!) { createCustomer(input: $i) { customer { id } } }"
)
STATUS: Final = "query($s: InvoiceStatus) { company { invoices(status: $s) { totalCount } } }"
VIEW: Final = "mutation($i: RecordViewInput!) { recordView(input: $i) { recorded } }"
SIGN_IN: Final = "mutation($i: SignInInput!) { signIn(input: $i) { token } }"
LITERAL: Final = """
mutation { recordPayment(input: {invoiceId: "x", method: "m", amount: %s}) { invoice { id } } }
"""
TOO_EARLY: Final = encode_cursor(
    "0001-01-01T00:00:00+23:59", "00000000-0000-4000-8000-000000000000"
)
SECRET: Final = "postgres://app:hunter2@db/app"
unstorable_texts = pytest.mark.parametrize(
    "text", ["a\x00b", "\x00", "\ud800", "a\udfffb"], ids=ascii
)


# --- internal errors ----------------------------------------------------------------------------


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the query `company` raise an unexpected error."""

    async def company_of(_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(queries, "company_of", company_of)


@pytest.mark.usefixtures("broken")
async def test_an_internal_error_is_masked_and_names_its_request(business: Business) -> None:
    answer = await business.post("{ company { id } }")
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"] == [
        {
            "message": "Something went wrong on our side.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["company"],
            "extensions": {"code": "INTERNAL", "requestId": answer.headers["x-request-id"]},
        }
    ]


@pytest.mark.usefixtures("broken")
async def test_an_internal_error_is_logged_with_its_traceback(
    business: Business, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await business.post("{ company { id } }")
    [record] = [r for r in caplog.records if "graphql.fault" in str(r.msg)]
    assert isinstance(record.msg, dict)
    assert record.msg["request_id"] == answer.headers["x-request-id"]
    assert record.msg["path"] == ["company"]
    assert isinstance(record.msg["exc_info"], RuntimeError)
    assert record.msg["exc_info"].__traceback__


async def test_an_internal_error_leaves_other_fields_intact(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await business.share(await business.make_invoice())
    monkeypatch.setattr(selections, "lines_of", None)
    failure = await business.refused(
        "query($token: String!) { __typename a: invoice(token: $token) { taxes { rate } }"
        ' b: invoice(token: "none") { number } }',
        token=token,
    )
    codes = {error["path"][0]: error["extensions"]["code"] for error in failure.errors}
    assert codes == {"a": "INTERNAL", "b": "NOT_FOUND"}


async def test_a_refusal_is_not_logged(
    business: Business, caplog: pytest.LogCaptureFixture
) -> None:
    await business.refused('{ invoice(token: "none") { number } }')
    await business.refused("{ nothing }")
    assert not [r for r in caplog.records if r.levelname in {"WARNING", "ERROR"}]


# --- values of the wrong type -------------------------------------------------------------------


def _line(**values: object) -> dict[str, object]:
    return {"description": "Work", "quantity": "1", "unitPrice": "1"} | values


BAD_DECIMALS = [
    "",
    " ",
    "one",
    "NaN",
    "Infinity",
    "-sNaN",
    "1e5",
    "1E+999999999",
    "0x10",
    "1_000",
    "1,5",
    "--1",
    ".",
    "9" * 21,
    "0." + "1" * 13,
    "9" * 100_000,
    "1\x00",
    1e300,
    1e-300,
    True,
    [],
    {},
]
BAD_DATES = [
    "",
    "2026-02-30",
    "2026-13-01",
    "0000-01-01",
    "26-01-01",
    "2026-1-1",
    "20260101",
    "2026-W01-1",
    "2026-01-01T00:00:00Z",
    "10000-01-01",
    "2026-01-01\x00",
    20260101,
    True,
    [],
]
BAD_INSTANTS = [
    "",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01T25:00:00Z",
    "2026-01-01T00:00:00+99:99",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-01-01T00:00:00Z\x00",
    "1" * 100_000,
    1767225600,
    {},
]


def short(value: object) -> str:
    """Return a value's text in the name of a test."""
    return ascii(value)[:24]


async def assert_bad_input(business: Business, query: str, **variables: Any) -> None:
    """Check that the query is refused as BAD_INPUT and that nothing was written."""
    refusal = await business.refused(query, **variables)
    assert [error["extensions"]["code"] for error in refusal.errors] == ["BAD_INPUT"]
    assert await Invoice.filter(company_id=business.company_id).count() == 0


@pytest.mark.parametrize("value", BAD_DECIMALS, ids=short)
async def test_an_invalid_decimal_is_bad_input(business: Business, value: object) -> None:
    customer_id = await business.make_customer()
    input_ = {"customerId": customer_id, "lines": [_line(unitPrice=value)]}
    await assert_bad_input(business, CREATE, input=input_)


@pytest.mark.parametrize("value", BAD_DATES, ids=short)
async def test_an_invalid_date_is_bad_input(business: Business, value: object) -> None:
    customer_id = await business.make_customer()
    input_ = {"customerId": customer_id, "lines": [_line()], "dueDate": value}
    await assert_bad_input(business, CREATE, input=input_)


@pytest.mark.parametrize("value", BAD_INSTANTS, ids=short)
async def test_an_invalid_time_is_bad_input(business: Business, value: object) -> None:
    input_ = {"name": "tool", "permissions": ["VIEW_INVOICES"], "expiresAt": value}
    await assert_bad_input(business, KEY, input=input_)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (CREATE, {}),
        (CREATE, {"input": None}),
        (CREATE, {"input": []}),
        (CREATE, {"input": "text"}),
        (CREATE, {"input": {"lines": []}}),
        (CREATE, {"input": {"customerId": None, "lines": []}}),
        (CREATE, {"input": {"customerId": 1.5, "lines": []}}),
        (CREATE, {"input": {"customerId": {}, "lines": []}}),
        (CREATE, {"input": {"customerId": "x", "lines": [None]}}),
        (CREATE, {"input": {"customerId": "x", "lines": [], "surprise": 1}}),
        (KEY, {"input": {"name": "x", "permissions": ["EVERYTHING"]}}),
        (KEY, {"input": {"name": "x", "permissions": [1]}}),
        (KEY, {"input": {"name": "x", "permissions": [[["VIEW_INVOICES"]]]}}),
        (KEY, {"input": {"name": "x", "permissions": []}}),
        (KEY, {"input": {"name": 5, "permissions": ["VIEW_INVOICES"]}}),
        (STATUS, {"s": "NO"}),
        (STATUS, {"s": 1}),
        ("{ company { invoices(status: NO) { totalCount } } }", {}),
        ("{ company { invoices(first: 99999999999) { totalCount } } }", {}),
        ("{ company { invoices(first: %s) { totalCount } } }" % ("9" * 5000), {}),
        ("{ company { invoices(first: 1.5) { totalCount } } }", {}),
        ("{ company { invoice(id: {a: 1}) { id } } }", {}),
        ("query($n: Int!) { company { invoices(first: $n) { totalCount } } }", {"n": 2**63}),
        ("query($n: Int!) { company { invoices(first: $n) { totalCount } } }", {"n": True}),
        ("query($n: Int!) { company { invoices(first: $n) { totalCount } } }", {"n": 1e300}),
    ],
)  # fmt: skip
async def test_values_of_the_wrong_type_are_bad_input(
    business: Business, query: str, variables: dict[str, Any]
) -> None:
    await assert_bad_input(business, query, **variables)


@pytest.mark.parametrize(
    "literal",
    ["1e999999999", "9" * 5000, "-" + "9" * 4400, "0." + "1" * 5000, "{a: 1}", "NaN", "[1]"],
)
async def test_a_huge_number_in_the_document_is_bad_input(business: Business, literal: str) -> None:
    await assert_bad_input(business, LITERAL % literal)


@pytest.mark.parametrize("name", ["invoices", "customers", "apiKeys", "auditEntries"])
@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("first: 0", "first"),
        ("first: -1", "first"),
        ("first: 101", "first"),
        ("first: 2147483647", "first"),
        ('after: "x"', "after"),
        ('after: "żółć"', "after"),
        ('after: "\\u0000"', "after"),
        ('after: "W10"', "after"),  # []
        ('after: "bnVsbA"', "after"),  # null
        ('after: "W0luZmluaXR5XQ"', "after"),  # [Infinity]
        ('after: "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ"', "after"),  # ["9" * 26]
        (f'after: "{TOO_EARLY}"', "after"),
        ('after: "%s"' % ("W" * 10_000), "after"),
    ],
)  # fmt: skip
async def test_invalid_pages_are_bad_input(
    business: Business, name: str, arguments: str, field: str
) -> None:
    refusal = await business.refused(f"{{ company {{ {name}({arguments}) {{ totalCount }} }} }}")
    assert (refusal.code, refusal.field) == ("BAD_INPUT", field)
    assert len(refusal.errors) == 1


async def test_null_means_the_same_as_omitting_an_argument(business: Business) -> None:
    line = {"description": "Work", "quantity": "1", "unitPrice": "1", "taxRate": None}
    invoice_id = await business.make_invoice(lines=[line], allowPartialPayment=None)
    token = await business.share(invoice_id)
    assert await business.stranger.record_view(token, source=None, number=None)
    data = await business.gql(
        "query($none: Int, $no: Boolean) { company { invoices(first: $none) { edges { node {"
        " tax { amount } views(first: null, includeAutomated: $no) { edges { node { source } } }"
        " } } } } }",
        none=None,
        no=None,
    )
    [invoice] = data["company"]["invoices"]["edges"]
    assert invoice["node"]["tax"]["amount"] == "0.00"
    assert invoice["node"]["views"]["edges"] == [{"node": {"source": "LINK"}}]


# --- text that a database can't store -----------------------------------------------------------


CUSTOMER = {"name": "Ada", "email": "ada@example.com", "address": "Street", "taxId": "1"}
CUSTOMER_COLUMNS = {
    "name": "name",
    "email": "email",
    "address": "address",
    "taxId": "tax_number",
    "idempotencyKey": "idempotency_key",
}
INVOICE_COLUMNS = {
    "customerId": "customer_id",
    "number": "requested_number",
    "currency": "currency",
    "notes": "notes",
    "idempotencyKey": "idempotency_key",
}
PAYMENT_COLUMNS = {
    "invoiceId": "invoice_id",
    "method": "method",
    "reference": "reference",
    "idempotencyKey": "idempotency_key",
}


async def code_of(business: Business, query: str, text: str, **variables: Any) -> str | None:
    """Return the error's code, or None on success; a lone surrogate isn't valid JSON."""
    try:
        text.encode()
    except UnicodeEncodeError:
        content = json.dumps({"query": query, "variables": variables}).encode()
        headers = business.headers | {"content-type": "application/json"}
        answer = await business.http.post("/graphql", content=content, headers=headers)
        assert answer.status_code == 400
        code: str = answer.json()["errors"][0]["extensions"]["code"]
        return code
    errors = (await business.post(query, **variables)).json().get("errors")
    return errors[0]["extensions"]["code"] if errors else None


async def assert_stored_or_refused(
    code: str | None, rows: QuerySet[Any], column: str, text: str
) -> None:
    """Assert that what is left of `text` is stored, or that it was refused and no row created."""
    if code is None:
        [row] = await rows
        assert getattr(row, column) == (text.replace("\x00", "") or None)
    else:
        assert code in {"BAD_INPUT", "NOT_FOUND"}
        assert await rows.count() == 0


@unstorable_texts
@pytest.mark.parametrize("name", CUSTOMER_COLUMNS)
async def test_any_text_is_stored_or_refused_in_a_customer(
    business: Business, name: str, text: str
) -> None:
    code = await code_of(business, CREATE_CUSTOMER, text, i=CUSTOMER | {name: text})
    rows = Customer.filter(company_id=business.company_id)
    await assert_stored_or_refused(code, rows, CUSTOMER_COLUMNS[name], text)


@unstorable_texts
@pytest.mark.parametrize("name", INVOICE_COLUMNS)
async def test_any_text_is_stored_or_refused_in_an_invoice(
    business: Business, name: str, text: str
) -> None:
    customer_id = await business.make_customer()
    values = {"customerId": customer_id, "lines": [_line()]} | {name: text}
    code = await code_of(business, CREATE, text, input=values)
    rows = Invoice.filter(company_id=business.company_id)
    await assert_stored_or_refused(code, rows, INVOICE_COLUMNS[name], text)


@unstorable_texts
async def test_any_text_is_stored_or_refused_in_a_line(business: Business, text: str) -> None:
    values = {"customerId": await business.make_customer(), "lines": [_line(description=text)]}
    code = await code_of(business, CREATE, text, input=values)
    rows = InvoiceLine.filter(invoice__company_id=business.company_id)
    await assert_stored_or_refused(code, rows, "description", text)


@unstorable_texts
@pytest.mark.parametrize("name", PAYMENT_COLUMNS)
async def test_any_text_is_stored_or_refused_in_a_payment(
    business: Business, name: str, text: str
) -> None:
    invoice_id = await business.make_invoice()
    values = {"invoiceId": invoice_id, "amount": "1", "method": "cash"} | {name: text}
    code = await code_of(business, PAY, text, input=values)
    rows = Payment.filter(company_id=business.company_id)
    await assert_stored_or_refused(code, rows, PAYMENT_COLUMNS[name], text)


@unstorable_texts
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query($t: String!) { invoice(token: $t) { number } }", {"t": "?"}),
        (VIEW, {"i": {"token": "?"}}),
        (
            VIEW,
            {"i": {"token": "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69", "number": "?"}},
        ),
        (SIGN_IN, {"i": {"email": "?", "password": "x"}}),
        (SIGN_IN, {"i": {"email": "a@b.cc", "password": "?"}}),
        ("mutation($i: RevokeApiKeyInput!) { revokeApiKey(input: $i) }", {"i": {"id": "?"}}),
        ("query($id: ID!) { company { customer(id: $id) { id } } }", {"id": "?"}),
        (KEY, {"input": {"name": "?", "permissions": ["VIEW_INVOICES"]}}),
    ],
)  # fmt: skip
async def test_any_text_is_stored_or_refused_elsewhere(
    business: Business, query: str, variables: dict[str, Any], text: str
) -> None:
    filled = {
        name: {key: text if inner == "?" else inner for key, inner in value.items()}
        if isinstance(value, dict)
        else text
        for name, value in variables.items()
    }
    code = await code_of(business, query, text, **filled)
    if code is None:
        assert query is KEY
        assert await Credential.filter(company_id=business.company_id, name="ab").count() == 1
    else:
        assert code in {"BAD_INPUT", "NOT_FOUND", "UNAUTHENTICATED"}


async def test_overlong_texts_are_refused_by_name(business: Business) -> None:
    for name, length in {"name": 200, "email": 254, "address": 1000, "taxId": 50}.items():
        with pytest.raises(GraphQLFailed) as refusal:
            await business.make_customer(**CUSTOMER | {name: "x" * (length + 1)})
        assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", name)
    assert await Customer.filter(company_id=business.company_id).count() == 0
