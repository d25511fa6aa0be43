"""How a company numbers its documents: formats, the numbers that come next, yearly restarts."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from typing import Any, Final, TypedDict

from auth.staff import Staff
from errors import BadInput, Text, gather_refusals
from models import AuditAction, Company, SeriesKind
from models.companies import today_of
from services.common import audit_log
from services.ledger.document_numbers import DEFAULT_FORMATS, DOCUMENTS, Series
from services.ledger.number_formats import clean_format

MAX_NEXT: Final = 1_000_000_000


class NumberingChanges(TypedDict, total=False):
    """New values for a company's series. What is omitted stays as it is."""

    invoice_number_format: str | None
    """None for the default."""
    next_invoice_number: int | None
    """Not None."""
    invoice_numbers_restart_yearly: bool | None
    """None for False."""
    quote_number_format: str | None
    next_quote_number: int | None
    quote_numbers_restart_yearly: bool | None
    credit_note_number_format: str | None
    next_credit_note_number: int | None
    credit_note_numbers_restart_yearly: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFields:
    """The keys of one series in `NumberingChanges`."""

    format: str
    next: str
    restarts_yearly: str


FIELDS: Final = {
    kind: SeriesFields(
        format=f"{kind.lower()}_number_format",
        next=f"next_{kind.lower()}_number",
        restarts_yearly=f"{kind.lower()}_numbers_restart_yearly",
    )
    for kind in SeriesKind
}


async def list_series(staff: Staff) -> list[Series]:
    """Return the company's series as they are today."""
    return [await Series.load(staff.company_id, kind, staff.today) for kind in SeriesKind]


async def change_numbering(staff: Staff, company: Company, changes: NumberingChanges) -> None:
    """Apply `changes` to the series of a locked company, and log what changed. Raises BadInput.

    Documents keep their numbers. A series that starts or stops restarting each year goes on from
    where it is.
    """
    with gather_refusals() as refusals:
        given = [kind for kind in SeriesKind if changes.keys() & astuple(FIELDS[kind])]
        before = [await Series.load(company.id, kind, today_of(company)) for kind in given]
        after = [refusals.of(change_series, series, changes) for series in before]
    for old, new in zip(before, after, strict=True):
        if new is None or new == old:
            continue
        await new.save()
        await audit_log.note(
            staff,
            AuditAction.NUMBERING_CHANGED,
            company.id,
            f"{DOCUMENTS[new.kind].noun}s",
            detail="\n".join(_differences(old, new)),
        )


def change_series(series: Series, changes: NumberingChanges) -> Series:
    """Return the series as it is after `changes`. Raises BadInput."""
    given = dict[str, Any](changes)
    fields = FIELDS[series.kind]
    restarts_yearly = bool(given.get(fields.restarts_yearly, series.restarts_yearly))
    text = given.get(fields.format, series.format)
    with gather_refusals() as refusals:
        number_format = refusals.of(
            clean_format,
            DEFAULT_FORMATS[series.kind] if text is None else text,
            input_name(fields.format if fields.format in given else fields.restarts_yearly),
            restarts_yearly=restarts_yearly,
        )
        next_number = refusals.of(
            _clean_next, given.get(fields.next, series.next), input_name(fields.next)
        )
    return replace(
        series,
        format=number_format or "",
        next=next_number or 0,
        restarts_yearly=restarts_yearly,
    )


def _clean_next(number: int | None, field: str) -> int:
    if number is None or not 1 <= number <= MAX_NEXT:
        raise BadInput(Text("Enter a number from 1 to %(most)s.", most=MAX_NEXT), field=field)
    return number


def input_name(name: str) -> str:
    """Return the name of an input in errors."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _differences(before: Series, after: Series) -> Iterator[str]:
    """Yield each setting that changed, before and after."""
    if before.format != after.format:
        yield f"Format: {before.format} → {after.format}"
    if before.next != after.next:
        yield f"Next number: {before.next} → {after.next}"
    if before.restarts_yearly != after.restarts_yearly:
        yield "Starts again each year: " + ("no → yes" if after.restarts_yearly else "yes → no")
