"""E-mail preferences: read and changed with a token alone, one switch at a time."""

import asyncio
from contextlib import suppress
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.transactions import transactional
from errors import BadInput, Conflict
from models import EmailPreference, MailCategory
from services.common.validation import normalize_address
from services.email.preferences import SWITCHES, mask, preference_for, preferences_for
from tests.support.clients import Business, Caller, GraphQLFailed
from tests.support.sql_statements import statements

_FIELDS: Final = "email businessName documentEmails reminderEmails marketingEmails"
_READ: Final = f"query($token: String!) {{ preferences(token: $token) {{ {_FIELDS} }} }}"
_UPDATE: Final = (
    "mutation($input: UpdatePreferencesInput!)"
    f" {{ updatePreferences(input: $input) {{ {_FIELDS} }} }}"
)
_ALL_ON: Final = dict.fromkeys(SWITCHES, True)
_CONCURRENCY: Final = 16


async def _update(caller: Caller, token: object, **switches: object) -> Any:
    data = await caller.gql(_UPDATE, input={"token": str(token), **switches})
    return data["updatePreferences"]


async def _switches(preference: EmailPreference) -> dict[str, bool]:
    """Return the row's current switches."""
    row = await EmailPreference.get(id=preference.id)
    return {name: row.allows(category) for name, category in SWITCHES.items()}


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada@Example.COM\n", "ada@example.com"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@例え。テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("Ü.O\u0308@example.com", "ü.ö@example.com"),
        ("😀@example.com", "😀@example.com"),
        ('"a@b"@Example.com', '"a@b"@example.com'),
        ("ada@I❤.example", "ada@i❤.example"),
        ("ada@-ü-.example", "ada@-ü-.example"),
        ("ada@a..ü", "ada@a..ü"),
        ("No Address", "no address"),
    ],
)
def test_addresses_are_normalized(written: str, normal: str) -> None:
    assert normalize_address(written) == normal


@given(st.text(max_size=120))
def test_normalizing_is_idempotent(address: str) -> None:
    normal = normalize_address(address)
    assert normalize_address(normal) == normal


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_address_is_longer_than_its_column(local: str, domain: str) -> None:
    with suppress(BadInput):
        assert len(normalize_address(f"{local}@{domain}")) <= 254


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("ada@example.com", "a…@example.com"),
        ("a@b.cc", "a…@b.cc"),
        ('"john doe"@example.com', '"…@example.com'),
        ('"a@b"@example.com', '"…@example.com'),
        ("ü@xn--bcher-kva.example", "ü…@xn--bcher-kva.example"),
        ("😀😀@example.com", "😀…@example.com"),
        ("@example.com", "…@example.com"),
    ],
)
def test_a_masked_address_shows_one_character_of_its_owner(address: str, masked: str) -> None:
    assert mask(address) == masked


# --- the row -------------------------------------------------------------------------------------


async def test_the_first_e_mail_creates_preferences_with_everything_on(business: Business) -> None:
    preference = await business.make_preference(" Ada@Example.com")
    assert preference.address == "ada@example.com"
    assert preference.token.version == 4
    assert await _switches(preference) == _ALL_ON
    assert (await business.make_preference("ADA@example.COM")).token == preference.token
    assert await EmailPreference.filter(company_id=business.company_id).count() == 1


async def test_concurrent_callers_get_the_same_preferences(business: Business) -> None:
    rows = await asyncio.gather(*(business.make_preference() for _ in range(_CONCURRENCY)))
    assert len({row.token for row in rows}) == 1
    assert await EmailPreference.filter(company_id=business.company_id).count() == 1


async def _request_concurrently(business: Business, size: int, *languages: str) -> None:
    """Request preferences for the same addresses eight times concurrently, in both orders."""
    addresses = [f"{n}@example.com" for n in range(size)]

    async def request(number: int) -> dict[str, EmailPreference]:
        order = addresses if number % 2 else addresses[::-1]
        language = languages[number % len(languages)]
        return await preferences_for(business.company_id, dict.fromkeys(order, language))

    results = await asyncio.gather(*map(request, range(8)))
    tokens = [{address: row.token for address, row in result.items()} for result in results]
    assert tokens == tokens[:1] * 8
    assert tokens[0].keys() == set(addresses)
    assert await EmailPreference.filter(company_id=business.company_id).count() == size


async def test_concurrent_new_addresses_do_not_deadlock(business: Business) -> None:
    await _request_concurrently(business, 1000, "en")


async def test_concurrent_new_languages_do_not_deadlock(business: Business) -> None:
    await _request_concurrently(business, 40, "en")
    await _request_concurrently(business, 40, "de", "fr")


async def test_the_language_is_the_last_e_mail_s(business: Business) -> None:
    first = await preference_for(business.company_id, "ada@example.com", "de")
    await _update(business.stranger, first.token, marketingEmails=False)
    again = await preference_for(business.company_id, "ada@example.com", "fr-CH")
    assert (first.language, again.language) == ("de", "fr-CH")
    row = await EmailPreference.get(id=first.id)
    assert (row.language, row.token, row.marketing_emails) == ("fr-CH", first.token, False)


async def test_preferences_roll_back_with_their_transaction(business: Business) -> None:
    @transactional
    async def fail() -> None:
        await business.make_preference()
        raise Conflict

    with pytest.raises(Conflict):
        await fail()
    assert await EmailPreference.filter(company_id=business.company_id).count() == 0


async def test_preferences_are_per_company(business: Business, rival: Business) -> None:
    mine, theirs = await business.make_preference(), await rival.make_preference()
    assert mine.token != theirs.token
    await _update(business.stranger, mine.token, documentEmails=False)
    assert await _switches(theirs) == _ALL_ON


async def test_an_overlong_address_creates_no_preferences(business: Business) -> None:
    with pytest.raises(BadInput):
        await business.make_preference(f"ada@{'ü' * 60}.{'ü' * 60}.{'ü' * 60}.{'x' * 70}.example")
    assert await EmailPreference.filter(company_id=business.company_id).count() == 0


# --- reading and changing ------------------------------------------------------------------------


async def test_the_token_reads_the_preferences(business: Business) -> None:
    preference = await business.make_preference()
    data = await business.stranger.gql(_READ, token=str(preference.token))
    names = {"email": "a…@example.com", "businessName": "Acme Ltd"}
    assert data["preferences"] == names | _ALL_ON


async def test_only_named_switches_change(business: Business) -> None:
    preference = await business.make_preference()
    answer = await _update(business.stranger, preference.token, reminderEmails=False)
    off = _ALL_ON | {"reminderEmails": False}
    assert answer == {"email": "a…@example.com", "businessName": "Acme Ltd"} | off
    assert await _switches(preference) == off
    both = {"reminderEmails": True, "documentEmails": False}
    await _update(business.stranger, preference.token, **both)
    assert await _switches(preference) == _ALL_ON | {"documentEmails": False}


async def test_a_change_applies_to_the_next_e_mail_and_is_repeatable(business: Business) -> None:
    preference = await business.make_preference()
    for _ in range(2):
        await _update(business.stranger, preference.token, marketingEmails=False)
    later = await business.make_preference()
    assert later.token == preference.token
    assert [later.allows(category) for category in MailCategory] == [True, True, False]
    assert later.updated_at > preference.updated_at


async def test_concurrent_changes_to_different_switches_are_kept(business: Business) -> None:
    preference = await business.make_preference()
    for is_on in (False, True) * 4:
        changes = [{name: is_on} for name in SWITCHES] * 2
        await asyncio.gather(
            *(_update(business.stranger, preference.token, **change) for change in changes)
        )
        assert await _switches(preference) == dict.fromkeys(SWITCHES, is_on)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(list(SWITCHES)), st.booleans(), min_size=1), max_size=8
    )
)
async def test_the_last_change_of_a_switch_wins(
    business: Business, changes: list[dict[str, bool]]
) -> None:
    preference = await business.make_preference(f"{uuid4()}@example.com")
    client, expected = business.stranger, dict(_ALL_ON)
    for change in changes:
        expected |= change
        answer = await _update(client, preference.token, **change)
        assert {name: answer[name] for name in SWITCHES} == expected
    assert await _switches(preference) == expected


@pytest.mark.parametrize(
    ("switches", "field"),
    [
        ({}, None),
        ({"documentEmails": None}, "documentEmails"),
        ({"documentEmails": False, "marketingEmails": None}, "marketingEmails"),
        ({"documentEmails": "false"}, None),
        ({"documentEmails": 0}, None),
        ({"documentEmails": [False]}, None),
        ({"documentEmails": False, "all": False}, None),
        ({"document_emails": False}, None),
    ],
    ids=str,
)
async def test_unknown_switches_are_refused(
    business: Business, switches: dict[str, object], field: str | None
) -> None:
    preference = await business.make_preference()
    with pytest.raises(GraphQLFailed) as refusal:
        await _update(business.stranger, preference.token, **switches)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert await _switches(preference) == _ALL_ON


# --- tokens --------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [str.upper, lambda t: t[:-1], lambda t: t.replace("-", "")])
async def test_malformed_tokens_are_refused_without_a_look_up(
    business: Business, write: Any
) -> None:
    preference = await business.make_preference()
    # A random token could be all digits; this one differs in capitals.
    token = str(await _set_token(preference, UUID("3f2b8c1e-9d4a-4f6b-8a7c-" + uuid4().hex[:12])))
    unknown = await business.stranger.refused(_READ, token=str(uuid4()))
    for malformed in (write(token), "", "x"):
        with statements() as queries:
            read = await business.stranger.refused(_READ, token=malformed)
            changed = await business.stranger.refused(
                _UPDATE, input={"token": malformed, "documentEmails": False}
            )
        assert queries == []
        assert read.errors == unknown.errors
        assert changed.code == "NOT_FOUND"
    assert await _switches(preference) == _ALL_ON


async def _set_token(preference: EmailPreference, token: UUID) -> UUID:
    await EmailPreference.filter(id=preference.id).update(token=token)
    return token


async def test_reading_costs_one_statement(business: Business) -> None:
    preference = await business.make_preference()
    with statements() as queries:
        await business.stranger.gql(_READ, token=str(preference.token))
    assert len(queries) == 1


async def test_each_kind_of_token_opens_only_its_own_kind(business: Business) -> None:
    preference = await business.make_preference()
    invoice_token = await business.share(await business.make_invoice())
    portal_token = await business.share_portal(await business.make_customer())
    invoice_query = "query($token: String!) { invoice(token: $token) { number } }"
    refusals = [
        await business.stranger.refused(invoice_query, token=str(preference.token)),
        *[
            await business.stranger.refused(_READ, token=token)
            for token in (invoice_token, portal_token, str(preference.id))
        ],
    ]
    assert {refusal.code for refusal in refusals} == {"NOT_FOUND"}


# --- the limit -----------------------------------------------------------------------------------


async def test_reads_and_writes_count_against_one_limit(business: Business) -> None:
    preference = await business.make_preference()
    client, token = business.stranger, str(preference.token)
    for _ in range(15):
        await client.gql(_READ, token=token)
        await _update(client, token, documentEmails=True)
    with statements() as queries:
        read = await client.refused(_READ, token=token)
        unknown = await client.refused(_READ, token=str(uuid4()))
        written = await client.refused(_UPDATE, input={"token": token, "documentEmails": False})
    assert queries == []
    assert {read.code, unknown.code, written.code} == {"RATE_LIMITED"}
    assert 1 <= read.errors[0]["extensions"]["retryAfter"] <= 60
    assert await _switches(preference) == _ALL_ON
    assert await business.stranger.gql(_READ, token=token)


async def _spend(caller: Caller, token: str, times: int) -> None:
    for _ in range(times):
        await caller.gql(_READ, token=token)


async def _codes(caller: Caller, query: str, **variables: object) -> list[str]:
    answer = (await caller.post(query, **variables)).json()
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


async def test_each_alias_counts(business: Business) -> None:
    token = str((await business.make_preference()).token)
    client = business.stranger
    await _spend(client, token, 25)
    aliases = " ".join(f"a{n}: preferences(token: $token) {{ email }}" for n in range(8))
    codes = await _codes(client, f"query($token: String!) {{ {aliases} }}", token=token)
    assert codes == ["RATE_LIMITED"] * 3


async def test_over_the_limit_an_alias_changes_nothing(business: Business) -> None:
    preference = await business.make_preference()
    client, token = business.stranger, str(preference.token)
    await _spend(client, token, 29)
    query = (
        "mutation($first: UpdatePreferencesInput!, $second: UpdatePreferencesInput!)"
        " { a: updatePreferences(input: $first) { email }"
        " b: updatePreferences(input: $second) { email } }"
    )
    codes = await _codes(
        client,
        query,
        first={"token": token, "documentEmails": False},
        second={"token": token, "marketingEmails": False},
    )
    assert codes == ["RATE_LIMITED"]
    assert await _switches(preference) == _ALL_ON | {"documentEmails": False}
