"""The list of customers, a customer's page, and the links to its portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from schema.credit import CreditNote
from schema.customer import Customer
from schema.invoice import Invoice
from schema.portal import Balance
from services import listing, sharing
from services.ids import find
from services.paging import newest_first
from services.portal import Account, load_accounts
from web.dashboard.pages import Pages, address, searched_for
from web.dashboard.visit import Visit, staff_page

_PATH: Final = "/dashboard/customers"
_PAGE: Final = 25
"""Customers on a page."""
_INVOICES: Final = 20
"""Invoices on a page of a customer's."""
_NOTES: Final = 10
"""Credit notes on a page of a customer's."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stands."""

    balances: Sequence[Balance]
    is_overdue: bool

    @classmethod
    def of(cls, account: Account, language: str) -> Self:
        """Return `account` with its amounts written in `language`."""
        balances = [Balance.of(balance, language) for balance in account.balances]
        return cls(balances, account.is_overdue)


@staff_page(Permission.VIEW_INVOICES)
async def customers_page(visit: Visit) -> Response:
    """Show a page of the customers, the newest first, and how each stands."""
    query = visit.request.query_params
    text, after = searched_for(query), query.get("after")
    rows = listing.search_customers(listing.customers(visit.staff), text)
    page = await newest_first(rows, _PAGE, after or None)
    settings = visit.services.settings
    customers = [Customer.of(row, settings) for row in page.rows]
    values = {
        "text": text,
        "customers": list(zip(customers, await _standings(visit, page.rows), strict=True)),
        "pages": Pages.of(page, _PATH, {"q": text}),
    }
    return await visit.show("customers.html", values)


@staff_page(Permission.VIEW_INVOICES)
async def customer_page(visit: Visit) -> Response:
    """Show the customer with its balances, a page of its invoices and one of its credit notes."""
    staff, query = visit.staff, visit.request.query_params
    row = await find(models.Customer, staff, visit.request.path_params["id"])
    [standing] = await _standings(visit, [row])
    path, viewer = visit.request.url.path, visit.viewer
    invoices = await newest_first(
        listing.invoices(staff).filter(customer_id=row.id), _INVOICES, query.get("after") or None
    )
    notes = await newest_first(
        listing.credit_notes(staff).filter(customer_id=row.id),
        _NOTES,
        query.get("notes_after") or None,
    )
    values = {
        "customer": Customer.of(row, visit.services.settings),
        "standing": standing,
        "invoices": [Invoice.of(invoice, viewer) for invoice in invoices.rows],
        "invoice_pages": Pages.of(invoices, path, anchor="#invoices"),
        "notes": [CreditNote.of(note, viewer) for note in notes.rows],
        "note_pages": Pages.of(notes, path, name="notes_after", anchor="#credit-notes"),
        "revoked": query.get("revoked"),
    }
    return await visit.show("customer.html", values)


@staff_page(Permission.MANAGE_INVOICES)
async def share_portal(visit: Visit) -> Response:
    """Share the customer's portal."""
    row = await sharing.share_portal(visit.staff, visit.request.path_params["id"])
    return _to_links(row)


@staff_page(Permission.MANAGE_INVOICES)
async def revoke_portal(visit: Visit) -> Response:
    """Take the portal's link back."""
    row = await sharing.revoke_portal_share(visit.staff, visit.request.path_params["id"])
    await visit.services.unfinished.see_to(visit.staff.company_id)
    return _to_links(row, "portal")


@staff_page(Permission.MANAGE_INVOICES)
async def revoke_links(visit: Visit) -> Response:
    """Take all of the customer's links back."""
    row, _ = await sharing.revoke_customer_shares(visit.staff, visit.request.path_params["id"])
    await visit.services.unfinished.see_to(visit.staff.company_id)
    return _to_links(row, "all")


async def _standings(visit: Visit, rows: Sequence[models.Customer]) -> list[Standing]:
    accounts = await load_accounts([row.id for row in rows]) if rows else []
    return [Standing.of(account, visit.staff.language) for account in accounts]


def _to_links(row: models.Customer, revoked: str = "") -> Response:
    """Lead back to the customer's page, which says what of its links was revoked."""
    return RedirectResponse(f"{address(f'{_PATH}/{row.id}', {'revoked': revoked})}#links", 303)
