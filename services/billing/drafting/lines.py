"""The lines of a draft as they are stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from errors import gather_refusals, input_path
from services.billing.pricing import LineDraft
from services.common.validation import clean, clean_optional
from values.pricing import LineTotal, Totals, undiscounted_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTexts:
    """The texts of a line as they are stored."""

    description: str | None
    unit: str | None


def line_texts(drafts: Sequence[LineDraft]) -> Sequence[LineTexts]:
    """Return the texts of each line. Raises BadInput with all that are empty or too long."""
    with gather_refusals() as refusals:
        texts = [refusals.of(_texts_of, index, draft) for index, draft in enumerate(drafts)]
    return [text for text in texts if text is not None]


def _texts_of(index: int, draft: LineDraft) -> LineTexts:
    with input_path("lines", index), gather_refusals() as refusals:
        return LineTexts(
            description=refusals.of(
                clean, draft.description, "description", most=2000, multiline=True
            ),
            unit=refusals.of(clean_optional, draft.unit, "unit", most=50),
        )


def line_columns(
    drafts: Sequence[LineDraft], texts: Sequence[LineTexts], totals: Totals, currency: str
) -> Iterable[dict[str, Any]]:
    """Return the columns of each line."""
    for index, (draft, text, total) in enumerate(zip(drafts, texts, totals.lines, strict=True)):
        yield {
            "position": index + 1,
            "description": text.description,
            "quantity": draft.quantity,
            "unit": text.unit,
            "unit_price": draft.unit_price or Decimal(0),  # no negative zero
            "discount_percent": draft.discount_percent,
            **_amounts(draft, total, currency),
            **_tax_columns(draft, total),
        }


def _amounts(draft: LineDraft, total: LineTotal, currency: str) -> dict[str, int]:
    undiscounted = undiscounted_amount(draft.quantity, draft.unit_price, currency)
    return {
        "discount_amount": abs(undiscounted - total.amount),
        "amount": total.amount,
        "net": total.net,
        "discount": total.discount,
    }


def _tax_columns(draft: LineDraft, total: LineTotal) -> dict[str, Any]:
    first, second = draft.tax, draft.second
    return {
        "tax_category": first.category,
        "tax_name": first.name,
        "tax_rate": first.rate,
        "tax": total.taxes[0],
        "second_tax_name": second.name if second else None,
        "second_tax_rate": second.rate if second else None,
        "second_tax": total.taxes[1] if second else 0,
    }
