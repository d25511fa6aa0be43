"""Changing bank details: who may, who is told, and what stays on record."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4

import pytest

from auth.permissions import Permission
from models import (
    AuditEntry,
    Company,
    EmailDelivery,
    MailCategory,
    OptOutOrigin,
    User,
)
from services.email.preferences import preference_for, turn_off
from tests.support.clients import Business, Caller, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox, html_of, text_of

IBAN: Final = "DE89370400440532013000"
_FIELDS: Final = "iban bic accountHolder bankAccount"
_UPDATE: Final = f"""mutation($input: UpdateCompanyInput!) {{
    updateCompany(input: $input) {{ company {{ {_FIELDS} }} }} }}"""
_NOTHING: Final = dict.fromkeys(_FIELDS.split())


async def _update(caller: Caller, **changes: object) -> Any:
    return (await caller.gql(_UPDATE, input=changes))["updateCompany"]["company"]


async def _make_user(business: Business, *permissions: str) -> str:
    """Return the address of a new user."""
    email = f"user-{uuid4().hex}@example.com"
    await business.mutate(
        "createUser",
        "CreateUserInput",
        "{ user { id } }",
        email=email,
        name="Grace",
        permissions=list(permissions),
    )
    return email


async def _log(business: Business) -> list[AuditEntry]:
    return await AuditEntry.filter(
        company_id=business.company_id, action="BANK_DETAILS_CHANGED"
    ).order_by("at")


async def test_details_are_stored_without_spaces(business: Business) -> None:
    typed = {"iban": "de89 3704 0044 0532 0130 00", "bic": "coba de ff xxx"}
    stored = _NOTHING | {"iban": IBAN, "bic": "COBADEFFXXX"}
    assert await _update(business, **typed) == stored
    lines = "Sort code 12-34-56\nAccount 12345678"
    assert await _update(business, bankAccount=lines) == stored | {"bankAccount": lines}
    cleared = await _update(business, iban=None, bankAccount=" ")
    assert cleared == _NOTHING | {"bic": "COBADEFFXXX"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"iban": "DE89370400440532013001"}, "iban"),
        ({"bic": "COBA"}, "bic"),
        ({"accountHolder": "x" * 71}, "accountHolder"),
        ({"bankAccount": "x" * 501}, "bankAccount"),
    ],
)
async def test_refused_details_change_nothing_and_tell_nobody(
    business: Business, change: dict[str, str], field: str
) -> None:
    with pytest.raises(GraphQLFailed) as refusal:
        await _update(business, **{"iban": IBAN} | change)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert (await Company.get(id=business.company_id)).iban is None
    assert not await EmailDelivery.exists(company_id=business.company_id)


async def test_it_needs_the_permission_to_manage_the_company(business: Business) -> None:
    key = await business.make_key("VIEW_INVOICES", "MANAGE_INVOICES")
    assert (await key.refused(_UPDATE, input={"iban": IBAN})).code == "FORBIDDEN"
    assert (await Company.get(id=business.company_id)).iban is None


async def test_every_manager_gets_an_email_also_about_an_api_key(
    business: Business, mailbox: Mailbox
) -> None:
    manager = await _make_user(business, "MANAGE_COMPANY")
    clerk = await _make_user(business, "MANAGE_INVOICES")
    await _update(business, iban=IBAN)
    await _update(business, iban="CH4431999123000889012", accountHolder="Ada & Co")
    for address in (business.email, manager):
        await eventually(lambda address=address: _has(mailbox, address, 2))
        first, second = mailbox.arrived[address]
        assert second["subject"] == "The bank details of Acme Ltd have changed"
        assert "IBAN: none → DE89 … 3000" in text_of(first)
        text = text_of(second)
        assert "The API key “bootstrap” changed the bank details of Acme Ltd on " in text
        assert "IBAN: DE89 … 3000 → CH44 … 9012\nAccount holder: none → Ada & Co\n" in text
        assert IBAN not in text + html_of(second)
        assert (second["list-unsubscribe"], second["auto-submitted"]) == (None, "auto-generated")
        assert "preferences" not in text + html_of(second)
    assert clerk not in mailbox.arrived


async def _has(mailbox: Mailbox, address: str, count: int) -> bool:
    return len(mailbox.arrived[address]) >= count


async def test_a_signed_in_user_is_named_with_their_address(
    business: Business, mailbox: Mailbox
) -> None:
    query = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    credentials = {"email": business.email, "password": "correct horse battery staple"}
    session = Caller(
        business.http,
        (await business.stranger.gql(query, input=credentials))["signIn"]["token"],
    )
    await _update(session, iban=IBAN)
    await eventually(lambda: _has(mailbox, business.email, 1))
    assert f"Acme Ltd ({business.email}) changed" in text_of(mailbox.only(business.email))


async def test_nobody_can_turn_these_emails_off(business: Business, mailbox: Mailbox) -> None:
    preference = await preference_for(business.company_id, business.email, "en")
    await turn_off(preference, MailCategory, OptOutOrigin.LINK)
    await _update(business, iban=IBAN)
    await eventually(lambda: _has(mailbox, business.email, 1))


async def test_the_audit_log_has_before_and_after(business: Business) -> None:
    await _update(business, iban=IBAN, name="Ada & Co")
    await _update(business, iban=None, bankAccount="Sort code 12-34-56\nAccount 1")
    first, second = await _log(business)
    assert first.detail == "IBAN: none → DE89 3704 0044 0532 0130 00"
    assert second.detail == (
        "IBAN: DE89 3704 0044 0532 0130 00 → none\nAccount: none → Sort code 12-34-56, Account 1"
    )
    assert (second.actor, second.subject_id) == ("bootstrap", business.company_id)
    query = "{ company { auditEntries(first: 1) { edges { node { action detail } } } } }"
    [edge] = (await business.gql(query))["company"]["auditEntries"]["edges"]
    assert edge["node"] == {"action": "BANK_DETAILS_CHANGED", "detail": second.detail}


async def test_what_did_not_change_tells_nobody(business: Business) -> None:
    for _ in range(2):
        await _update(business, iban=IBAN, name="Ada & Co")
    await _update(business, iban="de89 3704 0044 0532 0130 00")
    assert len(await _log(business)) == 1
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 1


async def test_details_change_only_if_the_emails_are_queued(business: Business) -> None:
    with patch("services.company.bank_details.notify_managers", side_effect=RuntimeError):
        assert (await business.refused(_UPDATE, input={"iban": IBAN})).code == "INTERNAL"
    assert (await Company.get(id=business.company_id)).iban is None
    assert await _log(business) == []


async def test_notices_are_not_among_the_emails_to_clients(business: Business) -> None:
    await _update(business, iban=IBAN)
    query = "{ company { emailDeliveries { edges { node { id } } } } }"
    assert (await business.gql(query))["company"]["emailDeliveries"]["edges"] == []


async def test_notices_cannot_be_used_to_send_spam(business: Business) -> None:
    stranger = await _make_user(business, "MANAGE_COMPANY")
    notices = EmailDelivery.filter(company_id=business.company_id)
    for number in range(11):
        await _update(business, accountHolder=str(number))
    assert await notices.filter(recipient=stranger).count() == 10
    assert await notices.filter(recipient=business.email).count() == 10
    await notices.update(recipient="removed@example.com")
    with patch("services.common.notices._MAX_BEFORE_NEW_USERS", 20):
        await User.filter(email=business.email).update(
            created_at=datetime.now(UTC) - timedelta(days=2)
        )
        await _update(business, accountHolder="Grace")
    told = await notices.exclude(recipient="removed@example.com").values_list("recipient")
    assert told == [(business.email,)]


async def test_a_company_always_has_a_manager_to_tell(business: Business) -> None:
    managers = User.filter(
        company_id=business.company_id, permissions__contains=Permission.MANAGE_COMPANY.value
    )
    assert await managers.exists()
