"""Invoices and the credit notes that correct them, as the company's staff see them.

The fields of invoices that clients see as well are here, too.
"""

from datetime import date, datetime
from typing import Annotated, Self

import strawberry

import models
from auth.permissions import Permission
from context import Info, Viewer
from schema.bank_transfers import BankTransfer
from schema.connections import Connection, Counted, Paged
from schema.credit_applications import CreditApplication
from schema.credit_note_actions import CreditNoteAction, credit_note_actions
from schema.credit_payouts import CreditPayout
from schema.documents import Document, StaffDocument, amount, share_url, with_parties
from schema.e_invoices import EInvoice
from schema.enums import CreditNoteStatus, InvoiceAction, InvoiceStatus
from schema.failed_payments import FailedPayment
from schema.history import HistoryEntry
from schema.invoice_actions import invoice_actions
from schema.lazy_fields import inner_field, lazy_field
from schema.money import Money
from schema.payments import Payment
from schema.permissions import Requires
from schema.views import (
    VIEWS_DAYS,
    VIEWS_PAGE,
    IncludeAutomated,
    InvoiceView,
    ViewsOnDay,
    ViewStats,
)
from services.billing import bank_transfers
from services.billing.e_invoices import e_invoice_of
from services.common.listings import Window
from services.sharing.view_pages import ViewLog, ViewPage
from services.sharing.view_stats import Days


@strawberry.type
class InvoiceDocument(Document):
    """The fields that `PublicInvoice` and `Invoice` share. Not a type of the schema itself."""

    status: InvoiceStatus = inner_field("row.status", "The status.")
    is_overdue: bool = lazy_field("Whether an amount is due and the due date has passed.")
    due_date: date | None = inner_field("row.due_date", "The due date.")
    amount_paid: Money = amount("amount_paid", "The sum of payments and applied credit.")
    amount_pending: Money = amount(
        "amount_pending", "Payments started at Stripe that haven't settled yet."
    )
    amount_written_off: Money = amount(
        "written_off", "What the business has given up of the amount due."
    )
    amount_due: Money = amount("amount_due", "The amount left to pay.")
    row: strawberry.Private[models.Invoice]
    today: strawberry.Private[date]
    """The company's current date."""

    def make_is_overdue(self) -> bool:
        return self.row.is_overdue(self.today)


@strawberry.type(description="An invoice as the company's staff see it.")
class Invoice(InvoiceDocument, StaffDocument):
    allow_partial_payment: bool = inner_field(
        "row.allow_partial_payment", "Whether the client may pay in parts."
    )
    minimum_payment: Money | None = lazy_field("The smallest partial payment.")
    view_stats: ViewStats = lazy_field("How often and when it was opened.")
    row: strawberry.Private[models.Invoice]

    def make_minimum_payment(self) -> Money | None:
        minimum = self.row.minimum_payment
        return minimum and Money.of(self.row.money(minimum), self.formatted_in)

    def make_share_url(self) -> str | None:
        return share_url(self.row, self.urls.invoice)

    def make_pdf_url(self) -> str:
        return self.urls.document_pdf("invoices", self.row.id)

    def make_view_stats(self) -> ViewStats:
        return ViewStats(row=self.row)

    @strawberry.field(description="The actions that its state and the caller's permissions allow.")
    async def allowed_actions(self, info: Info) -> list[InvoiceAction]:
        loaders = info.context.loaders
        customer = await loaders.customers.load(self.row.customer_id)
        credited = await loaders.credited.load(self.row.id)
        refundable = await loaders.refundable_of_invoices.load(self.row.id)
        return invoice_actions(self.row, customer, credited, refundable, info.context.staff)

    @strawberry.field(
        description="How it is paid by bank transfer; null if the business has no account or "
        "nothing is left to pay."
    )
    async def bank_transfer(self, info: Info) -> BankTransfer | None:
        invoice = await info.context.loaders.invoices_with_parties.load(self.row.id)
        return BankTransfer.of(bank_transfers.bank_transfer(invoice))

    @strawberry.field(description="It as an e-invoice, and what is missing for that.")
    async def e_invoice(self, info: Info) -> EInvoice:
        loaders = info.context.loaders
        await with_parties(self.row, info)
        content = e_invoice_of(self.row, await loaders.invoice_lines.load(self.row.id), None)
        return EInvoice.of(self.row, content, self.urls, info.context.viewer.language)

    @strawberry.field(description="Payments received for it, oldest first.")
    async def payments(self, info: Info) -> list[Payment]:
        payments = await info.context.loaders.payments.load(self.row.id)
        return [Payment.of(payment, self.row, info.context.viewer.language) for payment in payments]

    @strawberry.field(
        description="What changed the amount due on it, who did it and why, oldest first."
    )
    async def history(self, info: Info) -> list[HistoryEntry]:
        history = await info.context.loaders.payment_histories.load(self.row.id)
        language = info.context.viewer.language
        return [HistoryEntry.of(entry, self.row, language) for entry in history.entries]

    @strawberry.field(
        description="Payments through Stripe that failed days after the client made them, oldest "
        "first."
    )
    async def failed_payments(self, info: Info) -> list[FailedPayment]:
        history = await info.context.loaders.payment_histories.load(self.row.id)
        language = info.context.viewer.language
        return [FailedPayment.of(failed, self.row, language) for failed in history.failed]

    @strawberry.field(description="Credit applied to it, oldest first.")
    async def credits(self, info: Info) -> list[CreditApplication]:
        rows = await info.context.loaders.applications_to_invoices.load(self.row.id)
        return [CreditApplication.of(row, info.context.viewer.language) for row in rows]

    @strawberry.field(
        description="The credit notes that correct it, drafts included, oldest first."
    )
    async def credit_notes(self, info: Info) -> list["CreditNote"]:
        rows = await info.context.loaders.credit_notes_of_invoices.load(self.row.id)
        return [CreditNote.of(row, info.context.viewer) for row in rows]

    @strawberry.field(
        description="Its views, newest first. The cursors work with `viewedInvoice` as well.",
        extensions=[Paged(VIEWS_PAGE), Requires(Permission.VIEW_INVOICES)],
    )
    async def views(
        self,
        info: Info,
        window: Window,
        *,
        include_automated: IncludeAutomated = False,
    ) -> Connection[InvoiceView]:
        loaders = info.context.loaders
        log = ViewLog(invoice_id=self.row.id, include_automated=bool(include_automated))
        page = await loaders.view_pages.load(ViewPage.of(log, window))
        return Connection.of(page, Counted(loaders.view_counts, log), InvoiceView.of)

    @strawberry.field(
        description="How often it was opened on each of the last days, oldest first, including "
        "today. Automated views don't count.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def views_per_day(
        self,
        info: Info,
        days: Annotated[
            int | None, strawberry.argument(description="The number of days, 1 to 90.")
        ] = VIEWS_DAYS,
    ) -> list[ViewsOnDay]:
        period = Days.of(info.context.staff, VIEWS_DAYS if days is None else days)
        counts = await info.context.loaders.views_per_day.load((self.row.id, period))
        return [
            ViewsOnDay(day=day, view_count=count)
            for day, count in zip(period.all, counts, strict=True)
        ]

    @classmethod
    def of(cls, invoice: models.Invoice, viewer: Viewer) -> Self:
        return cls(row=invoice, formatted_in=viewer.language, today=viewer.today, urls=viewer.urls)


@strawberry.type
class CreditNoteDocument(Document):
    """The fields that `PublicCreditNote` and `CreditNote` share. Not a type of the schema."""

    status: CreditNoteStatus = inner_field("row.status", "The status.")
    applied: Money = amount("applied", "The amount applied to invoices.")
    paid_out: Money = amount("paid_out", "The amount paid out to the customer.")
    remaining: Money = amount("remaining", "The amount not yet used. Zero if voided.")
    reason: str | None = inner_field("row.reason", "The reason.")


@strawberry.type(description="A credit note as the company's staff see it.")
class CreditNote(CreditNoteDocument, StaffDocument):
    issued_at: datetime | None = inner_field("row.issued_at", "When it was issued.")
    voided_at: datetime | None = inner_field("row.voided_at", "When it was voided.")
    row: strawberry.Private[models.CreditNote]

    def make_share_url(self) -> str | None:
        return share_url(self.row, self.urls.credit_note)

    def make_pdf_url(self) -> str:
        return self.urls.document_pdf("credit-notes", self.row.id)

    @strawberry.field(description="The invoice that it corrects; null if it corrects none.")
    async def invoice(self, info: Info) -> Invoice | None:
        if self.row.invoice_id is None:
            return None
        row = await info.context.loaders.invoices.load(self.row.invoice_id)
        return Invoice.of(row, info.context.viewer) if row else None

    @strawberry.field(description="The actions that its state and the caller's permissions allow.")
    async def allowed_actions(self, info: Info) -> list[CreditNoteAction]:
        is_surplus = await info.context.loaders.is_surplus.load(self.row.id)
        return credit_note_actions(self.row, info.context.staff, is_surplus=is_surplus)

    @strawberry.field(description="It as an e-invoice, and what is missing for that.")
    async def e_invoice(self, info: Info) -> EInvoice:
        loaders = info.context.loaders
        row = self.row
        await with_parties(row, info)
        lines = await loaders.credit_note_lines.load(row.id)
        corrected = await loaders.invoices.load(row.invoice_id) if row.invoice_id else None
        content = e_invoice_of(row, lines, corrected)
        return EInvoice.of(row, content, self.urls, info.context.viewer.language)

    @strawberry.field(description="Its applications to invoices, oldest first.")
    async def applications(self, info: Info) -> list[CreditApplication]:
        rows = await info.context.loaders.applications_of_notes.load(self.row.id)
        return [CreditApplication.of(row, info.context.viewer.language) for row in rows]

    @strawberry.field(description="What was paid out of it, oldest first.")
    async def payouts(self, info: Info) -> list[CreditPayout]:
        rows = await info.context.loaders.payouts.load(self.row.id)
        return [CreditPayout.of(row, self.row, info.context.viewer.language) for row in rows]

    @classmethod
    def of(cls, note: models.CreditNote, viewer: Viewer) -> Self:
        return cls(row=note, formatted_in=viewer.language, urls=viewer.urls)


@strawberry.type(description="The updated invoice.")
class InvoicePayload:
    invoice: Invoice = strawberry.field(description="The updated invoice.")

    @classmethod
    def of(cls, invoice: models.Invoice, viewer: Viewer) -> Self:
        return cls(invoice=Invoice.of(invoice, viewer))


@strawberry.input(description="An invoice of the company.")
class InvoiceRef:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's ID.")
