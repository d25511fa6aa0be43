"""The days of a service."""

from datetime import date
from typing import Self

import strawberry

from models.documents import PricedDocument
from services.billing.drafts import Period as PeriodDraft


@strawberry.type(description="The days of a service or a delivery.")
class Period:
    from_: date = strawberry.field(name="from", description="The day, or the first one.")
    to: date | None = strawberry.field(description="The last day; null for a single day.")

    @classmethod
    def of(cls, row: PricedDocument) -> Self | None:
        if row.period_start is None:
            return None
        return cls(from_=row.period_start, to=row.period_end)


@strawberry.input(description="The days of a service or a delivery.")
class PeriodInput:
    from_: date = strawberry.field(name="from", description="The day, or the first one.")
    to: date | None = strawberry.field(
        default=None, description="The last day. Omit it for a single day."
    )

    def period(self) -> PeriodDraft:
        return PeriodDraft(start=self.from_, end=self.to)
