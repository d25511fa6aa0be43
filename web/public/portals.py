"""The page of a customer's account: the balances, and the lists of documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from core.urls import PATHS
from i18n.formatting import format_money
from schema.balances import Balance
from schema.portals import Portal
from services.sharing.accounts import CurrencyBalance
from services.sharing.portals import OpenPortal
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.http.middleware import page_headers
from web.http.templating import render_client_page
from web.public.account_lists import Links, ListQuery, Tab, load_list, years_of
from web.public.pages import checkout_path
from web.public.payment_view import PaymentResult, Refusal, cancelled_result


class CreditCard(NamedTuple):
    """Credit that a customer has in a currency, and the credit notes that it is from."""

    amount: str
    notes: int
    number: str | None
    """The number of one of them."""
    is_usable: bool
    """Whether it can pay anything."""

    @classmethod
    def of(cls, balance: CurrencyBalance, language: str) -> Self:
        """Return the credit of a balance in words."""
        amount = format_money(balance.credit, language)
        is_usable = balance.outstanding.minor > balance.pending.minor
        return cls(amount, balance.credit_count, balance.credit_note, is_usable)


class Creditable(NamedTuple):
    """An invoice that credit can pay: its number, and what is left to pay."""

    number: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalPage:
    """What the page shows beside the account: the result or refusal of a payment."""

    result: PaymentResult | None = None
    refusal: Refusal | None = None
    """Why paying several invoices was refused."""
    picked: frozenset[str] = frozenset()
    """The numbers of the invoices that the client had chosen."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


async def portal_page(request: Request) -> Response:
    """Show what a customer owes, and a page of their documents. That is not a view of any."""
    result = cancelled_result(request.query_params.get("payment"))
    return await render_portal(request, PortalPage(result=result))


async def render_portal(request: Request, page: PortalPage) -> Response:
    """Render the page of the account that the path names, with the list that the query names.

    Raises NotFound and RateLimited, and BadInput for a cursor that isn't ours.
    """
    services, query = services_of(request), ListQuery.of(request.query_params)
    portal = await services.tokens.open_portal(
        request.path_params["token"],
        client_info_of(request),
        with_account=True,
        invoices=query.invoices,
        counts=True,
    )
    customer, company = portal.customer, portal.customer.company
    customer.read_in = reader_language(request, customer.language_with(company))
    shown = await load_list(portal, query, services.public_documents)
    language, account = customer.language_with(company), portal.loaded_account
    values, token = Portal.of(portal, services.urls), customer.portal_token
    url = services.urls.portal(token)
    links = Links.of(url, query, portal, shown.page)
    return render_client_page(
        request,
        "portal.html",
        {
            "portal": values,
            "business": values.business,
            "statement_url": services.urls.statement(token),
            "preview": company.name,
            "owed": [
                (Balance.of(each, language), shown.together(each))
                for each in account.balances
                if each.open_count
            ],
            "credits": [
                CreditCard.of(each, language) for each in account.balances if each.credit_count
            ],
            "query": query,
            "links": links,
            "url": url,
            "currencies": [each.currency for each in account.balances],
            "years": years_of(account, portal.today),
            "is_new": not any(tab.documents for tab in links.tabs),
            "rows": shown.rows,
            # With the query, a refusal is shown above the list that the client chose from.
            "pay_url": f"{checkout_path(PATHS.portal(token))}{query}",
            "can_choose": shown.can_choose,
            "credit_url": PATHS.credit(token),
            "creditable": _creditable(portal, language) if query.tab is Tab.CREDITS else [],
            "returned": page.result,
            "refusal": page.refusal,
            "picked": page.picked,
        },
        page.status,
        {
            **page_headers(services.settings, pays=shown.pays, has_scripts=False),
            **page.headers,
        },
        language=language,
        accent=company.accent,
        address=str(query) if request.method == "GET" else f"{PATHS.portal(token)}{query}",
    )


def _creditable(portal: OpenPortal, language: str) -> list[Creditable]:
    """Return the newest invoices that credit can pay."""
    rows = portal.invoices.rows if portal.invoices else []
    currencies = {each.currency for each in portal.loaded_account.balances if each.credit_count}
    return [
        Creditable(row.label, format_money(row.money(row.remaining), language))
        for row in rows
        if row.currency in currencies and row.remaining > 0
    ]
