"""What a customer owes, and the customer's credit, per currency."""

from datetime import date
from typing import Self

import strawberry

from schema.money import Money
from services.sharing.accounts import CurrencyBalance


@strawberry.type(description="The balances in one currency.")
class Balance:
    outstanding: Money = strawberry.field(description="The sum due on all unpaid invoices.")
    overdue: Money = strawberry.field(description="The overdue part of it.")
    credit: Money = strawberry.field(description="The credit that hasn't been used.")
    pending: Money = strawberry.field(
        description="The part of `outstanding` that is on its way: payments that were started at "
        "Stripe and haven't settled yet."
    )
    open_invoices: int = strawberry.field(description="The number of unpaid invoices.")
    overdue_invoices: int = strawberry.field(description="The number of overdue ones.")
    next_due_date: date | None = strawberry.field(
        description="The next day on which something falls due that isn't on its way; null if "
        "there is none."
    )

    @classmethod
    def of(cls, balance: CurrencyBalance, language: str) -> Self:
        """Return `balance` with amounts formatted in `language`."""
        return cls(
            outstanding=Money.of(balance.outstanding, language),
            overdue=Money.of(balance.overdue, language),
            credit=Money.of(balance.credit, language),
            pending=Money.of(balance.pending, language),
            open_invoices=balance.open_count,
            overdue_invoices=balance.overdue_count,
            next_due_date=balance.next_due,
        )
