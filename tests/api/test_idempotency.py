"""Requests that are repeated have no further effect: by their key, or by what they do."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final
from uuid import uuid4

import pytest
from graphql import GraphQLField
from tortoise.models import Model

from models import Credential
from services.common import idempotency
from tests.support.clients import Business, Caller, GraphQLFailed
from tests.support.operations import (
    ROOTS,
    Operation,
    Path,
    ids_of,
    leaves,
    make_operation,
)
from tests.support.rows import fill, snapshot

MUTATIONS: Final = {name: field for kind, name, field in ROOTS if kind == "mutation"}
SAFE_TO_REPEAT: Final = {
    # The same state again: what is asked for holds already, or the second request is refused.
    *("issueInvoice", "cancelInvoice", "deleteInvoice", "shareInvoice", "revokeInvoiceShare"),
    *("sharePortal", "revokePortalShare", "revokeCustomerShares"),
    *("issueCreditNote", "voidCreditNote", "deleteCreditNote", "shareCreditNote"),
    *("revokeCreditNoteShare", "acceptQuote", "declineQuote", "invoiceQuote", "shareQuote"),
    *("revokeQuoteShare", "deleteQuote", "revokeApiKey", "removeUser", "deleteWebhook"),
    *("createUser", "endSession", "endOtherSessions", "endUserSessions", "signOut"),
    *("updateCompany", "updateCustomer", "updateInvoice", "updateQuote", "updateCreditNote"),
    *("updateUser", "updateWebhook", "updatePreferences", "setChat", "chooseNotices"),
    *("choosePassword", "changePassword", "confirmPassword", "confirmSecondFactor"),
    *("removeSecondFactor", "resetSecondFactor", "disconnectStripe", "replayStripeEvent"),
    *("checkout", "replayWebhookDelivery"),
    # A new secret takes the place of the one before, whose answer may have been lost.
    *("inviteUser", "setUpSecondFactor", "replaceRecoveryCodes", "rotateWebhookSecret"),
    *("connectStripe",),
    # Each is an event of its own, and limited: a session, a link, a view, a test.
    *("signIn", "requestPasswordReset", "recordView", "testWebhook"),
}
"""Mutations without a key, and why they need none."""


def _key_of(field: GraphQLField) -> Path | None:
    return next((path for path, _ in leaves(field) if path[-1] == "idempotencyKey"), None)


KEYED: Final = {name: path for name, field in MUTATIONS.items() if (path := _key_of(field))}


def test_each_mutation_takes_a_key_or_is_safe_to_repeat() -> None:
    assert MUTATIONS.keys() - KEYED.keys() == SAFE_TO_REPEAT


_TABLES: Final = {"applicationId": "credit_application", "payoutId": "credit_payout"}
_VALUES: Final[Mapping[str, Mapping[Path, object]]] = {
    "createWebhook": {("input", "url"): "https://127.0.0.1/hook"},
}
_ELSEWHERE: Final = {"refundPayment"}
"""Needs a payment at Stripe: tests/services/checkout/test_refunds.py."""


def _ids(rows: list[Model], path: Path) -> list[str]:
    """Return the ids of our rows that fit the path of an id."""
    name = next(step for step in reversed(path) if isinstance(step, str))
    table = _TABLES.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name[:-2]).lower()
    if name == "customerIds":
        table = "customer"
    return [str(row.pk) for row in rows if row._meta.db_table == table]


def _tries(name: str, rows: list[Model]) -> Iterator[tuple[Operation, dict[str, Any]]]:
    """Yield the operation with a key and variables that may be accepted."""
    field = MUTATIONS[name]
    operation = make_operation("mutation", name, field, wanted=[KEYED[name]])
    paths = [path for path in ids_of(field) if operation.has(path)]
    for ids in product(*(_ids(rows, path) for path in paths)):
        values = dict(zip(paths, ids, strict=True)) | {KEYED[name]: uuid4().hex}
        yield operation, operation.filled({**values, **_VALUES.get(name, {})})


async def _state(business: Business) -> Any:
    """Return all rows; of e-mails, which are sent meanwhile, and of API keys only which there are.

    An API key that nobody has used gets a new secret.
    """
    state = await snapshot([business.company_id])
    which = {
        table: [row["id"] for row in state[table]] for table in ("credential", "email_delivery")
    }
    return state | which


@pytest.mark.parametrize("name", sorted(KEYED.keys() - _ELSEWHERE))
async def test_a_repetition_with_the_same_key_has_no_further_effect(
    business: Business, name: str
) -> None:
    rows, answers = [*await fill(business)], []
    if name == "reverseWriteOff":
        for operation, variables in _tries("writeOff", rows):
            await operation.answer(business, variables)
    for operation, variables in _tries(name, rows):
        answers.append(await operation.answer(business, variables))
        if "errors" not in answers[-1]:
            before = await _state(business)
            assert "errors" not in await operation.answer(business, variables)
            assert await _state(business) == before
            return
    raise AssertionError(answers)


async def test_a_lost_answer_is_given_again_with_a_secret_that_works(business: Business) -> None:
    key = {"name": "CI", "permissions": ["VIEW_INVOICES"], "idempotencyKey": "ci"}
    create = "createApiKey", "CreateApiKeyInput", "{ id secret }"
    first = await business.mutate(*create, **key)
    second = await business.mutate(*create, **key)
    assert second["id"] == first["id"]
    lost, kept = Caller(business.http, first["secret"]), Caller(business.http, second["secret"])
    assert (await lost.refused("{ me { name } }")).code == "UNAUTHENTICATED"
    assert (await kept.gql("{ me { name } }"))["me"] == {"name": "CI"}
    with pytest.raises(GraphQLFailed) as used:
        await business.mutate(*create, **key)
    assert (used.value.code, used.value.field) == ("CONFLICT", "idempotencyKey")
    hook = {"url": "https://127.0.0.1/hook", "events": ["INVOICE_PAID"], "idempotencyKey": "ci"}
    create = "createWebhook", "CreateWebhookInput", "{ webhook { id } secret }"
    assert await business.mutate(*create, **hook) == await business.mutate(*create, **hook)


async def test_a_key_that_is_used_while_the_request_is_repeated_keeps_its_secret(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"name": "CI", "permissions": ["VIEW_INVOICES"], "idempotencyKey": "ci"}
    create = "createApiKey", "CreateApiKeyInput", "{ secret }"
    key = Caller(business.http, (await business.mutate(*create, **request))["secret"])
    find_earlier = idempotency.find_earlier

    async def use_when_found(*arguments: Any) -> Credential | None:
        found = await find_earlier(*arguments)
        await key.gql("{ me { name } }")
        return found

    monkeypatch.setattr(idempotency, "find_earlier", use_when_found)
    with pytest.raises(GraphQLFailed) as used:
        await business.mutate(*create, **request)
    assert (used.value.code, used.value.field) == ("CONFLICT", "idempotencyKey")
    assert (await key.gql("{ me { name } }"))["me"] == {"name": "CI"}
