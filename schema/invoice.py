"""Invoices: as a client sees them through a link, and as staff see them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Self

import strawberry

import models
from auth.permissions import Permission
from context import Info
from schema.connection import After, Connection, First, page_size
from schema.customer import Customer
from schema.enums import InvoiceStatus
from schema.money import Money
from schema.requires import Requires
from schema.viewing import InvoiceView, ViewStats
from services import listing
from settings import Settings

_VIEWS_PAGE: Final = 50


@strawberry.type(description="One line of an invoice.")
class LineItem:
    """See the description."""

    description: str = strawberry.field(description="What is charged for.")
    quantity: Decimal = strawberry.field(description="How much of it.")
    unit_price: Money = strawberry.field(description="The price of one, before discount and tax.")
    tax_rate: Decimal = strawberry.field(description="In percent.")
    amount: Money = strawberry.field(
        description="Quantity times unit price, before discount and tax."
    )

    @classmethod
    def of(cls, line: models.InvoiceLine, invoice: models.Invoice) -> Self:
        """Return a line of `invoice`."""
        return cls(
            description=line.description,
            quantity=_plain(line.quantity),
            unit_price=Money.of(invoice.money(line.unit_price)),
            tax_rate=_plain(line.tax_rate),
            amount=Money.of(invoice.money(line.amount)),
        )


def _plain(value: Decimal) -> Decimal:
    """Return `value` without trailing zeros behind the point."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


@strawberry.type(description="The business that an invoice comes from.")
class Business:
    """See the description."""

    name: str = strawberry.field(description="The name it trades under.")
    logo_url: str | None = strawberry.field(description="Where its logo is.")
    address: str | None = strawberry.field(description="Its postal address, over several lines.")
    email: str | None = strawberry.field(description="Where it can be asked.")
    phone: str | None = strawberry.field(description="Its telephone number.")
    website: str | None = strawberry.field(description="Its website.")
    tax_id: str | None = strawberry.field(description="Its tax number.")

    @classmethod
    def of(cls, company: models.Company) -> Self:
        """Return what a client may see of `company`."""
        return cls(
            name=company.name,
            logo_url=company.logo_url,
            address=company.address,
            email=company.email,
            phone=company.phone,
            website=company.website,
            tax_id=company.tax_id,
        )


@strawberry.type(description="Whom an invoice is addressed to.")
class BillTo:
    """See the description."""

    name: str = strawberry.field(description="The customer's name.")
    email: str | None = strawberry.field(description="The customer's e-mail address.")
    address: str | None = strawberry.field(description="The customer's postal address.")
    tax_id: str | None = strawberry.field(description="The customer's tax number.")

    @classmethod
    def of(cls, customer: models.Customer) -> Self:
        """Return the billing details of `customer`."""
        return cls(
            name=customer.name,
            email=customer.email,
            address=customer.address,
            tax_id=customer.tax_id,
        )


@strawberry.type(description="How an invoice can be paid online.")
class PaymentOptions:
    """See the description."""

    amount_due: Money = strawberry.field(description="What can be paid at most.")
    minimum: Money = strawberry.field(description="What can be paid at least.")
    partial_allowed: bool = strawberry.field(description="Whether less than all may be paid.")


@strawberry.type(description="An invoice as its recipient sees it. It has no ids and no tokens.")
class PublicInvoice:
    """See the description."""

    number: str = strawberry.field(description="The number that the business gave it.")
    status: InvoiceStatus = strawberry.field(description="Where it stands.")
    is_overdue: bool = strawberry.field(description="Whether money is due and the date has passed.")
    issue_date: date | None = strawberry.field(description="The day it was issued.")
    due_date: date | None = strawberry.field(description="The last day to pay.")
    business: Business = strawberry.field(description="Who sends it.")
    bill_to: BillTo = strawberry.field(description="Whom it is addressed to.")
    lines: list[LineItem] = strawberry.field(description="Every line, in order.")
    subtotal: Money = strawberry.field(description="The sum of the lines.")
    discount: Money = strawberry.field(description="Taken off the subtotal before tax.")
    tax: Money = strawberry.field(description="The taxes of all lines.")
    total: Money = strawberry.field(description="Subtotal less discount plus tax.")
    amount_paid: Money = strawberry.field(description="Payments and applied credit.")
    amount_pending: Money = strawberry.field(description="Started at Stripe and not settled yet.")
    amount_due: Money = strawberry.field(description="What is left to pay.")
    notes: str | None = strawberry.field(description="What the business adds, over several lines.")
    pdf_url: str = strawberry.field(description="Where the PDF is.")
    payment: PaymentOptions | None = strawberry.field(
        description="How to pay online; null where that is not possible."
    )

    @classmethod
    def of(
        cls,
        invoice: models.Invoice,
        lines: Sequence[models.InvoiceLine],
        pdf_url: str,
    ) -> Self:
        """Return what a client may see of `invoice`, which comes with its company and customer."""

        def money(minor: int) -> Money:
            return Money.of(invoice.money(minor), invoice.company.language)

        return cls(
            number=invoice.number,
            status=invoice.status,
            is_overdue=invoice.is_overdue(),
            issue_date=invoice.issue_date,
            due_date=invoice.due_date,
            business=Business.of(invoice.company),
            bill_to=BillTo.of(invoice.customer),
            lines=[LineItem.of(line, invoice) for line in lines],
            subtotal=money(invoice.subtotal),
            discount=money(invoice.discount),
            tax=money(invoice.tax),
            total=money(invoice.total),
            amount_paid=money(invoice.amount_paid),
            amount_pending=money(invoice.amount_pending),
            amount_due=money(invoice.amount_due),
            notes=invoice.notes,
            pdf_url=pdf_url,
            payment=None,
        )


@strawberry.type(description="Money received for an invoice.")
class Payment:
    """See the description."""

    id: strawberry.ID = strawberry.field(description="Names the payment within the company.")
    amount: Money = strawberry.field(description="What was received.")
    method: str = strawberry.field(description="How it came.")
    received_at: datetime = strawberry.field(description="When it came.")
    reference: str | None = strawberry.field(description="What the bank or the payer calls it.")
    refunded: Money = strawberry.field(description="What was given back of it.")

    @classmethod
    def of(cls, payment: models.Payment, invoice: models.Invoice) -> Self:
        """Return a payment for `invoice`."""
        return cls(
            id=strawberry.ID(str(payment.id)),
            amount=Money.of(invoice.money(payment.amount)),
            method=payment.method,
            received_at=payment.received_at,
            reference=payment.reference,
            refunded=Money.of(invoice.money(payment.refunded)),
        )


@strawberry.type(description="An invoice as the company's staff see it.")
class Invoice:
    """See the description."""

    id: strawberry.ID = strawberry.field(description="Names the invoice for good.")
    number: str = strawberry.field(description="Unique within the company.")
    status: InvoiceStatus = strawberry.field(description="Where it stands.")
    is_overdue: bool = strawberry.field(description="Whether money is due and the date has passed.")
    issue_date: date | None = strawberry.field(description="The day it is, or was, issued.")
    due_date: date | None = strawberry.field(description="The last day to pay.")
    subtotal: Money = strawberry.field(description="The sum of the lines.")
    discount: Money = strawberry.field(description="Taken off the subtotal before tax.")
    tax: Money = strawberry.field(description="The taxes of all lines.")
    total: Money = strawberry.field(description="Subtotal less discount plus tax.")
    amount_paid: Money = strawberry.field(description="Payments and applied credit.")
    amount_pending: Money = strawberry.field(description="Started at Stripe and not settled yet.")
    amount_due: Money = strawberry.field(description="What is left to pay.")
    notes: str | None = strawberry.field(description="What the client reads, over several lines.")
    allow_partial_payment: bool = strawberry.field(
        description="Whether the client may pay less than all at once."
    )
    minimum_payment: Money | None = strawberry.field(
        description="The least that a partial payment may be."
    )
    share_url: str | None = strawberry.field(description="The client's link; null: not shared.")
    shared_at: datetime | None = strawberry.field(description="When the link was made.")
    view_stats: ViewStats = strawberry.field(description="How often it was opened, and when.")
    created_at: datetime = strawberry.field(description="When the draft was made.")
    row: strawberry.Private[models.Invoice]

    @strawberry.field(description="Whom it is addressed to.")
    async def customer(self, info: Info) -> Customer:
        """See the description."""
        row = await info.context.loaders.customers.load(self.row.customer_id)
        return Customer.of(row, info.context.settings)

    @strawberry.field(description="Every line, in order.")
    async def lines(self, info: Info) -> list[LineItem]:
        """See the description."""
        lines = await info.context.loaders.lines.load(self.row.id)
        return [LineItem.of(line, self.row) for line in lines]

    @strawberry.field(description="What was received for it, the oldest first.")
    async def payments(self, info: Info) -> list[Payment]:
        """See the description."""
        payments = await info.context.loaders.payments.load(self.row.id)
        return [Payment.of(payment, self.row) for payment in payments]

    @strawberry.field(
        description="Each open of its link, the newest first. The cursors are those of "
        "`viewedInvoice`.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def views(
        self,
        first: First = _VIEWS_PAGE,
        after: After = None,
        include_automated: Annotated[
            bool | None,
            strawberry.argument(description="Also opens by previews, scanners and prefetching."),
        ] = False,
    ) -> Connection[InvoiceView]:
        """See the description."""
        rows = listing.views(self.row, include_automated=bool(include_automated))
        page = await listing.page_of_views(rows, page_size(first, _VIEWS_PAGE), after)
        return Connection.of(page, rows, InvoiceView.of)

    @classmethod
    def of(cls, invoice: models.Invoice, settings: Settings) -> Self:
        """Return what staff see of `invoice`."""

        def money(minor: int) -> Money:
            return Money.of(invoice.money(minor))

        minimum = invoice.minimum_payment
        return cls(
            id=strawberry.ID(str(invoice.id)),
            number=invoice.number,
            status=invoice.status,
            is_overdue=invoice.is_overdue(),
            issue_date=invoice.issue_date,
            due_date=invoice.due_date,
            subtotal=money(invoice.subtotal),
            discount=money(invoice.discount),
            tax=money(invoice.tax),
            total=money(invoice.total),
            amount_paid=money(invoice.amount_paid),
            amount_pending=money(invoice.amount_pending),
            amount_due=money(invoice.amount_due),
            notes=invoice.notes,
            allow_partial_payment=invoice.allow_partial_payment,
            minimum_payment=None if minimum is None else money(minimum),
            share_url=settings.invoice_url(invoice.share_token) if invoice.share_token else None,
            shared_at=invoice.shared_at,
            view_stats=ViewStats.of(invoice),
            created_at=invoice.created_at,
            row=invoice,
        )


@strawberry.type(description="The invoice as it is now.")
class InvoicePayload:
    """See the description."""

    invoice: Invoice = strawberry.field(description="The invoice as it is now.")


@strawberry.input(description="Names an invoice of the company.")
class InvoiceRef:
    """See the description."""

    invoice_id: strawberry.ID = strawberry.field(description="The invoice's id.")


@strawberry.input(description="One line of an invoice to be.")
class LineItemInput:
    """See the description."""

    description: str = strawberry.field(description="What is charged for.")
    quantity: Decimal = strawberry.field(description="More than 0, with at most 6 decimals.")
    unit_price: Decimal = strawberry.field(
        description="The price of one in the invoice's currency, before discount and tax."
    )
    tax_rate: Decimal | None = strawberry.field(
        default=Decimal(0), description="In percent, 0 to 100, with at most 4 decimals."
    )
