"""How companies number their documents, and the numbers that come next."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company


class SeriesKind(StrEnum):
    """What a series numbers."""

    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"


class NumberSeries(Model):
    """How a company numbers one kind of document. Without a row, the defaults apply."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="number_series"
    )
    company_id: UUID
    kind = fields.CharEnumField(SeriesKind, max_length=16)
    format = fields.CharField(64)
    """The number with `{year}`, `{month}`, and `{seq}` or, with at least five digits, `{seq:5}`."""
    restarts_yearly = fields.BooleanField(default=False)

    class Meta:
        table = "number_series"
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "kind"), "number_series_kind"),
            CheckConstraint("kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE')", "number_series_kinds"),
        )


class NumberCounter(Model):
    """The number that comes next in a company's series.

    The row is locked from when a number is taken until the transaction ends, so a number that is
    not used in the end is given again.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="number_counters"
    )
    company_id: UUID
    kind = fields.CharEnumField(SeriesKind, max_length=16)
    year = fields.IntField()
    """The year that it counts, or 0 where the series doesn't restart."""
    next = fields.BigIntField()

    class Meta:
        table = "number_counter"
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "kind", "year"), "number_counter_year"),
            CheckConstraint("kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE')", "number_counter_kind"),
            CheckConstraint("next > 0", "number_counter_next"),
        )
