"""Numbers of documents: given when a document is issued, in order and without gaps.

Whoever gives a number has locked the company, so numbers are given one after the other. The counter
moves in the transaction that issues the document: a number that a crash or an error leaves unused
is given again.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self
from uuid import UUID, uuid4

from db.statements import execute, fetch
from errors import Conflict, Text
from models import CreditNote, Invoice, NumberSeries, Quote, SeriesKind
from services.ledger.number_formats import number_key, render_number

Document = CreditNote | Invoice | Quote

KINDS: Final[dict[type[Document], SeriesKind]] = {
    Invoice: SeriesKind.INVOICE,
    Quote: SeriesKind.QUOTE,
    CreditNote: SeriesKind.CREDIT_NOTE,
}
REFERENCES: Final[dict[type[Document], str]] = {
    Invoice: "invoice_id",
    Quote: "quote_id",
    CreditNote: "credit_note_id",
}
"""The column in which rows of other tables have the id of a document."""
DOCUMENTS: Final[dict[SeriesKind, type[Document]]] = {kind: model for model, kind in KINDS.items()}
DEFAULT_FORMATS: Final = {
    SeriesKind.INVOICE: "INV-{seq:5}",
    SeriesKind.QUOTE: "Q-{seq:5}",
    SeriesKind.CREDIT_NOTE: "CN-{seq:5}",
}
_MAX_BATCH: Final = 1000
"""Numbers that are looked up at once to find one that isn't taken."""
_SERIES: Final = """
    SELECT series.format, series.restarts_yearly, counter.next
    FROM company
    LEFT JOIN number_series AS series ON series.company_id = company.id AND series.kind = $2
    LEFT JOIN number_counter AS counter ON counter.company_id = company.id AND counter.kind = $2
        AND counter.year = CASE WHEN series.restarts_yearly THEN $3 ELSE 0 END
    WHERE company.id = $1
"""
_SET_NEXT: Final = """
    INSERT INTO number_counter (id, company_id, kind, year, next) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (company_id, kind, year) DO UPDATE SET next = excluded.next
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """How a company numbers one kind of document, and what comes next on a day."""

    company_id: UUID
    kind: SeriesKind
    format: str
    restarts_yearly: bool
    day: date
    """The issue date of the document that is numbered."""
    next: int = 1
    """The sequence from which the next number is looked for. Those that are taken are skipped."""

    @classmethod
    async def load(cls, company_id: UUID, kind: SeriesKind, day: date) -> Self:
        """Return the company's series for documents issued on `day`, by default with defaults."""
        [row] = await fetch(_SERIES, company_id, kind.value, day.year)
        return cls(
            company_id=company_id,
            kind=kind,
            format=row["format"] or DEFAULT_FORMATS[kind],
            restarts_yearly=bool(row["restarts_yearly"]),
            day=day,
            next=row["next"] or 1,
        )

    async def upcoming(self) -> tuple[int, str]:
        """Return the sequence and the number that come next."""
        first, size = self.next, 1
        while True:
            numbers = {
                sequence: render_number(self.format, sequence, self.day)
                for sequence in range(first, first + size)
            }
            taken = await self._taken(numbers.values())
            for sequence, number in numbers.items():
                if number_key(number) not in taken:
                    return sequence, number
            first, size = first + size, min(size * 10, _MAX_BATCH)

    async def upcoming_next_year(self, sequence: int) -> tuple[int, str]:
        """Return what comes first next year if `sequence` is what comes next this year."""
        next_year = replace(
            self,
            day=date(self.day.year + 1, 1, 1),
            next=1 if self.restarts_yearly else sequence,
        )
        return await next_year.upcoming()

    async def save(self) -> None:
        """Store the series, and `next` for its day. The company is locked."""
        await NumberSeries.update_or_create(
            {"format": self.format, "restarts_yearly": self.restarts_yearly},
            company_id=self.company_id,
            kind=self.kind,
        )
        await self.save_next()

    async def save_next(self) -> None:
        """Store `next` in the counter of the series' day. The company is locked."""
        year = self.day.year if self.restarts_yearly else 0
        await execute(_SET_NEXT, uuid4(), self.company_id, self.kind.value, year, self.next)

    async def _taken(self, numbers: Collection[str]) -> set[str]:
        """Return the keys of those numbers that documents have."""
        rows = DOCUMENTS[self.kind].filter(
            company_id=self.company_id, number_key__in=[number_key(number) for number in numbers]
        )
        return {key for (key,) in await rows.values_list("number_key")}


async def give_number(document: Document) -> None:
    """Give the document its number: the one that staff chose for it, or else the next one.

    It needs its issue date. The caller has locked the company, and saves the document. Raises
    Conflict if the chosen number is taken.
    """
    kind = KINDS[type(document)]
    number = document.requested_number
    if number is None:
        number = await _next_number(document, kind)
    elif await _is_taken(document, number):
        raise Conflict(
            Text("The number %(number)s is taken. Choose another one.", number=number),
            field="number",
        )
    document.number = number
    document.number_key = number_key(number)


async def upcoming_number(draft: Document, today: date) -> str:
    """Return the number that the draft would get if it were issued today."""
    if draft.requested_number is not None:
        return draft.requested_number
    kind = KINDS[type(draft)]
    series = await Series.load(draft.company_id, kind, draft.issue_date or today)
    return (await series.upcoming())[1]


async def _next_number(document: Document, kind: SeriesKind) -> str:
    assert document.issue_date is not None
    series = await Series.load(document.company_id, kind, document.issue_date)
    sequence, number = await series.upcoming()
    await replace(series, next=sequence + 1).save_next()
    return number


async def require_free(draft: Document, number: str) -> None:
    """Raise Conflict if a document has the number, or another draft is to get it.

    The caller has locked the company.
    """
    if await _is_taken(draft, number):
        raise Conflict(Text("This number is taken."), field="number")
    drafts = type(draft).filter(
        company_id=draft.company_id, status="DRAFT", requested_number__isnull=False
    )
    requested = await drafts.exclude(id=draft.id).values_list("requested_number")
    if number_key(number) in {number_key(other) for (other,) in requested}:
        raise Conflict(Text("Another draft has this number."), field="number")


async def _is_taken(document: Document, number: str) -> bool:
    return await type(document).exists(
        company_id=document.company_id, number_key=number_key(number)
    )
