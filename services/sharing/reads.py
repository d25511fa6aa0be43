"""Read receipts: what the page of an invoice, or a front end, reports about its reader.

A report is about the latest view of the invoice from the same address and browser, so nobody can
make one for somebody else's view, and each view has each of its times once. Where that view doesn't
count because a program may have opened it, the report shows that a person did: a view is added
that counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from limits import RateLimitItem

from auth.client_info import ClientInfo
from auth.staff import Staff
from core.hit_counters import Hit
from core.rate_limits import RateLimiter
from db.statements import database_time, execute, fetch
from db.transactions import transactional
from errors import NotFound, RateLimited
from models import (
    Invoice,
    InvoiceChange,
    ReaderAction,
    SubjectType,
    ViewSource,
    WebhookEvent,
)
from services.common.webhook_events import Subject, publish
from services.ledger.invoice_events import record_event
from services.sharing.automation.detection import is_automated
from services.sharing.automation.suspicion import is_gateway
from services.sharing.link_targets import LinkTarget
from services.sharing.new_views import NewView
from services.sharing.tokens import TokenLookup
from services.sharing.view_rows import lock_live, write_live

_MAX_VIEWS: Final = 500
"""The latest views of the invoice among which the reader's is looked for."""
_TIMES: Final = ", ".join(action.column for action in ReaderAction)
_LATEST: Final = (
    f"SELECT id, source, automated, {_TIMES} FROM (SELECT * FROM invoice_view"
    f" WHERE invoice_id = $1 ORDER BY sequence DESC LIMIT {_MAX_VIEWS}) AS latest"
    " WHERE COALESCE(ip, '') = $2 AND COALESCE(user_agent, '') = $3"
    " ORDER BY sequence DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Reads:
    """Records what readers of shared invoices do."""

    tokens: TokenLookup
    rate_limiter: RateLimiter
    per_ip: RateLimitItem
    per_token: RateLimitItem

    async def report(
        self,
        token: str,
        client_info: ClientInfo,
        *,
        number: str | None,
        action: ReaderAction,
        staff: Staff | None,
    ) -> bool:
        """Record what the reader of the invoice behind a link does.

        Returns False, and writes nothing, over a rate limit, for the company's own people, for
        programs, if that client hasn't viewed the invoice, and if it was recorded already. Raises
        NotFound and RateLimited as `TokenLookup` does.
        """
        link = await self.tokens.find_target(token, client_info, number)
        if staff is not None and staff.is_person and staff.company_id == link.company_id:
            return False
        if is_automated(client_info, reported_by_client=True):
            return False
        try:
            await self.rate_limiter.hit_all(
                Hit(rate=self.per_ip, key=("reads", action, client_info.rate_limit_key)),
                Hit(rate=self.per_token, key=("reads", action, str(link.invoice_id))),
            )
        except RateLimited:
            return False
        return await _record(link, client_info, action)


@transactional
async def _record(link: LinkTarget, client_info: ClientInfo, action: ReaderAction) -> bool:
    view = NewView(
        invoice_id=link.invoice_id,
        company_id=link.company_id,
        token=link.token,
        source=ViewSource.LINK,
        ip=client_info.ip,
        user_agent=client_info.user_agent,
        automated=False,
        portal_customer_id=link.portal_customer_id,
    )
    if not await lock_live([view]):
        raise NotFound
    latest = await _latest_view(view)
    if latest is None or latest[action.column] is not None:
        return False
    if not latest["automated"]:
        await _mark(view.invoice_id, latest["id"], action, is_new=latest["read_at"] is None)
        return True
    if action is ReaderAction.READ and is_gateway(client_info.ip):
        return False  # A scanner can look at a page for a while, too.
    view = replace(view, source=ViewSource(latest["source"]))
    await write_live([view])
    await _mark(view.invoice_id, view.id, action, is_new=True)
    return True


async def _latest_view(view: NewView) -> Mapping[str, Any] | None:
    rows = await fetch(_LATEST, view.invoice_id, view.ip or "", view.user_agent)
    return rows[0] if rows else None


async def _mark(invoice_id: UUID, view_id: int, action: ReaderAction, *, is_new: bool) -> None:
    """Store the time of an action. Whoever does something has read the invoice: `is_new` if so."""
    now = await database_time()
    columns = {ReaderAction.READ.column, action.column}
    times = ", ".join(f"{column} = COALESCE({column}, $1)" for column in sorted(columns))
    await execute(f"UPDATE invoice_view SET {times} WHERE id = $2", now, view_id)
    changes = [action]
    if is_new:
        await execute(
            "UPDATE invoice SET read_count = read_count + 1,"
            " first_read_at = COALESCE(first_read_at, $1) WHERE id = $2",
            now,
            invoice_id,
        )
        changes = list(dict.fromkeys([ReaderAction.READ, action]))
    invoice = await Invoice.get(id=invoice_id)
    for change in changes:
        await record_event(invoice, InvoiceChange(change))
    if is_new:
        publish(
            invoice.company_id,
            WebhookEvent.INVOICE_READ,
            Subject(SubjectType.INVOICE_VIEW, view_id),
        )
