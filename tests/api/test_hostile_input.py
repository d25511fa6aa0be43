"""All invalid tokens, ids and credentials look alike, and change nothing.

These tests walk the schema, so they cover operations added later.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from auth.permissions import Permission
from models import Credential, InvoiceView
from tests.support.clients import Business, Caller, Fingerprint, fingerprint
from tests.support.images import plain
from tests.support.operations import COMPANY_FIELDS, STAFF_ROOTS, WITH_ID
from tests.support.rows import snapshot
from tests.support.staff import new_session

OPEN: Final = "query($token: String!) { invoice(token: $token) { number } }"
OPEN_QUOTE: Final = "query($token: String!) { quote(token: $token) { number } }"
OPEN_CREDIT_NOTE: Final = "query($token: String!) { creditNote(token: $token) { number } }"
OPEN_CREDIT_NOTE_IN_PORTAL: Final = (
    'query($token: String!) { creditNote(token: $token, number: "CN-00001") { number } }'
)
OPEN_PORTAL: Final = "query($token: String!) { portal(token: $token) { isOverdue } }"
REPORT: Final = "mutation($input: ReportReadInput!) { reportRead(input: $input) { recorded } }"
VIEW: Final = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
PREFERENCES: Final = "query($token: String!) { preferences(token: $token) { email } }"
UPDATE: Final = (
    "mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { email } }"
)


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
    "trailing space",
    "revoked",
    "draft",
    "id",
    "another company's id",
    "another kind of document's",
    "portal",
    "path",
    "pattern",
)


async def _shared_invoice(business: Business) -> tuple[str, str]:
    invoice_id = await business.make_invoice()
    return invoice_id, await business.share(invoice_id)


async def _shared_quote(business: Business) -> tuple[str, str]:
    quote_id = await business.make_quote()
    return quote_id, await business.share_quote(quote_id)


async def _shared_credit_note(business: Business) -> tuple[str, str]:
    customer_id = await business.make_customer()
    note_id = await business.make_credit_note(customer_id, "10")
    return note_id, await business.share_credit_note(note_id)


async def _credit_note_draft(business: Business) -> str:
    return await business.credit_invoice(await business.make_invoice())


async def _shared_portal(business: Business) -> tuple[str, str]:
    customer_id = await business.make_customer()
    return customer_id, await business.share_portal(customer_id)


async def _revoke_portal(business: Business, customer_id: str) -> None:
    selection = "{ customer { portalUrl } }"
    await business.mutate("revokePortalShare", "CustomerRef", selection, customerId=customer_id)


@dataclass(frozen=True)
class Kind:
    """A kind of document with a link: how to share it (for its id and token), revoke and draft."""

    share: Callable[[Business], Awaitable[tuple[str, str]]]
    revoke: Callable[[Business, str], Awaitable[None]]
    make_draft: Callable[[Business], Awaitable[str]]


INVOICE: Final = Kind(_shared_invoice, Business.revoke, Business.make_draft)
QUOTE: Final = Kind(_shared_quote, Business.revoke_quote, Business.make_quote)
CREDIT_NOTE: Final = Kind(_shared_credit_note, Business.revoke_credit_note, _credit_note_draft)
PORTAL: Final = Kind(_shared_portal, _revoke_portal, Business.make_draft)


async def hostile_token(
    kind: str, business: Business, rival: Business, document: Kind = INVOICE
) -> str:
    """Return a token of this `kind` that opens no `document`."""
    document_id, token = await document.share(business)
    match kind:
        case "revoked":
            await document.revoke(business, document_id)
        case "draft":
            token = await document.make_draft(business)
        case "id":
            token = document_id
        case "another company's id":
            token, _ = await document.share(rival)
        case "another kind of document's":
            _, token = await (QUOTE if document is INVOICE else INVOICE).share(business)
        case "portal":
            _, token = await (QUOTE if document is PORTAL else PORTAL).share(business)
        case _:
            token = _variants(token)[kind]
    return token


def _variants(token: str) -> dict[str, str]:
    """Return variants of `token`, and other texts, by kind."""
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
        "trailing space": f"{token} ",
        "path": f"../invoice/{token}",
        "pattern": "%",
    }


async def _by_query(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(OPEN, token=token)


async def _by_quote_query(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(OPEN_QUOTE, token=token)


async def _by_credit_note_query(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(OPEN_CREDIT_NOTE, token=token)


async def _by_portal_credit_note_query(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(OPEN_CREDIT_NOTE_IN_PORTAL, token=token)


async def _by_credit_note_page(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/credit-note/{quote(token, safe='')}", headers=caller.headers)


async def _by_credit_note_pdf(caller: Caller, token: str) -> httpx.Response:
    path = f"/credit-note/{quote(token, safe='')}.pdf"
    return await caller.http.get(path, headers=caller.headers)


async def _by_portal_credit_note_page(caller: Caller, token: str) -> httpx.Response:
    path = f"/credit-note/{quote(token, safe='')}/CN-00001"
    return await caller.http.get(path, headers=caller.headers)


async def _by_portal_credit_note_pdf(caller: Caller, token: str) -> httpx.Response:
    path = f"/credit-note/{quote(token, safe='')}/CN-00001.pdf"
    return await caller.http.get(path, headers=caller.headers)


async def _by_record_view(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(VIEW, input={"token": token})


async def _by_record_view_with_number(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(VIEW, input={"token": token, "number": "INV-00001"})


async def _by_report(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(REPORT, input={"token": token})


async def _by_page_report(caller: Caller, token: str) -> httpx.Response:
    path, form = f"/invoice/{quote(token, safe='')}/read", {"action": "READ"}
    return await caller.http.post(path, data=form, headers=caller.headers)


async def _by_page(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/invoice/{quote(token, safe='')}", headers=caller.headers)


async def _by_portal_query(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(OPEN_PORTAL, token=token)


async def _by_quote_page(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/quote/{quote(token, safe='')}", headers=caller.headers)


async def _by_pdf(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/invoice/{quote(token, safe='')}.pdf", headers=caller.headers)


async def _by_xml(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/invoice/{quote(token, safe='')}.xml", headers=caller.headers)


async def _by_quote_pdf(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/quote/{quote(token, safe='')}.pdf", headers=caller.headers)


async def _by_portal_pdf(caller: Caller, token: str) -> httpx.Response:
    path = f"/portal/{quote(token, safe='')}/INV-00001.pdf"
    return await caller.http.get(path, headers=caller.headers)


async def _by_portal_page(caller: Caller, token: str) -> httpx.Response:
    return await caller.http.get(f"/portal/{quote(token, safe='')}", headers=caller.headers)


async def _by_portal_invoice_page(caller: Caller, token: str) -> httpx.Response:
    path = f"/portal/{quote(token, safe='')}/INV-00001"
    return await caller.http.get(path, headers=caller.headers)


async def _by_preferences(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(PREFERENCES, token=token)


async def _by_update_preferences(caller: Caller, token: str) -> httpx.Response:
    return await caller.post(UPDATE, input={"token": token, "documentEmails": False})


async def _by_preferences_page(caller: Caller, token: str) -> httpx.Response:
    path = f"/preferences/{quote(token, safe='')}"
    return await caller.http.get(path, headers=caller.headers)


async def _by_preferences_form(caller: Caller, token: str) -> httpx.Response:
    path = f"/preferences/{quote(token, safe='')}"
    return await caller.http.post(path, data={"documentEmails": "false"}, headers=caller.headers)


async def _by_unsubscribe_page(caller: Caller, token: str) -> httpx.Response:
    path = f"/unsubscribe/{quote(token, safe='')}/document"
    return await caller.http.get(path, headers=caller.headers)


async def _by_one_click(caller: Caller, token: str) -> httpx.Response:
    path = f"/unsubscribe/{quote(token, safe='')}/document"
    form = {"List-Unsubscribe": "One-Click"}
    return await caller.http.post(path, data=form, headers=caller.headers)


ENTRIES: Final[dict[str, Callable[[Caller, str], Awaitable[httpx.Response]]]] = {
    "query": _by_query,
    "quote query": _by_quote_query,
    "credit note query": _by_credit_note_query,
    "credit note page": _by_credit_note_page,
    "credit note PDF": _by_credit_note_pdf,
    "portal query": _by_portal_query,
    "portal query of a credit note": _by_portal_credit_note_query,
    "portal page of a credit note": _by_portal_credit_note_page,
    "portal PDF of a credit note": _by_portal_credit_note_pdf,
    "recordView": _by_record_view,
    "recordView with a number": _by_record_view_with_number,
    "reportRead": _by_report,
    "report of a page": _by_page_report,
    "page": _by_page,
    "quote page": _by_quote_page,
    "portal page": _by_portal_page,
    "portal page of an invoice": _by_portal_invoice_page,
    "PDF": _by_pdf,
    "XML": _by_xml,
    "quote PDF": _by_quote_pdf,
    "portal PDF": _by_portal_pdf,
    "preferences": _by_preferences,
    "updatePreferences": _by_update_preferences,
    "preferences page": _by_preferences_page,
    "preferences form": _by_preferences_form,
    "unsubscribe page": _by_unsubscribe_page,
    "one click": _by_one_click,
}
OF_PORTALS: Final = {
    "portal query",
    "portal query of a credit note",
    "portal page of a credit note",
    "portal PDF of a credit note",
    "recordView with a number",
    "portal page",
    "portal page of an invoice",
    "portal PDF",
}
OVER_GRAPHQL: Final = {
    "query",
    "quote query",
    "credit note query",
    "portal query",
    "portal query of a credit note",
    "recordView",
    "recordView with a number",
    "reportRead",
    "preferences",
    "updatePreferences",
}


def _opened_by(entry: str) -> Kind:
    """Return the kind of document that this entry opens."""
    if entry in OF_PORTALS:
        return PORTAL
    kinds = {"quote": QUOTE, "credit": CREDIT_NOTE}
    return kinds.get(entry.split(maxsplit=1)[0], INVOICE)


@pytest.fixture(scope="module")
async def unknown(http: httpx.AsyncClient) -> dict[str, Fingerprint]:
    """Return the fingerprint of each entry's response to an unknown token."""
    answers = {entry: await enter(Caller(http), str(uuid4())) for entry, enter in ENTRIES.items()}
    for entry, answer in answers.items():
        assert answer.status_code == (200 if entry in OVER_GRAPHQL else 404), entry
    return {entry: fingerprint(answer) for entry, answer in answers.items()}


def _without_limits(known: Fingerprint) -> Fingerprint:
    status, body, headers = known
    rest = {name: value for name, value in headers.items() if not name.startswith("ratelimit")}
    return status, body, rest


@pytest.mark.parametrize("kind", TOKENS)
async def test_every_invalid_token_looks_unknown(
    business: Business, rival: Business, unknown: dict[str, Fingerprint], kind: str
) -> None:
    tokens = {
        document: await hostile_token(kind, business, rival, document)
        for document in (INVOICE, QUOTE, CREDIT_NOTE, PORTAL)
    }
    differing = {}
    for entry, enter in ENTRIES.items():
        answer = await enter(business.stranger, tokens[_opened_by(entry)])
        if kind == "capitals" and answer.status_code == 308:
            continue  # whether the link exists or not: to the usual spelling
        found, expected = fingerprint(answer), unknown[entry]
        if kind in ("empty", "path") and entry not in OVER_GRAPHQL:
            # Where no link looks like that, it doesn't count as a guess.
            found, expected = _without_limits(found), _without_limits(expected)
        if found != expected:
            differing[entry] = (answer.status_code, answer.text)
    assert differing == {}
    companies = [business.company_id, rival.company_id]
    assert await InvoiceView.filter(company_id__in=companies).count() == 0


async def test_a_valid_token_opens(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    for entry in ("query", "recordView", "page", "PDF"):
        answer = await ENTRIES[entry](business.stranger, token)
        assert (answer.status_code, b"NOT_FOUND" in answer.content) == (200, False)
    _, token = await QUOTE.share(business)
    answer = await ENTRIES["quote query"](business.stranger, token)
    assert answer.json()["data"] == {"quote": {"number": "Q-00001"}}
    _, token = await CREDIT_NOTE.share(business)
    answer = await ENTRIES["credit note query"](business.stranger, token)
    assert answer.json()["data"] == {"creditNote": {"number": "CN-00001"}}


def test_the_schema_walk_finds_every_argument() -> None:
    names = {operation.name for operation in WITH_ID}
    assert names >= {
        "shareInvoice.input.invoiceId",
        "sharePortal.input.customerId",
        "createInvoice.input.customerId",
        "invoiceQuote.input.quoteId",
        "revokeApiKey.input.id",
        "viewedInvoice.invoiceId",
        "invoiceUpdated.invoiceId",
        "company.invoice.id",
    }


# --- ids ----------------------------------------------------------------------------------------


INVALID_IDS: Final = (
    "",
    "x",
    "0",
    "\x00",
    "' OR 1=1 --",
    "żółć",
    "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69",
    "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a69\x00",
    "a" * 100_000,
)


async def test_invalid_ids_are_not_found(business: Business) -> None:
    business.secret = await new_session(business)  # which may do all that an API key may
    before = await snapshot([business.company_id])
    answers = {
        (operation.name, ascii(id_)[:50]): await operation.refusal(business, operation.with_id(id_))
        for operation in WITH_ID
        if operation.name != "signIn.input.companyId"  # a company is unknown until one signs in
        for id_ in ("", "x", "\x00", *INVALID_IDS[-3:])
    }
    assert answers == {key: [{"code": "NOT_FOUND"}] for key in answers}
    assert await snapshot([business.company_id]) == before


@pytest.mark.parametrize("plural", ["invoices", "quotes", "credit-notes"])
@pytest.mark.parametrize(
    "id_", ["x", "0", "\x00", "' OR 1=1 --", "żółć", "../x", INVALID_IDS[6]], ids=ascii
)
async def test_pdfs_of_invalid_ids_are_not_found(business: Business, plural: str, id_: str) -> None:
    path = f"/{plural}/{quote(id_, safe='')}.pdf"
    answer = await business.http.get(path, headers=business.headers)
    unknown = await business.http.get(f"/{plural}/{uuid4()}.pdf", headers=business.headers)
    assert answer.status_code == 404
    assert fingerprint(answer) == fingerprint(unknown)


# --- credentials --------------------------------------------------------------------------------


@pytest.fixture
async def bad_credentials(business: Business) -> dict[str, Caller]:
    """Return callers with credentials that are no longer valid, or never were."""
    revoked = await business.make_key("VIEW_INVOICES", "MANAGE_INVOICES", "MANAGE_COMPANY")
    expired = await business.make_key("VIEW_INVOICES", "MANAGE_INVOICES", "MANAGE_COMPANY")
    keys = Credential.filter(company_id=business.company_id, name="tool")
    first, second = await keys.order_by("created_at")
    now = datetime.now(UTC)
    await Credential.filter(id=first.id).update(revoked_at=now)
    await Credential.filter(id=second.id).update(expires_at=now - timedelta(seconds=1))
    good = business.secret or ""
    return {
        "none": Caller(business.http),
        "unknown": Caller(business.http, "inv_key_" + "A" * 43),
        "revoked": revoked,
        "expired": expired,
        "truncated": Caller(business.http, good[:-1]),
        "of another kind": Caller(business.http, good.replace("inv_key_", "inv_session_")),
        "without its prefix": Caller(business.http, good.removeprefix("inv_key_")),
        "in capitals": Caller(business.http, good.upper()),
        "an id": Caller(business.http, str(first.id)),
        "huge": Caller(business.http, "inv_key_" + "A" * 10_000),
    }


async def test_invalid_credentials_are_refused(
    business: Business, bad_credentials: dict[str, Caller]
) -> None:
    """Each operation asks for a valid one, and one place decides which are valid."""
    before = await snapshot([business.company_id])
    tries = [
        *((operation, kind) for operation in STAFF_ROOTS for kind in ("none", "revoked")),
        *((STAFF_ROOTS[0], kind) for kind in bad_credentials),
    ]
    answers = {
        (operation.name, kind): await operation.refusal(bad_credentials[kind], operation.variables)
        for operation, kind in tries
    }
    assert answers == {key: [{"code": "UNAUTHENTICATED"}] for key in answers}
    assert await snapshot([business.company_id]) == before


async def test_a_key_without_the_permission_is_forbidden(business: Business) -> None:
    lacking = {
        needed: await business.make_key(*set(Permission) - {needed}) for needed in Permission
    }
    before = await snapshot([business.company_id])
    answers = {
        (operation.name, needed): await operation.refusal(lacking[needed], operation.variables)
        for operation in (*STAFF_ROOTS, *COMPANY_FIELDS)
        for needed in operation.permissions
    }
    assert answers == {key: [{"code": "FORBIDDEN"}] for key in answers}
    assert await snapshot([business.company_id]) == before


async def test_invalid_credentials_get_no_pdf(
    business: Business, bad_credentials: dict[str, Caller]
) -> None:
    path = f"/invoices/{await business.make_invoice()}.pdf"
    for caller in bad_credentials.values():
        answer = await business.http.get(path, headers=caller.headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    lacking = await business.make_key(*set(Permission) - {Permission.VIEW_INVOICES})
    assert (await business.http.get(path, headers=lacking.headers)).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_changing_a_logo_needs_a_credential_and_the_permission(
    business: Business, bad_credentials: dict[str, Caller], method: str
) -> None:
    lacking = await business.make_key("VIEW_INVOICES", "MANAGE_INVOICES")
    before = await snapshot([business.company_id])
    for caller in (*bad_credentials.values(), lacking):
        answer = await caller.http.request(
            method, "/company/logo", content=plain(), headers=caller.headers
        )
        [error] = answer.json()["errors"]
        expected = (403, "FORBIDDEN") if caller is lacking else (401, "UNAUTHENTICATED")
        assert (answer.status_code, error["extensions"]["code"]) == expected
        assert ("www-authenticate" in answer.headers) is (caller is not lacking)
    assert await snapshot([business.company_id]) == before


@pytest.mark.parametrize("scheme", ["Basic", "Token", "bearer:", "Bearer,", "Bearer Bearer"])
async def test_other_authorization_schemes_are_refused(business: Business, scheme: str) -> None:
    headers = business.stranger.headers | {"authorization": f"{scheme} {business.secret}"}
    answer = await business.http.post(
        "/graphql", json={"query": "{ me { name } }"}, headers=headers
    )
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
