"""Loaders: the parts of many rows in one statement each, for one operation."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from auth.staff import Staff
from core.response_budget import ResponseBudget
from models import (
    Answer,
    Company,
    Credential,
    CreditNote,
    CreditNoteLine,
    Customer,
    EmailDelivery,
    EmailPreference,
    Invoice,
    InvoiceLine,
    InvoiceView,
    PartySnapshot,
    Payment,
    Question,
    Quote,
    QuoteLine,
    StripeRefund,
)
from services.billing.creditable import load_credited
from services.billing.loaders import (
    AppliedCredit,
    PaidOutCredit,
    ReversedPayment,
    load_applications_of,
    load_applications_to,
    load_companies,
    load_credit_note_lines,
    load_credit_notes,
    load_customers,
    load_each,
    load_invoice_lines,
    load_invoices_with_parties,
    load_is_surplus,
    load_party_snapshots,
    load_payments,
    load_payouts,
    load_quote_lines,
    load_refunds,
    load_reversals,
)
from services.billing.overview.figures import CurrencyFigures, load_all_figures
from services.checkout.refunds import Refundable, load_refundable, load_refundable_of
from services.common.pages_of_each import PageOf, PagesOfEach
from services.common.pagination import Page
from services.email.answers import load_deliveries
from services.email.opt_outs import load_preferences
from services.identity.api_keys import load_keys_of
from services.identity.sessions import load_last_seen
from services.ledger.payment_history import load_payment_history
from services.sharing.accounts import AccountSummary, load_accounts
from services.sharing.questions import load_answers, load_threads
from services.sharing.streams import StreamCursors, load_stream_cursors
from services.sharing.view_pages import ViewLog, ViewPage, count_views, load_view_pages
from services.sharing.view_stats import Days, load_views_per_day
from values.payments import PaymentHistory

KindT = TypeVar("KindT")
KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class DataLoaders(dict[KindT, DataLoader[KeyT, ValueT]]):
    """A loader for each kind, which is created when it is first used."""

    def __init__(self, load_of: Callable[[KindT], Callable[[list[KeyT]], Awaitable[Any]]]) -> None:
        super().__init__()
        self._load_of = load_of

    def __missing__(self, kind: KindT) -> DataLoader[KeyT, ValueT]:
        loader = self[kind] = DataLoader(self._load_of(kind))
        return loader


class Loaders:
    """Loads the parts of many rows in one statement each, and caches them for one operation.

    A loader is created when it is first used. Most operations need none. Rows of lists without
    pages are paid for from `budget`.
    """

    def __init__(self, budget: ResponseBudget | None = None) -> None:
        self.budget = budget or ResponseBudget()

    @cached_property
    def statements_turn(self) -> asyncio.Lock:
        """Lets statements of account be loaded one by one, each for what the others left to pay."""
        return asyncio.Lock()

    @cached_property
    def invoice_lines(self) -> DataLoader[UUID, list[InvoiceLine]]:
        """The lines of invoices."""
        return DataLoader(partial(load_invoice_lines, budget=self.budget))

    @cached_property
    def quote_lines(self) -> DataLoader[UUID, list[QuoteLine]]:
        """The lines of quotes."""
        return DataLoader(partial(load_quote_lines, budget=self.budget))

    @cached_property
    def credit_note_lines(self) -> DataLoader[UUID, list[CreditNoteLine]]:
        """The lines of credit notes."""
        return DataLoader(partial(load_credit_note_lines, budget=self.budget))

    @cached_property
    def applications_to_invoices(self) -> DataLoader[UUID, list[AppliedCredit]]:
        """The credit applied to invoices."""
        return DataLoader(partial(load_applications_to, budget=self.budget))

    @cached_property
    def applications_of_notes(self) -> DataLoader[UUID, list[AppliedCredit]]:
        """Where the credit of credit notes was applied."""
        return DataLoader(partial(load_applications_of, budget=self.budget))

    @cached_property
    def credit_notes_of_invoices(self) -> DataLoader[UUID, list[CreditNote]]:
        """The credit notes that correct invoices."""
        return DataLoader(partial(load_credit_notes, budget=self.budget))

    @cached_property
    def threads(self) -> DataLoader[UUID, list[Question]]:
        """The questions about documents, with their answers."""
        return DataLoader(partial(load_threads, budget=self.budget))

    @cached_property
    def answers(self) -> DataLoader[UUID, list[Answer]]:
        """The answers to questions."""
        return DataLoader(partial(load_answers, budget=self.budget))

    @cached_property
    def deliveries_of_answers(self) -> DataLoader[UUID, EmailDelivery | None]:
        """The e-mails with answers."""
        return DataLoader(load_deliveries)

    @cached_property
    def quotes(self) -> DataLoader[UUID, Quote | None]:
        """Quotes to which other rows refer."""
        return DataLoader(partial(load_each, Quote))

    @cached_property
    def credit_notes(self) -> DataLoader[UUID, CreditNote | None]:
        """Credit notes to which other rows refer."""
        return DataLoader(partial(load_each, CreditNote))

    @cached_property
    def email_preferences(self) -> DataLoader[tuple[UUID, str], EmailPreference | None]:
        """The preferences of addresses at companies."""
        return DataLoader(load_preferences)

    @cached_property
    def view_pages(self) -> DataLoader[ViewPage, Page[InvoiceView]]:
        """Pages of the views of invoices, which are paid for as the edges of their pages."""
        return DataLoader(load_view_pages)

    @cached_property
    def view_counts(self) -> DataLoader[ViewLog, int]:
        """The numbers of views of invoices."""
        return DataLoader(count_views)

    @cached_property
    def views_per_day(self) -> DataLoader[tuple[UUID, Days], list[int]]:
        """How often invoices were opened on each of some days."""
        return DataLoader(load_views_per_day)

    @cached_property
    def credited(self) -> DataLoader[UUID, int]:
        """The totals of invoices' live credit notes, in minor units."""
        return DataLoader(load_credited)

    @cached_property
    def is_surplus(self) -> DataLoader[UUID, bool]:
        """Whether credit notes are money received beyond what was due."""
        return DataLoader(load_is_surplus)

    @cached_property
    def payouts(self) -> DataLoader[UUID, list[PaidOutCredit]]:
        """What was paid out of credit notes."""
        return DataLoader(partial(load_payouts, budget=self.budget))

    @cached_property
    def payments(self) -> DataLoader[UUID, list[Payment]]:
        """The payments of invoices."""
        return DataLoader(partial(load_payments, budget=self.budget))

    @cached_property
    def payment_histories(self) -> DataLoader[UUID, PaymentHistory]:
        """The histories of invoices."""
        return DataLoader(partial(load_payment_history, budget=self.budget))

    @cached_property
    def reversals(self) -> DataLoader[UUID, ReversedPayment]:
        """What was taken back of payments."""
        return DataLoader(partial(load_reversals, budget=self.budget))

    @cached_property
    def refundable(self) -> DataLoader[UUID, Refundable]:
        """What of payments can be refunded."""
        return DataLoader(load_refundable)

    @cached_property
    def refundable_of_invoices(self) -> DataLoader[UUID, int]:
        """What can be refunded of invoices' payments, in minor units."""
        return DataLoader(load_refundable_of)

    @cached_property
    def refunds(self) -> DataLoader[UUID, list[StripeRefund]]:
        """The refunds of payments that staff asked for."""
        return DataLoader(partial(load_refunds, budget=self.budget))

    @cached_property
    def keys_of_users(self) -> DataLoader[UUID, list[Credential]]:
        """The valid API keys of users."""
        return DataLoader(partial(load_keys_of, budget=self.budget))

    @cached_property
    def last_seen(self) -> DataLoader[UUID, datetime | None]:
        """When users last used a session."""
        return DataLoader(load_last_seen)

    @cached_property
    def customers(self) -> DataLoader[UUID, Customer]:
        """Customers."""
        return DataLoader(load_customers)

    @cached_property
    def accounts(self) -> DataLoader[tuple[UUID, date], AccountSummary]:
        """What customers owe on a day."""
        return DataLoader(load_accounts)

    @cached_property
    def pages_of(self) -> "DataLoaders[PagesOfEach[Any], PageOf, Page[Any]]":
        """Pages of the lists of many rows, which are paid for as their edges."""
        return DataLoaders(lambda kind: kind.load)

    @cached_property
    def counts_of(self) -> "DataLoaders[PagesOfEach[Any], UUID, int]":
        """How long the lists of many rows are."""
        return DataLoaders(lambda kind: kind.count)

    @cached_property
    def stream_cursors(self) -> DataLoader[UUID, StreamCursors]:
        """Where the streams of companies stand: the caller's."""
        return DataLoader(load_stream_cursors)

    @cached_property
    def figures(self) -> DataLoader[Staff, Sequence[CurrencyFigures]]:
        """What is open, overdue and paid in companies: the caller's."""
        return DataLoader(load_all_figures)

    @cached_property
    def companies(self) -> DataLoader[UUID, Company]:
        """Companies: the caller's."""
        return DataLoader(load_companies)

    @cached_property
    def party_snapshots(self) -> DataLoader[UUID, PartySnapshot]:
        """Parties as they were when documents were issued."""
        return DataLoader(load_party_snapshots)

    @cached_property
    def invoices(self) -> DataLoader[UUID, Invoice | None]:
        """Invoices to which other rows refer."""
        return DataLoader(partial(load_each, Invoice))

    @cached_property
    def invoices_with_parties(self) -> DataLoader[UUID, Invoice]:
        """Invoices with the parties that they name."""
        return DataLoader(load_invoices_with_parties)
