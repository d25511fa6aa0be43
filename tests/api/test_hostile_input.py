"""Tokens, ids and credentials that open nothing: all alike, and nothing changes.

The operations are found by walking the schema, so that one that is added later is tried as well.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from auth.permissions import Permission
from models import AuditEntry, Credential, Customer, Invoice, InvoiceView, Payment
from tests.api.operations import COMPANY_FIELDS, STAFF_ROOTS, WITH_ID, Operation
from tests.clients import Business, Caller

OPEN: Final = "query($token: String!) { invoice(token: $token) { number } }"
PORTAL: Final = "query($token: String!) { portal(token: $token) { customer { name } } }"
VIEW: Final = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
each_with_id = pytest.mark.parametrize("operation", WITH_ID, ids=lambda found: found.name)
each_root = pytest.mark.parametrize("operation", STAFF_ROOTS, ids=lambda found: found.name)


# --- tokens -------------------------------------------------------------------------------------

TOKENS: Final = (
    "empty",
    "garbage",
    "huge",
    "other alphabet",
    "NUL",
    "unknown",
    "other version",
    "capitals",
    "braces",
    "urn",
    "no hyphens",
    "space behind",
    "revoked",
    "draft",
    "invoice id",
    "another company's invoice id",
    "wrong kind of link",
    "path",
    "pattern",
)


async def hostile_token(kind: str, way: str, business: Business, rival: Business) -> str:
    """Return a token of this `kind`, which opens nothing `way`."""
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    opens_portals = way in PORTAL_WAYS
    match kind:
        case "revoked":
            return await (_revoked_portal if opens_portals else _revoked_invoice)(business)
        case "draft":
            return await business.make_draft()
        case "invoice id":
            return invoice_id
        case "another company's invoice id":
            return await rival.make_invoice()
        case "wrong kind of link":
            portal = await business.share_portal(await business.make_customer())
            return token if opens_portals else portal
    return {
        "empty": "",
        "garbage": "x",
        "huge": "a" * 20_000,
        "other alphabet": "żółć-ünïcödé-😀",
        "NUL": f"{token}\x00",
        "unknown": str(uuid4()),
        "other version": token[:14] + "1" + token[15:],
        "capitals": token.upper() if token.upper() != token else "A" * 36,
        "braces": f"{{{token}}}",
        "urn": f"urn:uuid:{token}",
        "no hyphens": token.replace("-", ""),
        "space behind": f"{token} ",
        "path": f"../invoice/{token}",
        "pattern": "%",
    }[kind]


async def _revoked_invoice(business: Business) -> str:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await business.revoke(invoice_id)
    return token


async def _revoked_portal(business: Business) -> str:
    customer_id = await business.make_customer()
    token = await business.share_portal(customer_id)
    payload = "{ customer { portalUrl } }"
    await business.mutate("revokePortalShare", "CustomerRef", payload, customerId=customer_id)
    return token


async def _by_query(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(OPEN, token=token)


async def _by_record_view(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(VIEW, input={"token": token})


async def _by_record_view_with_number(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(VIEW, input={"token": token, "number": "INV-00001"})


async def _by_page(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/invoice/{quote(token, safe='')}", headers=caller.headers)


async def _by_portal_query(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(PORTAL, token=token)


async def _by_portal_page(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/portal/{quote(token, safe='')}", headers=caller.headers)


async def _by_portal_invoice_page(caller: Caller, token: str) -> httpx.Response:
    url = f"/portal/{quote(token, safe='')}/INV-00001"
    return await caller.http.get(url, headers=caller.headers)


PORTAL_WAYS: Final[dict[str, Callable[[Caller, str], Awaitable[httpx.Response]]]] = {
    "recordView with a number": _by_record_view_with_number,
    "portal query": _by_portal_query,
    "portal page": _by_portal_page,
    "portal invoice page": _by_portal_invoice_page,
}
WAYS_IN: Final[dict[str, Callable[[Caller, str], Awaitable[httpx.Response]]]] = {
    "query": _by_query,
    "recordView": _by_record_view,
    "page": _by_page,
    **PORTAL_WAYS,
}


def fingerprint(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return all that a stranger can tell two answers apart by."""
    headers = dict(answer.headers)
    request_id = headers.pop("x-request-id")
    del headers["date"]
    return answer.status_code, answer.content.replace(request_id.encode(), b""), headers


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize("kind", TOKENS)
async def test_whatever_opens_nothing_looks_like_an_unknown_token(
    business: Business, rival: Business, kind: str, way: str
) -> None:
    token = await hostile_token(kind, way, business, rival)
    answer = await WAYS_IN[way](business.stranger, token)
    unknown = await WAYS_IN[way](business.stranger, str(uuid4()))
    assert fingerprint(answer) == fingerprint(unknown)
    assert answer.status_code == (404 if "page" in way else 200)
    companies = [business.company_id, rival.company_id]
    assert await InvoiceView.filter(company_id__in=companies).count() == 0


async def test_a_live_token_does_open(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    for way in ("query", "recordView", "page"):
        answer = await WAYS_IN[way](business.stranger, token)
        assert (answer.status_code, b"NOT_FOUND" in answer.content) == (200, False)


def test_the_walk_finds_what_it_should() -> None:
    names = {operation.name for operation in WITH_ID}
    assert names >= {
        "shareInvoice.input.invoiceId",
        "sharePortal.input.customerId",
        "createInvoice.input.customerId",
        "revokeApiKey.input.id",
        "viewedInvoice.invoiceId",
        "company.invoice.id",
    }


# --- ids ----------------------------------------------------------------------------------------


@pytest.fixture
async def foreign_ids(rival: Business) -> dict[str, str]:
    """Return the ids of what another company has, by the name of what they are ids of."""
    customer_id = await rival.make_customer()
    key = await Credential.get(company_id=rival.company_id)
    return {
        "customer": customer_id,
        "shared": await rival.make_invoice(customerId=customer_id),
        "draft": await rival.make_draft(customerId=customer_id),
        "key": str(key.id),
    }


async def state_of(company_id: object) -> list[list[dict[str, Any]]]:
    """Return every row of a company that staff can change."""
    models = (AuditEntry, Credential, Customer, Invoice, Payment)
    return [
        [
            {name: value for name, value in row.items() if name != "last_used_at"}
            for row in await model.filter(company_id=company_id).order_by("id").values()
        ]
        for model in models
    ]


@each_with_id
async def test_another_companys_ids_are_not_found_and_untouched(
    business: Business, rival: Business, foreign_ids: dict[str, str], operation: Operation
) -> None:
    before = await state_of(rival.company_id)
    for foreign in foreign_ids.values():
        [error] = await operation.run(business, **operation.with_id(foreign))
        assert error["extensions"] == {"code": "NOT_FOUND"}
        assert error["message"] == "Not found."
    assert await state_of(rival.company_id) == before


@each_with_id
@pytest.mark.parametrize(
    "id_",
    [
        "",
        "x",
        "0",
        "\x00",
        "' OR 1=1 --",
        "żółć",
        "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69",
        "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69\x00",
        "a" * 100_000,
    ],
    ids=lambda id_: ascii(id_)[:20],
)
async def test_ids_of_nothing_are_not_found(
    business: Business, operation: Operation, id_: str
) -> None:
    before = await state_of(business.company_id)
    [error] = await operation.run(business, **operation.with_id(id_))
    assert error["extensions"] == {"code": "NOT_FOUND"}
    assert await state_of(business.company_id) == before


async def test_another_companys_customer_cannot_be_invoiced(
    business: Business, rival: Business
) -> None:
    draft_id = await business.make_draft()
    before = await business.invoice(draft_id, "customer { id } lines { description }")
    line = {"description": "Stolen", "quantity": "1", "unitPrice": "1"}
    refusal = await business.refused(
        "mutation($i: UpdateInvoiceInput!) { updateInvoice(input: $i) { invoice { id } } }",
        i={"invoiceId": draft_id, "customerId": await rival.make_customer(), "lines": [line]},
    )
    assert refusal.code == "NOT_FOUND"
    assert await business.invoice(draft_id, "customer { id } lines { description }") == before


# --- credentials --------------------------------------------------------------------------------


@pytest.fixture
async def bad_credentials(business: Business) -> dict[str, Caller]:
    """Return callers with credentials that stand for nobody any more, or never did."""
    revoked = await business.make_key("VIEW_INVOICES", "MANAGE_INVOICES", "MANAGE_COMPANY")
    expired = await business.make_key("VIEW_INVOICES", "MANAGE_INVOICES", "MANAGE_COMPANY")
    made = Credential.filter(company_id=business.company_id, name="tool")
    first, second = await made.order_by("created_at")
    now = datetime.now(UTC)
    await Credential.filter(id=first.id).update(revoked_at=now)
    await Credential.filter(id=second.id).update(expires_at=now - timedelta(seconds=1))
    good = business.secret or ""
    return {
        "none": Caller(business.http),
        "unknown": Caller(business.http, "inv_key_" + "A" * 43),
        "revoked": revoked,
        "expired": expired,
        "cut short": Caller(business.http, good[:-1]),
        "of another kind": Caller(business.http, good.replace("inv_key_", "inv_session_")),
        "without its prefix": Caller(business.http, good.removeprefix("inv_key_")),
        "in capitals": Caller(business.http, good.upper()),
        "an id": Caller(business.http, str(first.id)),
        "huge": Caller(business.http, "inv_key_" + "A" * 10_000),
    }


@each_root
async def test_nobody_gets_in_with_a_bad_credential(
    business: Business, bad_credentials: dict[str, Caller], operation: Operation
) -> None:
    before = await state_of(business.company_id)
    answers = {
        kind: [error["extensions"] for error in await operation.run(caller, **operation.variables)]
        for kind, caller in bad_credentials.items()
    }
    assert answers == {kind: [{"code": "UNAUTHENTICATED"}] for kind in bad_credentials}
    assert await state_of(business.company_id) == before


@pytest.mark.parametrize(
    "operation",
    [found for found in (*STAFF_ROOTS, *COMPANY_FIELDS) if found.permissions],
    ids=lambda found: found.name,
)
async def test_a_key_without_the_permission_is_forbidden(
    business: Business, operation: Operation
) -> None:
    for needed in operation.permissions:
        lacking = await business.make_key(*set(Permission) - {needed})
        before = await state_of(business.company_id)
        [error] = await operation.run(lacking, **operation.variables)
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert await state_of(business.company_id) == before


@pytest.mark.parametrize("scheme", ["Basic", "Token", "bearer:", "Bearer,", "Bearer Bearer"])
async def test_another_scheme_is_no_credential(business: Business, scheme: str) -> None:
    headers = business.stranger.headers | {"authorization": f"{scheme} {business.secret}"}
    answer = await business.http.post(
        "/graphql", json={"query": "{ me { name } }"}, headers=headers
    )
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
