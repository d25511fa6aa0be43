"""What was reversed, by whom and why."""

from datetime import datetime
from typing import Self

import strawberry

import models


@strawberry.type(description="Who reversed something, when and why.")
class Reversal:
    at: datetime = strawberry.field(description="When it was reversed.")
    actor: str | None = strawberry.field(
        description="The name of the user or API key that reversed it."
    )
    reason: str | None = strawberry.field(description="Why it was reversed.")

    @classmethod
    def of(
        cls, row: models.Reversal | models.CreditApplication | models.CreditPayout | None
    ) -> Self | None:
        """Return what a row says that reverses another one, if there is one."""
        match row:
            case None:
                return None
            case models.Reversal():
                at = row.at
            case models.CreditApplication():
                at = row.applied_at
            case models.CreditPayout():
                at = row.paid_at
        return cls(at=at, actor=row.actor, reason=row.reason)
