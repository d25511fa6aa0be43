"""The list of customers, a customer's page, and sharing their portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from errors import NotFound
from models import MailCategory, OptOutOrigin
from schema.balances import Balance
from schema.customers import Customer
from schema.invoices import CreditNote, Invoice
from schema.preferences import AddressPreferences
from services.billing import queries
from services.common.listings import newest_first
from services.common.lookups import get_owned
from services.email.opt_outs import addresses_of, load_preferences, turn_off_for_client
from services.sharing import links
from services.sharing.accounts import AccountSummary, load_accounts
from services.sharing.streams import load_stream_cursors
from web.dashboard.activity.entries import show_timeline
from web.dashboard.customers.forms import REQUIRED_E_INVOICES
from web.dashboard.forms.choices import language_name
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.lists.kinds import CUSTOMERS
from web.dashboard.lists.pages import ListPage
from web.dashboard.lists.pagination import PageLinks, build_url
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/customers"
_PAGE_SIZE: Final = 25
_INVOICES_PAGE_SIZE: Final = 20
_NOTES_PAGE_SIZE: Final = 10
CATEGORY_LABELS: Final = {
    MailCategory.DOCUMENT: "Invoices and quotes",
    MailCategory.REMINDER: "Payment reminders",
    MailCategory.MARKETING: "Announcements",
}
_CATEGORIES: Final = {category.lower(): category for category in MailCategory}
_ORIGINS: Final = {
    OptOutOrigin.LINK: "by the client",
    OptOutOrigin.ONE_CLICK: "by the client, with one click in their mail program",
    OptOutOrigin.STAFF: "by your team",
}


@dataclass(frozen=True, slots=True)
class CustomerAccount:
    """What a customer owes, per currency, and whether some of it is overdue."""

    balances: Sequence[Balance]
    is_overdue: bool

    @classmethod
    def of(cls, account: AccountSummary, language: str) -> Self:
        """Return `account` with its amounts formatted for `language`."""
        balances = [Balance.of(balance, language) for balance in account.balances]
        return cls(balances=balances, is_overdue=account.is_overdue)


@login_required(Permission.VIEW_INVOICES)
async def customers_page(request: DashboardRequest) -> Response:
    """Show a page of the customers, with their accounts."""
    listed = await ListPage.of(request, CUSTOMERS)
    rows = listed.page.rows
    customers = [Customer.of(row, request.viewer) for row in rows]
    accounts = await _accounts(request, rows)
    values = {"listed": listed, "customers": list(zip(customers, accounts, strict=True))}
    return await request.render("customers/list.html", values)


@login_required(Permission.VIEW_INVOICES)
async def customer_page(request: DashboardRequest) -> Response:
    """Show the customer with their account, and a page each of invoices and credit notes."""
    staff, query = request.staff, request.query
    [cursors] = await load_stream_cursors([staff.company_id])
    row = await _get_customer(request)
    [account] = await _accounts(request, [row])
    path, viewer = request.http.url.path, request.viewer
    invoices = await newest_first(
        queries.invoices(staff, customer=row),
        _INVOICES_PAGE_SIZE,
        query.get("after") or None,
    )
    notes = await newest_first(
        queries.credit_notes(staff, customer=row),
        _NOTES_PAGE_SIZE,
        query.get("notes_after") or None,
    )
    values = {
        "customer": Customer.of(row, request.viewer),
        "account": account,
        "invoices": [Invoice.of(invoice, viewer) for invoice in invoices.rows],
        "invoice_pages": PageLinks.of(invoices, path, anchor="#invoices"),
        "notes": [CreditNote.of(note, viewer) for note in notes.rows],
        "note_pages": PageLinks.of(notes, path, name="notes_after", anchor="#credit-notes"),
        "revoked": query.get("revoked"),
        "address_preferences": await _addresses(request, row),
        "category_labels": CATEGORY_LABELS,
        "origins": _ORIGINS,
        "turned_off": query.get("turned_off"),
        "timeline": await show_timeline(request, row),
        "e_invoice": REQUIRED_E_INVOICES.get(row.e_invoice),
        "language_name": language_name(
            row.language or request.company.language, request.staff.language
        ),
        "cursors": cursors,
    }
    return await request.render("customers/page.html", values)


async def _addresses(
    request: DashboardRequest, row: models.Customer
) -> Sequence[AddressPreferences]:
    addresses = addresses_of(row)
    rows = await load_preferences([(row.company_id, address) for address in addresses])
    urls = request.viewer.urls
    return [AddressPreferences.of(*each, urls) for each in zip(addresses, rows, strict=True)]


@login_required(Permission.MANAGE_INVOICES)
async def turn_off_emails(request: DashboardRequest) -> Response:
    """Ask for confirmation, and turn off all e-mails of a category to one of the addresses."""
    row = await _get_customer(request)
    address = request.query.get("address") or ""
    category = _CATEGORIES.get(request.query.get("category") or "")
    if category is None or address not in addresses_of(row):
        raise NotFound
    back_url = f"{_PATH}/{row.id}#emails"

    async def turn_off() -> str:
        await turn_off_for_client(request.staff, str(row.id), address, [category])
        return build_url(f"{_PATH}/{row.id}", {"turned_off": address}) + "#emails"

    confirmation = Confirmation(
        title=f"Turn off {CATEGORY_LABELS[category].lower()} to {address}?",
        text="Do this if your client asks for it. Only they can turn them on again, with the link"
        " in their e-mails.",
        button="Turn off",
        back_url=back_url,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, turn_off)


@login_required(Permission.MANAGE_INVOICES)
async def share_portal(request: DashboardRequest) -> Response:
    """Share the customer's portal."""
    row = await links.share_portal(request.staff, request.path_id)
    return RedirectResponse(_links_url(row), 303)


@login_required(Permission.MANAGE_INVOICES)
async def revoke_portal(request: DashboardRequest) -> Response:
    """Ask for confirmation, and revoke the portal's link."""
    row = await _get_customer(request)

    async def revoke() -> str:
        await links.revoke_portal_share(request.staff, str(row.id))
        return _links_url(row, "portal")

    confirmation = Confirmation(
        title=f"Stop sharing the portal with {row.name}?",
        text="The portal's link stops working at once."
        " Links to single invoices and quotes keep working.",
        button="Stop sharing",
        back_url=_links_url(row),
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, revoke)


@login_required(Permission.MANAGE_INVOICES)
async def revoke_links(request: DashboardRequest) -> Response:
    """Ask for confirmation, and revoke all of the customer's links."""
    row = await _get_customer(request)

    async def revoke() -> str:
        await links.revoke_customer_shares(request.staff, str(row.id))
        return _links_url(row, "all")

    confirmation = Confirmation(
        title=f"Stop sharing everything with {row.name}?",
        text="The links to the portal and to all invoices and quotes stop working at once.",
        button="Stop sharing everything",
        back_url=_links_url(row),
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, revoke)


async def _accounts(
    request: DashboardRequest, rows: Sequence[models.Customer]
) -> list[CustomerAccount]:
    accounts = await load_accounts([(row.id, request.staff.today) for row in rows]) if rows else []
    return [CustomerAccount.of(account, request.staff.language) for account in accounts]


async def _get_customer(request: DashboardRequest) -> models.Customer:
    """Return the customer in the path. Raises NotFound."""
    return await get_owned(models.Customer, request.staff, request.path_id)


def _links_url(row: models.Customer, revoked: str = "") -> str:
    """Return the address of the links on the customer's page, which says what was `revoked`."""
    return f"{build_url(f'{_PATH}/{row.id}', {'revoked': revoked})}#links"
