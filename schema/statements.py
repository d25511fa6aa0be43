"""Statements of account: what changed what a customer owes, in each currency."""

from datetime import date
from typing import Annotated, Self, TypeAlias

import strawberry

import models
from context import Info
from models.accounts import MovementKind
from models.companies import today_of
from schema.enums import describe
from schema.money import Money
from services.public.statements import describe_movement
from services.sharing import statements
from services.sharing.statements import Period, load_statement
from values.money import Minor
from values.money import Money as Amount

From: TypeAlias = Annotated[
    date | None,
    strawberry.argument(
        name="from",
        description="The first day; by default the first of the month two months before.",
    ),
]
To: TypeAlias = Annotated[
    date | None, strawberry.argument(description="The last day; by default today.")
]

describe(
    MovementKind,
    "What changed what a customer owes.",
    INVOICE="An invoice was issued.",
    CANCELLATION="An invoice was cancelled.",
    CREDIT_NOTE="A credit note was issued.",
    VOID="A credit note was voided.",
    PAYMENT="A payment was received.",
    REFUND="A payment was refunded. Negative for a refund that came back.",
    DISPUTE="The payer's bank took a payment back. Negative for a dispute that was won.",
    REVERSAL="A payment that was recorded by mistake was reversed.",
    WRITE_OFF="An amount was written off. Positive if it is due again or was paid after all.",
    CREDIT_KEPT="What was paid beyond an invoice became credit, which changes no balance.",
    CREDIT_USED="Credit was applied to an invoice or taken off it, which changes no balance.",
    PAYOUT="Credit was paid out. Negative for a payout that was reversed.",
)


@strawberry.type(description="Something that happened to a customer's account.")
class StatementEntry:
    kind: MovementKind = strawberry.field(description="What happened.")
    day: date = strawberry.field(
        name="date", description="The day on which it counts, in the company's time zone."
    )
    description: str = strawberry.field(description="What happened, in words.")
    invoice_number: str | None = strawberry.field(description="The number of the invoice.")
    credit_note_number: str | None = strawberry.field(description="The number of the credit note.")
    amount: Money = strawberry.field(
        description="What it adds to what the customer owes; negative for what it takes off."
    )
    balance: Money = strawberry.field(
        description="What the customer owes after it; negative for credit."
    )


@strawberry.type(description="A statement in one currency.")
class StatementBalance:
    currency: str = strawberry.field(description="The currency (ISO 4217).")
    opening: Money = strawberry.field(
        description="What the customer owed before the first day; negative for credit."
    )
    closing: Money = strawberry.field(
        description="What the customer owed at the end of the last day; negative for credit."
    )
    entries: list[StatementEntry] = strawberry.field(description="What happened, in order.")

    @classmethod
    def of(cls, part: statements.CurrencyStatement, language: str) -> Self:
        """Return a part of a statement, worded in `language`."""

        def money(minor: int) -> Money:
            return Money.of(Amount(Minor(minor), part.currency), language)

        return cls(
            currency=part.currency,
            opening=money(part.opening),
            closing=money(part.closing),
            entries=[
                StatementEntry(
                    kind=movement.kind,
                    day=movement.day,
                    description=describe_movement(movement, part.currency, language),
                    invoice_number=movement.number,
                    credit_note_number=movement.credit_note,
                    amount=money(movement.amount),
                    balance=money(movement.balance),
                )
                for movement in part.movements
            ],
        )


@strawberry.type(
    description="Everything that changed what a customer owes in a period. What the customer owes "
    "is what is due on invoices less unused credit."
)
class Statement:
    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day.")
    balances: list[StatementBalance] = strawberry.field(
        description="One for each currency with entries or a balance before them, sorted by code. "
        "Currencies are never added up."
    )


async def statement_of(
    customer: models.Customer, first: date | None, last: date | None, info: Info, language: str
) -> Statement:
    """Return the statement of a customer, who comes with its company.

    Raises BadInput and ResponseTooLarge.
    """
    period = Period.of(first, last, today_of(customer.company))
    loaders = info.context.loaders
    async with loaders.statements_turn:
        statement = await load_statement(customer, period, loaders.budget)
    return Statement(
        from_=period.first,
        to=period.last,
        balances=[StatementBalance.of(part, language) for part in statement.currencies],
    )
