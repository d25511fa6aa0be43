"""Companies, as operators see them: their plans, and whether they may be used."""

from collections.abc import AsyncIterator

from tortoise.queryset import QuerySet

from db.statements import database_time, execute
from db.transactions import transactional
from errors import NotFound
from models import AuditAction, Company, Plan
from services.administration.listings import Row, operator, parse_id, rows_of
from services.common import audit_log


def list_companies() -> AsyncIterator[Row]:
    """Yield all companies, by id."""
    return rows_of(
        "SELECT id, name, plan, currency, time_zone, email, stripe_account, created_at,"
        " disabled_at, (SELECT count(*) FROM staff_user WHERE company_id = company.id) AS users"
        " FROM company WHERE id > $1"
    )


@transactional
async def set_plan(company_id: str, plan: Plan) -> Company:
    """Change a company's plan. Raises NotFound."""
    company = await lock_company(company_id)
    if company.plan is not plan:
        detail = f"Plan: {company.plan} → {plan}"
        company.plan = plan
        await company.save(update_fields=["plan"])
        await audit_log.note(
            operator(company.id),
            AuditAction.COMPANY_UPDATED,
            company.id,
            company.name,
            detail=detail,
        )
    return company


@transactional
async def disable(company_id: str) -> Company:
    """Keep a company's users, API keys and links from working, until it is enabled again.

    Open subscriptions end within seconds. E-mails and webhooks wait. What Stripe reports is still
    booked. Raises NotFound.
    """
    company = await lock_company(company_id)
    if company.disabled_at is None:
        company.disabled_at = await database_time()
        await company.save(update_fields=["disabled_at"])
        await audit_log.note(
            operator(company.id), AuditAction.COMPANY_DISABLED, company.id, company.name
        )
        # Hubs ask again whether their followers may stay. The feed is the last row to lock.
        await execute(
            "UPDATE view_feed SET credentials_changed = credentials_changed + 1"
            " WHERE company_id = $1",
            company.id,
        )
    return company


@transactional
async def enable(company_id: str) -> Company:
    """Let a disabled company be used as before. Raises NotFound."""
    company = await lock_company(company_id)
    if company.disabled_at is not None:
        company.disabled_at = None
        await company.save(update_fields=["disabled_at"])
        await audit_log.note(
            operator(company.id), AuditAction.COMPANY_ENABLED, company.id, company.name
        )
    return company


async def find_company(company_id: str) -> Company:
    """Return a company. Raises NotFound."""
    return await _get(Company.all(), company_id)


async def lock_company(company_id: str) -> Company:
    """Return a company, locked until the transaction ends. Raises NotFound."""
    return await _get(Company.select_for_update(no_key=True), company_id)


async def _get(companies: QuerySet[Company], company_id: str) -> Company:
    company = await companies.get_or_none(id=parse_id(company_id, "company"))
    if company is None:
        raise NotFound("There is no company with this id.")
    return company
