"""The lists on the page of a customer's account: their tabs, filters, links and rows."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple, Self, TypeAlias
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from banking.currencies import EXPONENTS
from core.search_texts import clean_search
from core.urls import PATHS
from i18n.formatting import format_money
from models import Invoice
from schema.public_credit_notes import PublicCreditNote
from schema.public_quotes import PublicQuote
from services.checkout.payment_options import PaymentOptions, offered_payment_options
from services.common.listings import Window
from services.common.pagination import Page
from services.ledger.payment_history import load_payment_history
from services.public.documents import PublicDocuments
from services.sharing.account_lists import (
    DocumentFilter,
    credit_notes_of,
    invoices_of,
    quotes_of,
)
from services.sharing.accounts import AccountSummary, CurrencyBalance, InvoiceGroup
from services.sharing.portal_finder import DocumentCounts, InvoicesRequest
from services.sharing.portals import OpenPortal
from services.sharing.tokens import SharedCreditNote, SharedQuote
from web.http.pills import Pill, due_pills
from web.public.pages import checkout_path
from web.public.payment_history import PaymentView

PAGE_SIZE: Final = 20
"""Documents on a page of a list."""
_YEAR: Final = re.compile("[12][0-9]{3}")
_MAX_YEARS: Final = 50


class Tab(StrEnum):
    """The lists, with the names that addresses have for them."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    QUOTES = "quotes"
    CREDITS = "credits"

    @property
    def group(self) -> InvoiceGroup | None:
        """The group of invoices that it lists, if it does."""
        return _GROUPS.get(self)


_GROUPS: Final = {
    Tab.OPEN: InvoiceGroup.OPEN,
    Tab.PAID: InvoiceGroup.PAID,
    Tab.CANCELLED: InvoiceGroup.CANCELLED,
}


@dataclass(frozen=True, kw_only=True)
class ListQuery:
    """What the address of the page asks for. What can't be understood is left out."""

    tab: Tab = Tab.OPEN
    search: str = ""
    year: int | None = None
    currency: str | None = None
    after: str | None = None

    @classmethod
    def of(cls, params: QueryParams) -> Self:
        """Return what a query asks for."""
        tab, year, currency = (params.get(name, "") for name in ("list", "year", "currency"))
        return cls(
            tab=Tab(tab) if tab in list(Tab) else Tab.OPEN,
            search=clean_search(params.get("q", "")),
            year=int(year) if _YEAR.fullmatch(year) else None,
            currency=currency if currency in EXPONENTS else None,
            after=params.get("after") or None,
        )

    @cached_property
    def narrowing(self) -> DocumentFilter:
        """Which documents of the list are wanted."""
        return DocumentFilter(
            search=self.search,
            currency=self.currency,
            issued_from=date(self.year, 1, 1) if self.year else None,
            issued_to=date(self.year, 12, 31) if self.year else None,
        )

    @property
    def invoices(self) -> InvoicesRequest | None:
        """The page of invoices that is loaded together with the portal, if there is one.

        For the list of credit notes it has those on which credit can be used.
        """
        if self.tab is Tab.CREDITS:
            return InvoicesRequest.of(PAGE_SIZE, None, is_list=True, group=InvoiceGroup.OPEN)
        if self.tab.group is None or self.narrowing:
            return None
        return InvoicesRequest.if_valid(PAGE_SIZE, self.after, is_list=True, group=self.tab.group)

    def __str__(self) -> str:
        """Return it as it stands in an address: with a question mark, unless it is empty."""
        values = {
            "list": None if self.tab is Tab.OPEN else self.tab,
            "q": self.search,
            "year": self.year,
            "currency": self.currency,
            "after": self.after,
        }
        given = urlencode({name: value for name, value in values.items() if value})
        return f"?{given}" if given else ""


_WHOLE_LISTS: Final = {tab: str(ListQuery(tab=tab)) for tab in Tab}
"""The queries in the addresses of the lists, without a filter."""


class ListLink(NamedTuple):
    """A tab: its name, its address, and how many documents it has."""

    tab: Tab
    url: str
    documents: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The addresses of the lists and of their pages."""

    tabs: Sequence[ListLink]
    unfiltered: str | None
    """The list without its filter, if it has one."""
    newest: str | None
    older: str | None

    @classmethod
    def of(cls, url: str, query: ListQuery, portal: OpenPortal, page: Page[Any]) -> Self:
        """Return the links of a page of the list that is shown at `url`."""
        account, counts = portal.loaded_account, portal.counts or DocumentCounts(0, 0)
        shown = {Tab.OPEN, Tab.PAID, query.tab}
        tabs = [
            ListLink(tab, f"{url}{whole}", Decimal(_count_of(tab, account, counts)))
            for tab, whole in _WHOLE_LISTS.items()
        ]
        return cls(
            tabs=[each for each in tabs if each.documents or each.tab in shown],
            unfiltered=f"{url}{_WHOLE_LISTS[query.tab]}" if query.narrowing else None,
            newest=f"{url}{replace(query, after=None)}" if query.after else None,
            older=f"{url}{replace(query, after=page.end_cursor)}" if page.has_next else None,
        )


def _count_of(tab: Tab, account: AccountSummary, counts: DocumentCounts) -> int:
    match tab:
        case Tab.QUOTES:
            return counts.quotes
        case Tab.CREDITS:
            return counts.credit_notes
        case _:
            return account.invoice_count(tab.group)


def years_of(account: AccountSummary, today: date) -> list[int]:
    """Return the years in which invoices can have been issued, newest first."""
    first = account.first_issued
    if first is None:
        return []
    return list(range(max(today.year, first.year), first.year - 1, -1))[:_MAX_YEARS]


class OpenRow(NamedTuple):
    """An invoice in a list, with its amounts in words, how it can be paid, and its state."""

    url: str
    invoice: Invoice
    total: str
    due: str
    pending: str | None
    """What is on its way."""
    pay: PaymentOptions | None
    pay_url: str
    """Where the form to pay all of it is sent, on this origin."""
    is_overdue: bool
    pills: Sequence[Pill]


class PaidRow(NamedTuple):
    """A paid invoice, with its total in words, and what it was paid with at last, if anything."""

    url: str
    invoice: Invoice
    total: str
    payment: PaymentView | None


class QuoteRow(NamedTuple):
    """A quote in a list."""

    url: str
    quote: PublicQuote


class CreditRow(NamedTuple):
    """A credit note in a list."""

    url: str
    note: PublicCreditNote


class Together(NamedTuple):
    """Invoices that one button pays."""

    numbers: Sequence[str]
    amount: str
    is_overdue: bool


Row: TypeAlias = OpenRow | PaidRow | QuoteRow | CreditRow


@dataclass(frozen=True, kw_only=True)
class ShownList:
    """A page of a list, with the rows that it shows."""

    page: Page[Any]
    rows: Sequence[Row]

    @property
    def pays(self) -> bool:
        """Whether a form leads to Stripe's page from here."""
        return bool(self.payable)

    @cached_property
    def payable(self) -> Sequence[OpenRow]:
        """The invoices that can be paid in full."""
        rows = (row for row in self.rows if isinstance(row, OpenRow))
        return [row for row in rows if row.pay and row.pay.can_pay_all]

    @property
    def can_choose(self) -> bool:
        """Whether several of its invoices can be paid at once."""
        currencies = [row.invoice.currency for row in self.payable]
        return len(currencies) > len(set(currencies))

    def together(self, balance: CurrencyBalance) -> Together | None:
        """Return the button that pays what is overdue in a currency, or else all that is due.

        None if some of these invoices can't be paid in full, or aren't on the page.
        """
        rows = [each for each in self.payable if each.invoice.currency == balance.currency]
        late, is_overdue = balance.overdue_count, bool(balance.overdue_count)
        if is_overdue:
            rows = [each for each in rows if each.is_overdue]
        if not rows or len(rows) != (late or balance.open_count):
            return None
        first, amount = rows[0].invoice, sum(each.invoice.remaining for each in rows)
        return Together(
            numbers=[each.invoice.label for each in rows],
            amount=format_money(first.money(amount), first.written_in),
            is_overdue=is_overdue,
        )


async def load_list(portal: OpenPortal, query: ListQuery, documents: PublicDocuments) -> ShownList:
    """Load the page of the list that `query` asks for. Raises BadInput for its cursor."""
    customer, window = portal.customer, Window.of(default=PAGE_SIZE, after=query.after)
    page: Page[Any]
    match query.tab:
        case Tab.QUOTES:
            page = await quotes_of(customer, query.narrowing).page(window)
        case Tab.CREDITS:
            page = await credit_notes_of(customer, query.narrowing).page(window)
        case _ if query.narrowing:
            page = await invoices_of(customer, query.narrowing, query.tab.group).page(window)
        case _:
            page = await portal.load(
                InvoicesRequest.of(PAGE_SIZE, query.after, is_list=True, group=query.tab.group)
            )
    for row in page.rows:
        row.read_in = customer.read_in
    make = _ROWS.get(query.tab, _open)
    return ShownList(page=page, rows=await make(portal, page, documents))


async def _open(portal: OpenPortal, page: Page[Any], documents: PublicDocuments) -> list[OpenRow]:
    customer, today, rows = portal.customer, portal.today, []
    company, token = customer.company, str(customer.portal_token)
    for row in page.rows:
        path, pending = PATHS.portal_invoice(token, row.label), row.amount_pending
        rows.append(
            OpenRow(
                url=f"{documents.urls.public_url}{path}",
                invoice=row,
                total=_format(row, row.total),
                due=_format(row, row.amount_due),
                pending=_format(row, pending) if pending else None,
                pay=offered_payment_options(row, company, documents.settings),
                pay_url=checkout_path(path),
                is_overdue=row.is_overdue(today),
                pills=due_pills(row, today),
            )
        )
    return rows


async def _paid(
    portal: OpenPortal, page: Page[Any], documents: PublicDocuments
) -> Sequence[PaidRow]:
    ids = [row.id for row in page.rows]
    histories = await load_payment_history(ids) if ids else []
    rows = []
    for row, history in zip(page.rows, histories, strict=True):
        url = documents.urls.portal_invoice(portal.customer.portal_token, row.label)
        gains = [entry for entry in history.entries if entry.amount > 0]
        payment = PaymentView.of(gains[-1], row, url) if gains else None
        rows.append(PaidRow(url, row, _format(row, row.total), payment))
    return rows


def _format(invoice: Invoice, minor: int) -> str:
    return format_money(invoice.money(minor), invoice.written_in)


async def _quotes(
    _portal: OpenPortal, page: Page[Any], documents: PublicDocuments
) -> Sequence[QuoteRow]:
    found = [documents.quote(SharedQuote.in_portal(row)) for row in page.rows]
    return [QuoteRow(data.url, PublicQuote.of(data, documents.urls)) for data in found]


async def _credit_notes(
    _portal: OpenPortal, page: Page[Any], documents: PublicDocuments
) -> Sequence[CreditRow]:
    found = [documents.credit_note(SharedCreditNote.in_portal(row)) for row in page.rows]
    return [CreditRow(data.url, PublicCreditNote.of(data, documents.urls)) for data in found]


_RowMaker: TypeAlias = Callable[[OpenPortal, Page[Any], PublicDocuments], Awaitable[Sequence[Row]]]
_ROWS: Final[Mapping[Tab, _RowMaker]] = {
    Tab.PAID: _paid,
    Tab.QUOTES: _quotes,
    Tab.CREDITS: _credit_notes,
}
"""What makes the rows of a list, where that isn't `_open`."""
