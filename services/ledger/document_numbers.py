"""Numbers of documents: given when a document is issued, in that order and without gaps.

Whoever gives a number has locked the company. The counter moves in the transaction that issues the
document, so a number that a crash or an error leaves unused is given again.
"""

import re
from datetime import date
from typing import Final
from uuid import UUID, uuid4

from db.statements import fetch
from errors import BadInput, Conflict
from models import CreditNote, Invoice, NumberSeries, Quote, SeriesKind

Document = CreditNote | Invoice | Quote

KINDS: Final[dict[type[Document], SeriesKind]] = {
    Invoice: SeriesKind.INVOICE,
    Quote: SeriesKind.QUOTE,
    CreditNote: SeriesKind.CREDIT_NOTE,
}
NOUNS: Final = {
    SeriesKind.INVOICE: "invoice",
    SeriesKind.QUOTE: "quote",
    SeriesKind.CREDIT_NOTE: "credit note",
}
DEFAULT_FORMATS: Final = {
    SeriesKind.INVOICE: "INV-{seq:5}",
    SeriesKind.QUOTE: "Q-{seq:5}",
    SeriesKind.CREDIT_NOTE: "CN-{seq:5}",
}
MAX_NUMBER_LENGTH: Final = 64
_PLACEHOLDER: Final = re.compile(r"\{(year|month|seq)(?::([1-9]))?\}")
_NEXT: Final = """
    INSERT INTO number_counter (id, company_id, kind, year, next) VALUES ($1, $2, $3, $4, 2)
    ON CONFLICT (company_id, kind, year) DO UPDATE SET next = number_counter.next + 1
    RETURNING next - 1 AS given
"""


def number_key(number: str) -> str:
    """Return the form in which numbers are unique: regardless of case."""
    return number.casefold()


def render_number(number_format: str, sequence: int, issue_date: date) -> str:
    """Return the number that `number_format` gives to the document at `sequence`."""

    def value(match: re.Match[str]) -> str:
        match match[1]:
            case "year":
                return f"{issue_date.year:04d}"
            case "month":
                return f"{issue_date.month:02d}"
            case _:
                return f"{sequence:0{match[2] or 1}d}"

    return _PLACEHOLDER.sub(value, number_format)


async def series_of(company_id: UUID, kind: SeriesKind) -> NumberSeries:
    """Return how the company numbers documents of this kind. Without a row, by the defaults."""
    series = await NumberSeries.get_or_none(company_id=company_id, kind=kind)
    return series or NumberSeries(company_id=company_id, kind=kind, format=DEFAULT_FORMATS[kind])


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
        raise Conflict(f"Another {NOUNS[kind]} has the number {number}.", field="number")
    document.number = number
    document.number_key = number_key(number)


async def require_free(document_type: type[Document], company_id: UUID, number: str) -> None:
    """Raise Conflict if a document, or another draft that is waiting for it, has the number."""
    rows = document_type.filter(company_id=company_id)
    taken = await rows.filter(number_key=number_key(number)).exists()
    if taken or await rows.filter(status="DRAFT", requested_number=number).exists():
        noun = NOUNS[KINDS[document_type]]
        raise Conflict(f"Another {noun} has this number.", field="number")


def check_format(number_format: str, field: str, *, restarts_yearly: bool) -> None:
    """Raise BadInput for `field` unless each number of this format would differ from the others."""
    names = [match[1] for match in _PLACEHOLDER.finditer(number_format)]
    rest = _PLACEHOLDER.sub("", number_format)
    if "{" in rest or "}" in rest:
        raise BadInput("Use only {year}, {month}, {seq} and {seq:5} in braces.", field=field)
    if names.count("seq") != 1:
        raise BadInput("The format needs {seq} once, for example INV-{seq:5}.", field=field)
    if restarts_yearly and "year" not in names:
        raise BadInput(
            "The format needs {year}, because its numbers start again each year.", field=field
        )


async def _next_number(document: Document, kind: SeriesKind) -> str:
    assert document.issue_date is not None
    series = await series_of(document.company_id, kind)
    year = document.issue_date.year if series.restarts_yearly else 0
    while True:
        [row] = await fetch(_NEXT, uuid4(), document.company_id, kind.value, year)
        number = render_number(series.format, row["given"], document.issue_date)
        if not await _is_taken(document, number):
            return number


async def _is_taken(document: Document, number: str) -> bool:
    return await type(document).exists(
        company_id=document.company_id, number_key=number_key(number)
    )
