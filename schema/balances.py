"""What a customer owes, and the customer's credit, per currency."""

from typing import Self

import strawberry

from schema.money import Money
from services.sharing.accounts import CurrencyBalance


@strawberry.type(description="The balances in one currency.")
class Balance:
    outstanding: Money = strawberry.field(description="The sum due on all unpaid invoices.")
    overdue: Money = strawberry.field(description="The overdue part of it.")
    credit: Money = strawberry.field(description="The credit that hasn't been used.")

    @classmethod
    def of(cls, balance: CurrencyBalance, language: str) -> Self:
        """Return `balance` with amounts formatted in `language`."""
        return cls(
            outstanding=Money.of(balance.outstanding, language),
            overdue=Money.of(balance.overdue, language),
            credit=Money.of(balance.credit, language),
        )
