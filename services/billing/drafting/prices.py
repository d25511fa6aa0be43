"""What a draft comes to while it is being written, when lines may be unfinished or wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from errors import BadInput, Text
from services.billing.pricing import MAX_LINES, Discount, LineDraft, check_line, total_of
from values.pricing import DocumentPrice, LinePrice, LineTotal, Totals, calculate
from values.taxes import TaxRounding


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPrice:
    """What the finished lines of a draft come to."""

    currency: str
    lines: Sequence[LineTotal | None]
    """The figures of each line, in order; None for one that is left out."""
    totals: Totals
    """Those of the document if it had only these lines, and no discount if that is wrong."""
    problems: Sequence[BadInput]
    """What `price` would refuse, apart from lines that aren't there yet."""


def price_draft(
    lines: Sequence[LineDraft | None],
    discount: Discount,
    currency: str,
    *,
    prices_include_tax: bool,
    rounding: TaxRounding,
) -> DraftPrice:
    """Return what `lines` less `discount` come to by the rules of `price`.

    A line that is None has no price yet. It is left out, and so is one that is wrong. Raises
    BadInput for too many lines.
    """
    if len(lines) > MAX_LINES:
        raise BadInput(Text("There must be 1 to %(most)s lines.", most=MAX_LINES), field="lines")
    problems: list[BadInput] = []
    finished: dict[int, LinePrice] = {}
    for index, line in enumerate(lines):
        if line is not None:
            try:
                finished[index] = check_line(index, line, currency)
            except BadInput as refusal:
                problems += refusal.all
    try:
        totals = total_of(
            list(finished.values()),
            discount,
            currency,
            prices_include_tax=prices_include_tax,
            rounding=rounding,
        )
    except BadInput as refusal:
        problems += refusal.all if finished else ()
        totals = calculate(
            DocumentPrice(
                currency=currency,
                lines=list(finished.values()),
                prices_include_tax=prices_include_tax,
                rounding=rounding,
            )
        )
    figures = dict(zip(finished, totals.lines, strict=True))
    return DraftPrice(
        currency=currency,
        lines=[figures.get(index) for index in range(len(lines))],
        totals=totals,
        problems=problems,
    )
