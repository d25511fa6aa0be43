"""Retention: what is old goes, and counts, order and cursors stay."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from auth.client_info import network_of
from db.statements import execute
from errors import BadInput
from models import (
    Company,
    Credential,
    CredentialKind,
    EmailDelivery,
    Invoice,
    InvoiceView,
    InvoiceViewer,
    MailKind,
    Question,
    User,
)
from services.administration import retention
from services.administration.retention import Retention, apply_retention
from services.email.reminders import DueReminders, due_reminders, queue_reminders
from services.sharing.user_agents import device_name
from tests.conftest import Backend
from tests.services.email.test_reminders import make_overdue
from tests.support.clients import BROWSER, EMAIL_LIMITS, Business, Caller
from tests.support.killed import killed

_DAYS = Retention(views=365, emails=730, events=90)


async def _open(business: Business, token: str, ip: str, days_ago: int) -> None:
    assert await Caller(business.http, ip=ip).record_view(token)
    view = await InvoiceView.filter(company_id=business.company_id).order_by("-sequence").first()
    assert view is not None
    view.viewed_at = datetime.now(UTC) - timedelta(days=days_ago)
    await view.save(update_fields=["viewed_at"])


async def _views(business: Business) -> list[tuple[str | None, str | None]]:
    rows = await InvoiceView.filter(company_id=business.company_id).order_by("sequence")
    return [(row.ip, row.user_agent) for row in rows]


async def _due(business: Business) -> list[DueReminders]:
    return [due async for due in due_reminders() if due.company.id == business.company_id]


async def test_old_views_are_shortened_and_still_count(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH_SIZE", 2)
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    for ip, days in (("100.64.1.1", 500), ("100.64.1.2", 400), ("100.64.1.3", 370)):
        await _open(business, token, ip, days)
    await _open(business, token, "100.64.1.2", 10)
    for _ in range(2):
        await apply_retention(_DAYS)
    assert await _views(business) == [
        ("100.64.1.0/24", "Firefox on Linux"),
        ("100.64.1.0/24", "Firefox on Linux"),
        ("100.64.1.0/24", "Firefox on Linux"),
        ("100.64.1.2", BROWSER),
    ]
    invoice = await Invoice.get(id=invoice_id)
    assert (invoice.view_count, invoice.unique_ips) == (4, 3)
    # Its address is still known, so it isn't counted again.
    await _open(business, token, "100.64.1.2", 0)
    await invoice.refresh_from_db()
    assert (invoice.view_count, invoice.unique_ips) == (5, 3)
    viewers = await InvoiceViewer.filter(invoice_id=invoice_id)
    assert [viewer.ip for viewer in viewers] == ["100.64.1.2"]


async def test_an_address_is_looked_for_among_the_next_views(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_NEXT_VIEWS", 2)
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    for number, days in ((1, 400), (2, 400), (3, 10), (1, 9), (2, 8)):
        await _open(business, token, f"100.64.3.{number}", days)
    await apply_retention(_DAYS)
    viewers = await InvoiceViewer.filter(invoice_id=invoice_id)
    assert {viewer.ip for viewer in viewers} == {"100.64.3.1", "100.64.3.3"}


async def test_a_company_chooses_how_long_views_are_kept(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    await _open(business, token, "100.64.2.1", 8)
    asked = await business.stranger.gql(
        "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }",
        input={"token": token, "name": "Ada", "text": "Why?"},
    )
    assert asked["askQuestion"]["asked"]
    questions = Question.filter(company_id=business.company_id)
    await questions.update(asked_at=datetime.now(UTC) - timedelta(days=8))
    await apply_retention(_DAYS)
    assert (await questions.get()).ip is not None
    assert await _views(business) == [("100.64.2.1", BROWSER)]
    await retention.set_view_retention(str(business.company_id), 7)
    await apply_retention(_DAYS)
    assert await _views(business) == [("100.64.2.0/24", "Firefox on Linux")]
    assert (await questions.get()).ip is None
    with pytest.raises(BadInput):
        await retention.set_view_retention(str(business.company_id), 0)
    assert (await Company.get(id=business.company_id)).view_retention_days == 7


async def _make_email(business: Business, days_ago: int) -> None:
    row = await EmailDelivery.create(
        company_id=business.company_id,
        kind=MailKind.NOTICE,
        recipient="a@example.com",
        subject=f"{days_ago} days",
        status="SKIPPED",
    )
    at = datetime.now(UTC) - timedelta(days=days_ago)
    await execute("UPDATE email_delivery SET created_at = $1 WHERE id = $2", at, row.id)


async def test_old_e_mails_and_sessions_are_deleted(business: Business) -> None:
    ages = {1: True, 729: True, 731: False}
    for days in ages:
        await _make_email(business, days)
    key = await Credential.get(company_id=business.company_id)
    for days in (89, 91):
        await Credential.create(
            company_id=business.company_id,
            user=await User.get(company_id=business.company_id),
            kind=CredentialKind.SESSION,
            name=f"{days} days",
            secret_hash=f"{days:064}",
            expires_at=datetime.now(UTC) - timedelta(days=days),
        )
    await apply_retention(_DAYS)
    kept = {row.subject for row in await EmailDelivery.filter(company_id=business.company_id)}
    assert kept == {f"{days} days" for days, stays in ages.items() if stays}
    names = {row.name for row in await Credential.filter(company_id=business.company_id)}
    assert names == {key.name, "89 days"}


async def test_reminders_stay_until_they_can_not_be_due_again(business: Business) -> None:
    await Company.filter(id=business.company_id).update(reminder_days="7")
    invoice_id = await make_overdue(business, "late@example.com", 60)
    [due] = await _due(business)
    await queue_reminders(due, limits=EMAIL_LIMITS)
    sent = EmailDelivery.filter(invoice_id=invoice_id)
    long_ago = datetime.now(UTC) - timedelta(days=53)
    await sent.update(created_at=long_ago, status="SKIPPED", next_attempt_at=None, sent_at=None)
    await apply_retention(Retention(views=365, emails=30, events=90))
    assert await _due(business) == []


async def test_follow_ups_count_networks_of_views_that_are_shortened(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    for network in range(3):
        await _open(business, token, f"100.{70 + network}.1.1", 3 - network)
    await apply_retention(Retention(views=1, emails=730, events=90))
    data = await business.gql("{ company { overview { followUps { reason networks } } } }")
    assert data["company"]["overview"]["followUps"] == [{"reason": "FORWARDED", "networks": 3}]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("2001:db8:1::/48", "2001:db8:1::/48"),
    ],
)
def test_a_network_is_kept_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("user_agent", [BROWSER, "curl/8.1", "", "Mozilla/5.0 (iPhone) Safari/600"])
def test_the_name_of_a_browser_keeps_its_name(user_agent: str) -> None:
    assert device_name(device_name(user_agent)) == device_name(user_agent)


_DIE_AT_A_STATEMENT: Final = """
from itertools import count
from services.administration import retention
from tests.services.administration.test_retention import _DAYS

execute, calls = retention.execute, count(1)

async def main(company_id, number):
    async def execute_and_die(sql, *values):
        changed = await execute(sql, *values)
        if company_id in map(str, values) and next(calls) == int(number):
            die()
        return changed

    retention.execute = execute_and_die
    retention._BATCH_SIZE = 2
    await retention.apply_retention(_DAYS)
"""


@pytest.mark.parametrize(
    ("statement", "views", "emails"),
    [
        (1, 0, 3),  # in the transaction that shortens the first two views
        (2, 2, 3),  # in the next one
        (4, 3, 1),  # between two statements that delete e-mails
    ],
)
async def test_a_killed_run_is_finished_by_the_next_one(
    backend: Backend, business: Business, statement: int, views: int, emails: int
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    network = f"100.64.{100 + statement}"  # views are limited by address
    for number in range(3):
        await _open(business, token, f"{network}.{number}", 400)
        await _make_email(business, days_ago=800)
    await _open(business, token, f"{network}.2", 10)
    shortened = InvoiceView.filter(company_id=business.company_id, ip=f"{network}.0/24")
    deliveries = EmailDelivery.filter(company_id=business.company_id)

    await killed(backend, _DIE_AT_A_STATEMENT, str(business.company_id), str(statement))
    assert (await shortened.count(), await deliveries.count()) == (views, emails)
    for _ in range(2):
        await apply_retention(_DAYS)
    assert (await shortened.count(), await deliveries.count()) == (3, 0)

    # The address that is still known isn't counted again, those that were forgotten are.
    for number in (2, 0):
        await _open(business, token, f"{network}.{number}", 0)
    invoice = await Invoice.get(id=invoice_id)
    assert (invoice.view_count, invoice.unique_ips) == (6, 4)
    viewers = await InvoiceViewer.filter(invoice_id=invoice_id).order_by("ip")
    assert [viewer.ip for viewer in viewers] == [f"{network}.0", f"{network}.2"]
