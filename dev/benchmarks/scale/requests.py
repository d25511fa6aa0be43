"""The requests that are measured, by what they ask of whom."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Final
from uuid import uuid4

import httpx

from db.statements import execute, fetch
from dev.benchmarks.scale.samples import Samples, Tenant
from models.companies import today_in
from services.administration.retention import Retention, apply_retention
from services.checkout import expiry_worker, refund_worker
from services.email import delivery_queue as email_queue
from services.email.next_reminders import plan_reminders
from services.email.reminders import due_reminders
from services.ledger.comparison import compare_changes, compare_everything
from services.webhooks import delivery_queue as webhook_queue
from tests.support.clients import Caller, new_ip

Work = Callable[[], Awaitable[object]]

_CONNECTION: Final = "edges { node { id } } pageInfo { hasNextPage }"
_PAGES: Final = {
    "home": "",
    "follow-ups": "/follow-ups",
    "activity": "/activity",
    "questions": "/questions",
    "invoices": "/invoices",
    "invoices, paid": "/invoices?status=paid",
    "invoices, overdue": "/invoices?status=overdue",
    "invoices, not shared": "/invoices?shared=no",
    "invoices, draft and shared": "/invoices?status=draft&shared=yes",
    "invoices, one subject": "/invoices?q=zoology",
    "invoices, one number": "/invoices?q=INV-00000100",
    "invoices, nothing found": "/invoices?q=zzzznothing",
    "invoices, a name": "/invoices?q=Lovelace",
    "invoices, common word": "/invoices?q=part",
    "invoices by total": "/invoices?order=TOTAL_DESC",
    "invoices by due date": "/invoices?order=DUE_DATE",
    "invoices, common word by total": "/invoices?q=part&order=TOTAL_DESC",
    "invoices in a currency": "/invoices?currency=USD",
    "customers": "/customers",
    "customers, nothing found": "/customers?q=zzzznothing",
    "customers, a name": "/customers?q=Lovelace",
    "quotes": "/quotes",
    "quotes, nothing found": "/quotes?q=zzzznothing",
    "credit notes": "/credit-notes",
    "credit notes, nothing found": "/credit-notes?q=zzzznothing",
    "audit log": "/settings/log",
    "audit log, one action": "/settings/log?what=CUSTOMER_ERASED",
    "payments": "/settings/payments",
    "users": "/settings/users",
    "keys": "/settings/keys",
    "webhooks": "/settings/webhooks",
}
"""Pages of the dashboard that a company has."""
_LISTS: Final = {
    "invoices": "invoices",
    "paid invoices": "invoices(status: PAID)",
    "shared drafts": "invoices(status: DRAFT, shared: true)",
    "customers": "customers",
    "quotes": "quotes",
    "credit notes": "creditNotes",
    "e-mails": "emailDeliveries",
    "failed e-mails": "emailDeliveries(state: FAILED)",
    "audit log": "auditEntries",
    "Stripe events": "stripeEvents(statuses: [APPLIED, IGNORED])",
    "views": "views",
}
"""Lists of the API that a company has."""
_DIFFERENT: Final = 20
"""Invoices of which each request is about another one."""
_FOREVER: Final = 10_000
"""Days."""
_LONG_AGO: Final = date(2000, 1, 1)
_INVOICES_OF_WHALE: Final = """
    SELECT customer.id, portal_token, number FROM customer
    JOIN invoice ON invoice.customer_id = customer.id
    WHERE customer.company_id = $1 AND customer.email = 'client-0@customer.example'
    AND number IS NOT NULL ORDER BY invoice.created_at DESC LIMIT $2
"""
_PAID_ONLINE: Final = """
    SELECT session_id, share_token FROM checkout
    JOIN checkout_share ON checkout_id = checkout.id JOIN invoice ON invoice.id = invoice_id
    WHERE checkout.company_id = $1 AND checkout.status = 'PAID' AND share_token IS NOT NULL
    LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Requests:
    """What is measured on a loaded database."""

    http: httpx.AsyncClient
    samples: Samples

    async def all(self) -> dict[str, Work]:
        """Return all requests by their names."""
        return {
            **self._of_company("big", self.samples.big),
            **self._of_company("small", self.samples.small),
            **await self._of_whale(),
            **self._of_hot_invoice(),
            **await self._of_strangers(),
            **self._of_work(),
        }

    def _of_company(self, size: str, tenant: Tenant) -> dict[str, Work]:
        return {
            **{f"{size}: page: {name}": self._page(tenant, path) for name, path in _PAGES.items()},
            **{
                f"{size}: API: {name}": self._query(tenant, f"{field} {{ {_CONNECTION} }}")
                for name, field in _LISTS.items()
            },
            **{
                f"{size}: API: count of {name}": self._query(tenant, f"{field} {{ totalCount }}")
                for name, field in _LISTS.items()
            },
            f"{size}: API: overview": self._query(
                tenant, "overview { openCount overdueCount followUps { reason } }"
            ),
            f"{size}: API: timeline": self._query(tenant, "timeline { pageInfo { hasNextPage } }"),
            f"{size}: file: invoices": self._get(tenant, "/invoices.csv?q=zzzznothing"),
        }

    async def _of_whale(self) -> dict[str, Work]:
        rows = await fetch(_INVOICES_OF_WHALE, self.samples.big.id, _DIFFERENT)
        big, id_, token = self.samples.big, rows[0]["id"], str(rows[0]["portal_token"])
        numbers = [row["number"] for row in rows]
        statement = f"/portal/{token}/statement"
        month_ago, day = (today_in("UTC") - timedelta(days=days) for days in (30, 500))
        client = Caller(self.http)
        portal = "query($token: String!) { portal(token: $token) { %s } }"
        queries = {
            "portal": "balances { outstanding { amount } } isOverdue"
            " invoices { edges { node { number } } }",
            "count of invoices": "invoices { totalCount }",
            "search": 'invoices(search: "zzzz") { edges { node { number } } }',
            "invoice": f'invoice(number: "{numbers[0]}") {{ number }}',
            "statement of a month": f'statement(from: "{month_ago}") {{ balances {{ currency }} }}',
        }
        return {
            "whale: page: customer": self._page(big, f"/customers/{id_}"),
            "whale: page: timeline": self._page(big, f"/customers/{id_}/timeline"),
            "whale: page: invoices": self._page(big, f"/invoices?customer={id_}"),
            "whale: page: portal": self._visit(f"/portal/{token}"),
            "whale: page: portal, search": self._visit(f"/portal/{token}?q=zzzznothing"),
            "whale: page: portal, one invoice": _each(
                [self._visit(f"/portal/{token}/{number}") for number in numbers]
            ),
            "whale: page: statement of a month": self._visit(f"{statement}?from={month_ago}"),
            "whale: page: statement of a day": self._visit(f"{statement}?from={day}&to={day}"),
            **{
                f"whale: API: {name}": _bind(client, portal % query, token=token)
                for name, query in queries.items()
            },
        }

    def _of_hot_invoice(self) -> dict[str, Work]:
        big, id_, token = self.samples.big, self.samples.invoice_id, self.samples.token
        return {
            "hot: page: invoice": self._page(big, f"/invoices/{id_}"),
            "hot: page: sharing": self._page(big, f"/invoices/{id_}/share"),
            "hot: page: timeline": self._page(big, f"/invoices/{id_}/timeline"),
            **{
                f"hot: API: {name}": self._query(big, f'invoice(id: "{id_}") {{ {query} }}')
                for name, query in {
                    "views": "views { edges { node { id } } } viewStats { viewCount }",
                    "count of views": "views { totalCount }",
                    "count of all views": "views(includeAutomated: true) { totalCount }",
                    "views per day": "viewsPerDay { day viewCount }",
                }.items()
            },
            "hot: page: client's": self._visit(f"/invoice/{token}"),
        }

    async def _of_strangers(self) -> dict[str, Work]:
        paid = await fetch(_PAID_ONLINE, self.samples.big.id, _DIFFERENT)
        status = (
            "query($token: String!, $id: String!)"
            " { checkoutStatus(token: $token, sessionId: $id) { status } }"
        )
        [preference] = await fetch("SELECT token FROM email_preference ORDER BY id LIMIT 1")
        tokens = [str(row["share_token"]) for row in paid]
        return {
            "client: page: invoice": _each([self._visit(f"/invoice/{token}") for token in tokens]),
            "client: API: checkoutStatus": _bind(
                Caller(self.http), status, token=tokens[0], id=paid[0]["session_id"]
            ),
            "client: page: preferences": self._visit(f"/preferences/{preference['token']}"),
            "client: page: unknown link": self._visit(f"/invoice/{uuid4()}", 404),
            "client: API: recordView": self._record_view,
        }

    def _of_work(self) -> dict[str, Work]:
        kept = Retention(views=_FOREVER, emails=_FOREVER, events=_FOREVER)
        return {
            "work: lease of an e-mail": email_queue.lease_next,
            "work: abandoned e-mails": email_queue.fail_abandoned,
            "work: waiting e-mails": email_queue.backlogs,
            "work: lease of a webhook": lambda: webhook_queue.lease_next(slow=False),
            "work: old webhook deliveries": webhook_queue.delete_old,
            "work: waiting webhooks": webhook_queue.backlog,
            "work: waiting checkouts": expiry_worker.backlog,
            "work: waiting refunds": refund_worker.backlog,
            "work: reconcile, nothing changed": self._reconcile,
            "work: reconcile, 1,000 events and opens": self._reconcile_some,
            "work: reconcile, everything": lambda: _exhaust(compare_everything()),
            "work: retention, nothing old": lambda: apply_retention(kept),
            "work: remind, other days chosen": self._plan_anew,
            "work: remind, nothing due": lambda: _exhaust(due_reminders(_LONG_AGO, plan=True)),
            "work: remind, those of a day": lambda: _exhaust(due_reminders(plan=True)),
        }

    async def _reconcile(self) -> None:
        await _exhaust(compare_changes(datetime.now(UTC)))

    async def _reconcile_some(self) -> None:
        await execute(
            "UPDATE company_upkeep SET reconciled_updates = reconciled_updates - 1000,"
            " reconciled_views = reconciled_views - 1000 WHERE company_id = $1",
            self.samples.big.id,
        )
        await self._reconcile()

    async def _plan_anew(self) -> None:
        await execute("UPDATE company_upkeep SET planned_reminder_days = NULL")
        await plan_reminders()

    async def _record_view(self) -> None:
        query = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
        await Caller(self.http).gql(query, input={"token": self.samples.token})

    def _page(self, tenant: Tenant, path: str) -> Work:
        return self._get(tenant, f"/dashboard{path}")

    def _get(self, tenant: Tenant, path: str) -> Work:
        headers = {"cookie": f"invotify={tenant.session}", "x-forwarded-for": new_ip()}

        async def get() -> None:
            answer = await self.http.get(path, headers=headers)
            assert answer.status_code == 200, (path, answer.status_code, answer.headers)

        return get

    def _visit(self, path: str, status: int = 200) -> Work:
        async def visit() -> None:
            answer = await self.http.get(path, headers={"x-forwarded-for": new_ip()})
            assert answer.status_code == status, (path, answer.status_code)

        return visit

    def _query(self, tenant: Tenant, selection: str) -> Work:
        return _bind(Caller(self.http, tenant.api_key), f"{{ company {{ {selection} }} }}")


def _bind(caller: Caller, query: str, **variables: object) -> Work:
    return lambda: caller.gql(query, **variables)


def _each(works: Sequence[Work]) -> Work:
    """Return work that is another one each time, because the portal remembers the last ones."""
    following = cycle(works)

    async def work() -> None:
        await next(following)()

    return work


async def _exhaust(items: AsyncIterator[object]) -> None:
    async for _ in items:
        pass
