"""How the company numbers its documents."""

from typing import Self

import strawberry

from auth.staff import Staff
from schema.enums import SeriesKind
from services.company.numbering import list_series
from services.ledger.document_numbers import Series


@strawberry.type(description="How the company numbers one kind of document.")
class NumberSeries:
    kind: SeriesKind = strawberry.field(description="What it numbers.")
    format: str = strawberry.field(
        description="The format of numbers: text with `{seq}` for the running number, or `{seq:5}` "
        "for one with at least five digits, and `{year}` and `{month}` of the issue date."
    )
    next: int = strawberry.field(
        description="The running number of the document that is issued next. Numbers that are "
        "taken are left out."
    )
    restarts_yearly: bool = strawberry.field(
        description="Whether the running number starts again at 1 each year."
    )
    preview: str = strawberry.field(
        description="The number that the next document would get today, unless another number was "
        "chosen for it."
    )

    next_year_preview: str = strawberry.field(
        description="The number of the first document of next year, if none is issued until then."
    )

    @classmethod
    async def of(cls, series: Series) -> Self:
        sequence, number = await series.upcoming()
        _, next_year = await series.upcoming_next_year(sequence)
        return cls(
            kind=series.kind,
            format=series.format,
            next=sequence,
            restarts_yearly=series.restarts_yearly,
            preview=number,
            next_year_preview=next_year,
        )

    @classmethod
    async def all_of(cls, staff: Staff) -> list[Self]:
        """Return the series of invoices, quotes and credit notes."""
        return [await cls.of(series) for series in await list_series(staff)]


def _format_of(kind: str, example: str) -> str | None:
    field: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The format of the numbers of {kind}, for example `{example}`: text with "
        "`{seq}` or `{seq:5}` and, if you like, `{year}` and `{month}` of the issue date. Null is "
        "the default.",
    )
    return field


def _next_of(kind: str) -> int | None:
    field: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The running number of the {kind} that is issued next, from 1 to "
        "1,000,000,000, to continue the numbers of another program. Numbers that are taken are "
        "left out.",
    )
    return field


def _restart_of(kind: str) -> bool | None:
    field: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"Whether the running number of {kind} starts again at 1 each year. The format "
        "needs `{year}` then.",
    )
    return field


@strawberry.input
class NumberingContent:
    """The fields in inputs. What is omitted stays as it is. No type of the schema itself."""

    invoice_number_format: str | None = _format_of("invoices", "RE-{year}-{seq:4}")
    next_invoice_number: int | None = _next_of("invoice")
    invoice_numbers_restart_yearly: bool | None = _restart_of("invoices")
    quote_number_format: str | None = _format_of("quotes", "Q-{seq:5}")
    next_quote_number: int | None = _next_of("quote")
    quote_numbers_restart_yearly: bool | None = _restart_of("quotes")
    credit_note_number_format: str | None = _format_of("credit notes", "CN-{seq:5}")
    next_credit_note_number: int | None = _next_of("credit note")
    credit_note_numbers_restart_yearly: bool | None = _restart_of("credit notes")
