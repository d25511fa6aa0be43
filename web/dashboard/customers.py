"""The list of customers, a customer's page, and the links to its portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from schema.credit_notes import CreditNote
from schema.customers import Customer
from schema.invoices import Invoice
from schema.portals import Balance
from services.billing import queries
from services.common.lookups import get_owned
from services.common.pagination import newest_first
from services.sharing import links
from services.sharing.portals import Account, load_accounts
from web.dashboard.forms import Confirmation, confirmation_page
from web.dashboard.pagination import Pages, address, searched_for
from web.dashboard.requests import Visit, staff_page

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
    rows = queries.search_customers(queries.customers(visit.staff), text)
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
    row = await _customer_of(visit)
    [standing] = await _standings(visit, [row])
    path, viewer = visit.request.url.path, visit.viewer
    invoices = await newest_first(
        queries.invoices(staff).filter(customer_id=row.id), _INVOICES, query.get("after") or None
    )
    notes = await newest_first(
        queries.credit_notes(staff).filter(customer_id=row.id),
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
    row = await links.share_portal(visit.staff, visit.request.path_params["id"])
    return RedirectResponse(_links_url(row), 303)


@staff_page(Permission.MANAGE_INVOICES)
async def revoke_portal(visit: Visit) -> Response:
    """Ask, and revoke the portal's link."""
    row = await _customer_of(visit)

    async def revoke() -> str:
        await links.revoke_portal_share(visit.staff, str(row.id))
        await visit.services.unfinished.see_to(visit.staff.company_id)
        return _links_url(row, "portal")

    confirmation = Confirmation(
        title=f"Stop sharing the portal with {row.name}?",
        text="The portal's link stops working at once."
        " Links to single invoices and quotes keep working.",
        button="Stop sharing",
        back_url=_links_url(row),
        is_destructive=True,
    )
    return await confirmation_page(visit, confirmation, revoke)


@staff_page(Permission.MANAGE_INVOICES)
async def revoke_links(visit: Visit) -> Response:
    """Ask, and revoke all of the customer's links."""
    row = await _customer_of(visit)

    async def revoke() -> str:
        await links.revoke_customer_shares(visit.staff, str(row.id))
        await visit.services.unfinished.see_to(visit.staff.company_id)
        return _links_url(row, "all")

    confirmation = Confirmation(
        title=f"Stop sharing everything with {row.name}?",
        text="The links to the portal and to all invoices and quotes stop working at once.",
        button="Stop sharing everything",
        back_url=_links_url(row),
        is_destructive=True,
    )
    return await confirmation_page(visit, confirmation, revoke)


async def _standings(visit: Visit, rows: Sequence[models.Customer]) -> list[Standing]:
    accounts = await load_accounts([row.id for row in rows]) if rows else []
    return [Standing.of(account, visit.staff.language) for account in accounts]


async def _customer_of(visit: Visit) -> models.Customer:
    """Return the customer that the address names. Raises NotFound."""
    return await get_owned(models.Customer, visit.staff, visit.request.path_params["id"])


def _links_url(row: models.Customer, revoked: str = "") -> str:
    """Return where the customer's page shows its links, and says which were just `revoked`."""
    return f"{address(f'{_PATH}/{row.id}', {'revoked': revoked})}#links"
