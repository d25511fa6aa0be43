"""A customer's portal: the account, and pages of the invoices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from uuid import UUID

from db.compiled_queries import Record
from models import Customer, Invoice
from models.companies import today_in, today_of
from services.common.pagination import Page
from services.sharing.accounts import AccountSummary, load_account
from services.sharing.portal_finder import (
    PORTAL,
    DocumentCounts,
    InvoicesRequest,
    PortalFinder,
    Wanted,
)


@dataclass(frozen=True)
class OpenPortal:
    """A customer's portal, with what was loaded together with the customer."""

    customer: Customer
    """The customer, who comes with its company."""
    account: AccountSummary | None = None
    request: InvoicesRequest | None = None
    invoices: Page[Invoice] | None = None
    """The page of the request."""
    counts: DocumentCounts | None = None
    """The numbers of other documents, where they were asked for."""

    @property
    def company_id(self) -> UUID:
        """The id of the customer's company."""
        return self.customer.company_id

    @cached_property
    def today(self) -> date:
        """The current date where the company is."""
        return today_of(self.customer.company)

    @property
    def loaded_account(self) -> AccountSummary:
        """The account, where it was asked for."""
        assert self.account is not None
        return self.account

    def loaded(self, request: InvoicesRequest) -> Page[Invoice] | None:
        """Return the page that is asked for, if it is loaded already."""
        return self.invoices if request == self.request else None

    async def load(self, request: InvoicesRequest) -> Page[Invoice]:
        """Return the page that is asked for, in one statement at most."""
        loaded = self.loaded(request)
        if loaded is not None:
            return loaded
        records = await request.pages.fetch(self.customer.id, request.page)
        return _page_for(self.customer, request, records)


async def open_portal(
    finder: PortalFinder,
    token: str,
    *,
    with_account: bool = False,
    request: InvoicesRequest | None = None,
    counts: bool = False,
) -> OpenPortal | None:
    """Return the portal that `token` opens, with what is asked for, or None if it opens none.

    It takes one statement on PostgreSQL, which it may share with others, and one turn of a thread
    on SQLite. The account takes another one while it isn't the same day at the company as in UTC.
    """
    day = today_in("UTC") if with_account else None
    found = await finder.find(token, Wanted(day, request, counts))
    if found is None:
        return None
    [customer] = PORTAL.build([found.portal])
    portal = OpenPortal(
        customer=customer,
        account=AccountSummary.of(found.sums) if day else None,
        request=request,
        invoices=_page_for(customer, request, found.invoices) if request else None,
        counts=found.counts,
    )
    if day and portal.today != day:
        return replace(portal, account=await load_account(customer))
    return portal


def _page_for(
    customer: Customer, request: InvoicesRequest, records: Sequence[Record]
) -> Page[Invoice]:
    pages, company = request.pages, customer.company
    return pages.build(records, request.page, customer=customer, company=company)
