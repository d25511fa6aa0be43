"""Scalars: exact decimals, dates, and times with a time zone, validated on input."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

_RFC_3339: Final = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"
_XSD_DECIMAL: Final = "https://www.w3.org/TR/xmlschema11-2/#decimal"
_DECIMAL: Final = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def _parse_decimal(value: object) -> Decimal:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        # The shortest text of a JSON number is the number as it was written.
        text = str(value)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
    raise GraphQLError('Decimal must be a decimal number in a string, like "19.90".')


def _write_decimal(value: Decimal | str) -> str:
    """Return a decimal number as it is sent. Amounts come as texts that are made of minor units."""
    return value if isinstance(value, str) else format(value, "f")


def _parse_date(value: object) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError('Date must be a date like "2026-11-30".')


def _parse_instant(value: object) -> datetime:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError('DateTime must have a time zone, like "2026-11-30T12:00:00Z".')


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: Final[dict[Any, ScalarDefinition]] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number, sent as a string: "19.90".',
        specified_by_url=_XSD_DECIMAL,
        serialize=_write_decimal,
        parse_value=_parse_decimal,
    ),
    date: strawberry.scalar(
        name="Date",
        description='A calendar date (RFC 3339): "2026-11-30".',
        specified_by_url=_RFC_3339,
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description='A time in UTC (RFC 3339): "2026-11-30T12:00:00Z".',
        specified_by_url=_RFC_3339,
        serialize=_write_instant,
        parse_value=_parse_instant,
    ),
}
