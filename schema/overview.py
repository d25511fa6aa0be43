"""The company at a glance: what its home page shows."""

from typing import Self

import strawberry

from schema.money import Money
from services.billing import overview


@strawberry.type(description="The company's figures in one currency.")
class CurrencyFigures:
    currency: str = strawberry.field(description="An ISO 4217 code.")
    open: Money = strawberry.field(description="The total amount due on issued invoices.")
    overdue: Money = strawberry.field(description="The overdue part of `open`.")
    paid_this_month: Money = strawberry.field(
        description="Payments received in the current month of the company's time zone, less "
        "refunds, disputes and reversals of these payments."
    )

    @classmethod
    def of(cls, figures: overview.CurrencyFigures, language: str) -> Self:
        return cls(
            currency=figures.open.currency,
            open=Money.of(figures.open, language),
            overdue=Money.of(figures.overdue, language),
            paid_this_month=Money.of(figures.paid_this_month, language),
        )


@strawberry.type(description="The company at a glance.")
class Overview:
    figures: list[CurrencyFigures] = strawberry.field(
        description="The figures of each currency that has any, sorted by code. Currencies are "
        "never added up."
    )
