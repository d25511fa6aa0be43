"""How many e-mails a company may send in a day."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from auth.staff import Staff, authenticate
from errors import BadInput, RateLimited
from models import Company, EmailDelivery, Plan
from models.companies import today_of
from services.email import emails
from services.email.announcements import send_announcement
from services.email.daily_limits import DailyLimits
from services.email.emails import EmailOptions
from tests.support.clients import Business

_TO = EmailOptions(to="ada@example.com")


@pytest.fixture
async def staff(business: Business) -> Staff:
    return await authenticate(f"Bearer {business.secret}")


async def test_what_is_over_the_days_limit_is_refused_before_anything_is_done(
    business: Business, staff: Staff
) -> None:
    limits = DailyLimits(free=1, pro=1)
    first, second = await business.make_invoice(), await business.make_invoice()
    await emails.send_invoice(staff, first, _TO, limits=limits)
    with pytest.raises(RateLimited, match="1 e-mails a day") as refused:
        await emails.send_invoice(staff, second, _TO, limits=limits)
    assert 0 < (refused.value.retry_after or 0) <= timedelta(days=1).total_seconds()
    query = "query($id: ID!) { company { invoice(id: $id) { shareUrl } } }"
    assert (await business.gql(query, id=second))["company"]["invoice"]["shareUrl"] is None
    assert await EmailDelivery.filter(invoice_id=second).count() == 0


async def test_concurrent_requests_can_not_exceed_the_limit(
    business: Business, staff: Staff
) -> None:
    invoices = [await business.make_invoice() for _ in range(6)]
    sent = await asyncio.gather(
        *(
            emails.send_invoice(staff, id_, _TO, limits=DailyLimits(free=2, pro=2))
            for id_ in invoices
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, RateLimited) for each in sent) == 4
    assert await EmailDelivery.filter(company_id=staff.company_id).count() == 2


async def test_copies_and_announcements_count_and_what_is_skipped_does_not(
    business: Business, staff: Staff
) -> None:
    limits = DailyLimits(free=3, pro=3)
    copied = await business.make_customer(ccEmails=["bob@example.com"])
    await emails.send_invoice(
        staff, await business.make_invoice(customerId=copied), EmailOptions(), limits=limits
    )
    customers = [await business.make_customer(email=f"c{n}@example.com") for n in range(4)]
    with pytest.raises(RateLimited):
        await send_announcement(staff, customers[:2], "News", "Some.", limits=limits)
    with pytest.raises(BadInput, match="4") as refused:
        await send_announcement(staff, customers, "News", "Some.", limits=limits)
    assert refused.value.field == "customerIds"
    await send_announcement(staff, customers[:1], "News", "Some.", limits=limits)
    assert await limits.quota_of(await _company(staff)).used() == 3


async def test_a_new_day_begins_where_the_company_is(business: Business, staff: Staff) -> None:
    limits = DailyLimits(free=1, pro=1)
    await emails.send_invoice(staff, await business.make_invoice(), _TO, limits=limits)
    await Company.filter(id=staff.company_id).update(time_zone="Pacific/Kiritimati")
    company = await _company(staff)
    midnight = datetime.combine(today_of(company), datetime.min.time()).replace(tzinfo=UTC)
    midnight -= timedelta(hours=14)  # Kiritimati is at UTC+14
    sent = EmailDelivery.filter(company_id=company.id)
    for moment, used in ((midnight, 1), (midnight - timedelta(seconds=1), 0)):
        await sent.update(created_at=moment)
        assert await limits.quota_of(company).used() == used


async def test_each_plan_has_its_limit_and_the_api_shows_it(business: Business) -> None:
    query = "{ company { emailsToday { sent limit } } }"
    await business.mutate(
        "sendInvoice",
        "SendInvoiceInput",
        "{ status }",
        invoiceId=await business.make_invoice(),
        to="ada@example.com",
    )
    today = (await business.gql(query))["company"]["emailsToday"]
    assert today == {"sent": 1, "limit": 10_000}
    await Company.filter(id=business.company_id).update(plan=Plan.PRO)
    today = (await business.gql(query))["company"]["emailsToday"]
    assert today == {"sent": 1, "limit": 2_000}


async def test_refusal_has_a_code_and_says_when_to_send_the_rest(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("context.daily_limits_of", lambda _: DailyLimits(free=1, pro=1))
    send = "mutation($input: SendInvoiceInput!) { sendInvoice(input: $input) { status } }"
    ids = [await business.make_invoice() for _ in range(2)]
    await business.gql(send, input={"invoiceId": ids[0], "to": "ada@example.com"})
    refusal = await business.refused(send, input={"invoiceId": ids[1], "to": "ada@example.com"})
    assert refusal.code == "RATE_LIMITED"
    assert 0 < refusal.errors[0]["extensions"]["retryAfter"] <= 86_400


async def _company(staff: Staff) -> Company:
    return await Company.get(id=UUID(str(staff.company_id)))
