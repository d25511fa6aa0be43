"""Requests that are repeated have no further effect: by their key, or by what they do."""

import asyncio
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from graphql import GraphQLField
from tortoise.models import Model

from models import Company, Credential, CredentialKind, Customer, EmailPreference, Invoice, Quote
from services.common import idempotency
from tests.support.clients import (
    PASSWORD,
    Business,
    Caller,
    GraphQLFailed,
    create_business,
)
from tests.support.operations import (
    ROOTS,
    Operation,
    Path,
    ids_of,
    leaves,
    make_operation,
    refusals,
)
from tests.support.rows import fill, snapshot
from tests.support.staff import new_session

MUTATIONS: Final = {name: field for kind, name, field in ROOTS if kind == "mutation"}
SAME_AGAIN: Final = {
    # What is asked for holds already, or the second request is refused.
    *("issueInvoice", "cancelInvoice", "deleteInvoice", "shareInvoice", "revokeInvoiceShare"),
    *("sharePortal", "revokePortalShare", "revokeCustomerShares"),
    *("issueCreditNote", "voidCreditNote", "deleteCreditNote", "shareCreditNote"),
    *("revokeCreditNoteShare", "acceptQuote", "declineQuote", "invoiceQuote", "shareQuote"),
    *("revokeQuoteShare", "deleteQuote", "revokeApiKey", "removeUser", "deleteWebhook"),
    *("createUser", "endSession", "endOtherSessions", "endUserSessions", "signOut"),
    *("updateCompany", "updateCustomer", "updateInvoice", "updateQuote", "updateCreditNote"),
    *("updateUser", "updateWebhook", "updatePreferences", "setChat", "chooseNotices"),
    "updateAccount",
    *("turnOffEmails", "setEmailText"),
    *("choosePassword", "changePassword", "confirmSecondFactor"),
    *("removeSecondFactor", "resetSecondFactor", "disconnectStripe", "replayStripeEvent"),
    *("checkout", "answerQuote", "askQuestion", "closeQuestion", "deleteQuestion"),
    *("replayWebhookDelivery", "reportRead", "checkoutSeveral", "useCredit"),
    *("cancelDelivery", "hideFirstSteps"),
}
NEW_EACH_TIME: Final = {
    # A new secret takes the place of the one before, whose answer may have been lost.
    *("inviteUser", "setUpSecondFactor", "replaceRecoveryCodes", "rotateWebhookSecret"),
    *("connectStripe",),
    # Each is an event of its own, and limited: a session, a link, a proof, a view, a test.
    *("signIn", "requestPasswordReset", "confirmPassword", "recordView", "testWebhook"),
    *("sendTestEmail", "sendSampleInvoice"),
}
"""Mutations without a key that do something each time, and why they may."""


def _key_of(field: GraphQLField) -> Path | None:
    return next((path for path, _ in leaves(field) if path[-1] == "idempotencyKey"), None)


KEYED: Final = {name: path for name, field in MUTATIONS.items() if (path := _key_of(field))}


def test_each_mutation_takes_a_key_or_is_safe_to_repeat() -> None:
    assert MUTATIONS.keys() - KEYED.keys() == SAME_AGAIN | NEW_EACH_TIME


_TABLES: Final = {
    "applicationId": "credit_application",
    "payoutId": "credit_payout",
    "customerIds": "customer",
    "invoiceIds": "invoice",
    "deliveryId": "webhook_delivery",
    "userId": "staff_user",
    "sessionId": "credential",
    "id": "credential",
}
_VALUES: Final[Mapping[str, Mapping[Path, object]]] = {
    "createWebhook": {("input", "url"): "https://127.0.0.1/hook"},
    "createUser": {("input", "email"): "grace@example.com"},
    "changePassword": {
        ("input", "current"): PASSWORD,
        ("input", "password"): "another long password",
    },
    "updatePreferences": {("input", "marketingEmails"): False},
    "chooseNotices": {("input", "events"): ["PAYMENT_FAILED"]},
    "turnOffEmails": {("input", "categories"): ["MARKETING"]},
    "setEmailText": {("input", "language"): "de", ("input", "subject"): "Rechnung {number}"},
}
_FIRST: Final = {"reverseWriteOff": "writeOff", "voidCreditNote": "issueCreditNote"}
"""What has to be done before some of them."""
_ELSEWHERE: Final = {
    "refundPayment": "test_a_repeated_key_refunds_once",
    "checkout": "test_concurrent_requests_get_one_session",
    "checkoutSeveral": "test_the_order_and_repetitions_of_numbers_make_no_difference",
    "useCredit": "test_using_credit_again_or_twice_at_once_has_no_further_effect",
    "replayStripeEvent": "test_staff_can_replay_an_event",
    "choosePassword": "test_a_forgotten_password_is_replaced_once",
    "confirmSecondFactor": "test_setting_up_takes_effect_with_a_first_code",
    "replayWebhookDelivery": "test_a_replay_has_the_same_id_and_content_and_comes_last",
    "cancelDelivery": "test_a_cancelled_e_mail_never_leaves_and_can_be_sent_again",
}
"""They need Stripe, a link or code that was sent, an e-mail that waits, or a receiver; the tests
that repeat them."""


def _ids(rows: list[Model], path: Path) -> list[str]:
    """Return the ids of our rows that fit the path of an id."""
    name = next(step for step in reversed(path) if isinstance(step, str))
    table = _TABLES.get(name) or re.sub(r"(?<!^)(?=[A-Z])", "_", name[:-2]).lower()
    return [str(row.pk) for row in rows if row._meta.db_table == table]


def _tries(name: str, rows: list[Model]) -> Iterator[tuple[Operation, dict[str, Any]]]:
    """Yield the operation, with a key if it takes one, and variables that may be accepted."""
    field = MUTATIONS[name]
    keys: dict[Path, object] = {KEYED[name]: uuid4().hex} if name in KEYED else {}
    operation = make_operation("mutation", name, field, wanted=list(keys))
    paths = [path for path in ids_of(field) if operation.has(path)]
    values = keys | dict(_VALUES.get(name, {}))
    if name in {"answerQuote", "askQuestion"}:
        values[("input", "token")] = str(
            next(row.share_token for row in rows if isinstance(row, Quote))
        )
    if name == "reportRead":
        values[("input", "token")] = str(
            next(row.share_token for row in rows if isinstance(row, Invoice) and row.share_token)
        )
    if name == "turnOffEmails":
        [address] = [row.email for row in rows if isinstance(row, Customer)]
        values |= {("input", "address"): address}
    if name == "updatePreferences":
        [token] = [row.token for row in rows if isinstance(row, EmailPreference)]
        values |= {("input", "token"): str(token)}
    for ids in product(*(_ids(rows, path) for path in paths)):
        yield operation, operation.filled({**dict(zip(paths, ids, strict=True)), **values})


async def _state(business: Business) -> Any:
    """Return all rows.

    Of e-mails, which are sent meanwhile, and of API keys, which get a new secret while nobody has
    used them, only which there are. A draft that is written again has new lines.
    """
    state = await snapshot([business.company_id])
    for table, rows in state.items():
        for row in rows:
            row.pop("updated_at", None)
            row.pop("credentials_changed", None)  # lets subscriptions check credentials again
            if table.endswith("_line"):
                del row["id"]
    which = [{"id": row["id"]} for row in state["email_delivery"]]
    keys = [row | {"secret_hash": None} for row in state["credential"]]
    return state | {"email_delivery": which, "credential": keys}


@dataclass(frozen=True)
class _Stage:
    """A company with rows in every table, and a person who signed in."""

    business: Business
    person: Caller
    rows: list[Model]


async def _stage(http: httpx.AsyncClient) -> _Stage:
    business = await create_business(http)
    rows = [*await fill(business)]
    # They would be sent while rows are compared.
    await Company.filter(id=business.company_id).update(sends_receipts=False)
    person = Caller(http, await new_session(business))
    rows += await Credential.filter(company_id=business.company_id, kind=CredentialKind.SESSION)
    return _Stage(business, person, rows)


async def _repeat(name: str, stage: _Stage) -> bool:
    """Send a request twice at once, and again; return False if nothing can be done any more."""
    for operation, variables in _tries(_FIRST[name], stage.rows) if name in _FIRST else ():
        await operation.answer(stage.person, variables)
    for operation, variables in _tries(name, stage.rows):
        both = await asyncio.gather(*(operation.answer(stage.person, variables) for _ in range(2)))
        succeeded = [not refusals(answer) for answer in both]
        if not any(succeeded):
            continue
        before = await _state(stage.business)
        again = await operation.answer(stage.person, variables)
        assert await _state(stage.business) == before, name
        if name in KEYED:
            assert all(succeeded), both
            assert not refusals(again), again
            key = _value_at(variables, KEYED[name])
            made = [row for rows in before.values() for row in rows if key in row.values()]
            assert len(made) <= 1, (name, made)
        return True
    return False


def _value_at(variables: Mapping[str, Any], path: Path) -> object:
    value: Any = variables
    for step in path:
        value = value[step]
    return value


_REPEATED: Final = sorted((KEYED.keys() | SAME_AGAIN) - _ELSEWHERE.keys())
_BATCHES: Final = 6


@pytest.mark.parametrize("batch", [_REPEATED[part::_BATCHES] for part in range(_BATCHES)])
async def test_repetitions_have_no_further_effect(
    http: httpx.AsyncClient, batch: Sequence[str]
) -> None:
    stage = await _stage(http)
    for name in batch:
        if not await _repeat(name, stage):
            stage = await _stage(http)  # what came before has changed too much
            assert await _repeat(name, stage), name


def test_those_that_need_more_are_repeated_elsewhere() -> None:
    services = pathlib.Path(__file__).parents[1] / "services"
    tests = "".join(path.read_text() for path in services.rglob("test_*.py"))
    assert [test for test in _ELSEWHERE.values() if f"def {test}(" not in tests] == []


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


async def test_a_key_that_was_revoked_is_not_created_again(business: Business) -> None:
    request = {"name": "CI", "permissions": ["VIEW_INVOICES"], "idempotencyKey": "ci"}
    create = "createApiKey", "CreateApiKeyInput", "{ id secret }"
    made = await business.mutate(*create, **request)
    await business.mutate("revokeApiKey", "RevokeApiKeyInput", "", id=made["id"])
    with pytest.raises(GraphQLFailed, match="expired or was revoked") as ended:
        await business.mutate(*create, **request)
    assert (ended.value.code, ended.value.field) == ("CONFLICT", "idempotencyKey")
    revoked = Caller(business.http, made["secret"])
    assert (await revoked.refused("{ me { name } }")).code == "UNAUTHENTICATED"


@pytest.mark.parametrize("key", ["", " "])
async def test_an_empty_key_is_refused(business: Business, key: str) -> None:
    with pytest.raises(GraphQLFailed) as refusal:
        await business.mutate(
            "createCustomer",
            "CreateCustomerInput",
            "{ customer { id } }",
            name="Ada",
            idempotencyKey=key,
        )
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", "idempotencyKey")
    assert await Customer.filter(company_id=business.company_id).count() == 0


@pytest.mark.parametrize("key", ["", " ", "\N{ZERO WIDTH SPACE}"])
async def test_an_empty_key_is_refused_by_name(business: Business, key: str) -> None:
    refusal = await business.refused(
        "mutation($input: CreateCustomerInput!)"
        " { createCustomer(input: $input) { customer { id } } }",
        input={"name": "Ada", "idempotencyKey": key},
    )
    [error] = refusal.errors
    assert error["message"] == "An idempotency key can't be empty. Leave it out if you have none."
    assert (refusal.code, error["extensions"]["field"]) == ("BAD_INPUT", "idempotencyKey")
