"""The taxes of a document."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self

import strawberry

from i18n.formatting import without_trailing_zeros
from i18n.tax_reasons import tax_reason
from models.documents import DocumentLine, PricedDocument
from schema.enums import TaxCategory
from schema.money import Money
from values.taxes import summarize


@strawberry.type(description="Base and tax of one category, name and rate of a document.")
class TaxSummary:
    name: str | None = strawberry.field(
        description="The name of the tax; null for the word for tax in the document's language."
    )
    category: TaxCategory = strawberry.field(description="The category.")
    rate: Decimal = strawberry.field(description="The rate in percent.")
    base: Money = strawberry.field(
        description="The lines' amounts less their shares of the discount, without tax."
    )
    tax: Money = strawberry.field(description="The tax, rounded once.")
    reason: str | None = strawberry.field(
        description="Why no tax is charged, in the document's language; null where that needs no "
        "reason."
    )

    @classmethod
    def all_of(
        cls, document: PricedDocument, lines: Sequence[DocumentLine], language: str
    ) -> list[Self]:
        """Return the taxes of `document`, the highest rate first, formatted in `language`."""
        totals = summarize(lines)
        return [
            cls(
                name=total.name,
                category=total.category,
                rate=without_trailing_zeros(total.rate),
                base=Money.of(document.money(total.base), language),
                tax=Money.of(document.money(total.tax), language),
                reason=tax_reason(total.category, totals, document.tax_exemption_reason, language),
            )
            for total in totals
        ]
