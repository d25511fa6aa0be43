"""Companies that the operator disables: nothing of them works, until they are enabled."""

import pytest

from db.statements import database_time
from errors import BadInput, NotFound
from models import AuditEntry, Company, DeliveryState, EmailDelivery, MailKind, Plan
from services.administration import companies
from tests.support.clients import Business, eventually
from tests.support.subscribers import following

_ME = "{ company { name } }"


async def _audit(business: Business) -> list[tuple[str, str, str | None]]:
    rows = await AuditEntry.filter(company_id=business.company_id, actor="Operator").order_by("at")
    return [(row.action.value, row.subject, row.detail) for row in rows]


async def test_a_disabled_company_is_closed_until_it_is_enabled(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    assert await business.stranger.record_view(token)
    await companies.disable(str(business.company_id))
    await companies.disable(str(business.company_id))
    assert (await business.refused(_ME)).code == "UNAUTHENTICATED"
    assert (await business.http.get(f"/invoice/{token}")).status_code == 404
    assert (await business.http.get(f"/invoice/{token}.pdf")).status_code == 404
    query = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
    assert (await business.stranger.refused(query, input={"token": token})).code == "NOT_FOUND"
    await companies.enable(str(business.company_id))
    assert (await business.gql(_ME))["company"]["name"]
    assert (await business.http.get(f"/invoice/{token}")).status_code == 200
    assert await business.stranger.record_view(token)
    company = await Company.get(id=business.company_id)
    assert await _audit(business) == [
        ("COMPANY_DISABLED", company.name, None),
        ("COMPANY_ENABLED", company.name, None),
    ]


async def test_open_subscriptions_of_a_disabled_company_end(
    business: Business, portal_url: str
) -> None:
    assert business.secret
    async with following(portal_url, business.secret) as dashboard:
        token = await business.share(await business.make_invoice())
        assert await business.stranger.record_view(token)
        await dashboard.until(1)
        await companies.disable(str(business.company_id))
        await dashboard.until_ended()
        assert [error["extensions"]["code"] for error in dashboard.errors] == ["UNAUTHENTICATED"]


async def test_nobody_of_a_disabled_company_signs_in(business: Business) -> None:
    sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    fields = {"email": business.email, "password": "correct horse battery staple"}
    assert await business.stranger.gql(sign_in, input=fields)
    await companies.disable(str(business.company_id))
    assert (await business.stranger.refused(sign_in, input=fields)).code == "UNAUTHENTICATED"


async def _queue_notice(business: Business) -> EmailDelivery:
    return await EmailDelivery.create(
        company_id=business.company_id,
        kind=MailKind.NOTICE,
        recipient=business.email,
        subject="News",
        message="There is news.",
        next_attempt_at=await database_time(),
    )


async def _is_sent(delivery: EmailDelivery) -> bool:
    return (await EmailDelivery.get(id=delivery.id)).status is DeliveryState.SENT


async def test_e_mails_of_a_disabled_company_wait(business: Business, rival: Business) -> None:
    await companies.disable(str(business.company_id))
    first, second = await _queue_notice(business), await _queue_notice(rival)
    await eventually(lambda: _is_sent(second))
    assert (await EmailDelivery.get(id=first.id)).attempts == 0
    await companies.enable(str(business.company_id))
    await eventually(lambda: _is_sent(first))


async def test_plans_are_changed_and_noted(business: Business) -> None:
    before = (await Company.get(id=business.company_id)).plan
    other = Plan.FREE if before is Plan.PRO else Plan.PRO
    for _ in range(2):
        assert (await companies.set_plan(str(business.company_id), other)).plan is other
    name = (await Company.get(id=business.company_id)).name
    assert await _audit(business) == [("COMPANY_UPDATED", name, f"Plan: {before} → {other}")]


@pytest.mark.usefixtures("business")
async def test_unknown_companies_are_refused() -> None:
    with pytest.raises(BadInput):
        await companies.disable("Acme")
    with pytest.raises(NotFound):
        await companies.disable("00000000-0000-4000-8000-000000000000")


async def test_companies_are_listed_over_several_pages(
    business: Business, rival: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.administration.listings._PAGE_SIZE", 1)
    rows = [row async for row in companies.list_companies()]
    ids = [str(row["id"]) for row in rows]
    assert len(set(ids)) == len(ids) == await Company.all().count()
    assert {str(business.company_id), str(rival.company_id)} <= set(ids)
    assert {row["users"] for row in rows if str(row["id"]) == str(business.company_id)} == {1}
