"""Announcements of new rows: text that carries the rows, so that nobody has to read them.

An announcement can always be less than that: empty, it only says that there are new rows. It is so
for a stream without a decoder, for many rows and for long ones.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from operator import index, itemgetter
from typing import Any, Final

import orjson
from asyncpg.pgproto.pgproto import UUID
from tortoise.fields import (
    BigIntField,
    DateField,
    DatetimeField,
    DecimalField,
    Field,
    IntField,
    UUIDField,
)

from db.compiled_queries import Columns
from models import Invoice, InvoiceView

HINT: Final = ""
"""The announcement that says nothing but to read the rows."""
MAX_LENGTH: Final = 32 * 1024
"""Characters."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Rows that follow each other, and the feed's counter of changed credentials with them."""

    credentials_changed: int
    rows: Sequence[Any]
    """Rows of the stream, with their invoices."""


def decode_views(text: str) -> Announced | None:
    """Return what was announced, with each view's invoice; None for a hint.

    What another version of the portal, or somebody else, announced counts as a hint if we can't
    read it.
    """
    if len(text) > MAX_LENGTH:
        return None
    try:
        announced = orjson.loads(text)
        invoices = {id_: _INVOICE.values_of(row) for id_, row in announced["invoices"].items()}
        records = [
            [*_VIEW.values_of(row), *invoices[row["invoice_id"]]] for row in announced["views"]
        ]
        return Announced(
            credentials_changed=index(announced["credentialsChanged"]),
            rows=_VIEWS.build(records),
        )
    except _UNREADABLE:
        return None


class _Row:
    """Reads the row of a model from JSON, in the order of `Columns`."""

    def __init__(self, model: type[InvoiceView | Invoice]) -> None:
        self._model = model

    def values_of(self, row: dict[str, Any]) -> list[Any]:
        """Return the values as PostgreSQL's driver would. Raises _UNREADABLE if one can't be."""
        values = list(self._read(row))
        for at, parse, is_nullable in self._parsers:
            if values[at] is not None or not is_nullable:
                values[at] = parse(values[at])
        return values

    @cached_property
    def _fields(self) -> dict[str, Field[Any]]:
        meta = self._model._meta
        columns = meta.fields_db_projection_reverse
        return {column: meta.fields_map[columns[column]] for column in sorted(columns)}

    @cached_property
    def _read(self) -> Callable[[dict[str, Any]], Sequence[object]]:
        return itemgetter(*self._fields)

    @cached_property
    def _parsers(self) -> list[tuple[int, Callable[[Any], object], bool]]:
        return [
            (at, parse, field.null)
            for at, field in enumerate(self._fields.values())
            if (parse := _parser_of(field))
        ]


def _parser_of(field: Field[Any]) -> Callable[[Any], object] | None:
    return _decimal_parser(field) if isinstance(field, DecimalField) else _PARSERS.get(type(field))


def _decimal_parser(field: DecimalField[Any]) -> Callable[[Any], Decimal]:
    """Return a function that restores a decimal from the float that the JSON reader made of it."""
    if field.max_digits > sys.float_info.dig:
        raise TypeError(field)
    exponent = Decimal(1).scaleb(-field.decimal_places)
    return lambda value: Decimal(repr(value)).quantize(exponent)


def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_PARSERS: Final[dict[type, Callable[[Any], object]]] = {
    IntField: index,
    BigIntField: index,
    UUIDField: UUID,  # the driver's, which reads texts several times faster than Python's
    DatetimeField: _parse_time,
    DateField: date.fromisoformat,
}
_UNREADABLE: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_VIEW: Final = _Row(InvoiceView)
_INVOICE: Final = _Row(Invoice)
_VIEWS: Final = Columns(InvoiceView, "invoice")
