"""Indexes that Tortoise can't declare by itself, and what PostgreSQL must know to choose them."""

from typing import Any, Final

from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

_WITH_CUSTOMER: Final = ("invoice", "quote", "credit_note")
"""Tables whose rows have a customer, and so the customer's company."""


class PartialIndex(Index):
    """An index of the rows for which `where`, which is SQL, holds."""

    def __init__(self, *, fields: tuple[str, ...], name: str, where: str) -> None:
        super().__init__(fields=fields, name=name)
        self.where = where
        self.extra = f" WHERE {where}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how a migration constructs it."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "where": self.where}


class ComputedIndex(Index):
    """An index of the first of the `fields`, then of what the SQL computes, and of the others."""

    def __init__(self, *, fields: tuple[str, ...], name: str, computed: str) -> None:
        super().__init__(fields=fields, name=name)
        self.computed = computed

    @property
    def field_names(self) -> list[str]:
        """What the index is of."""
        first, *others = self.fields
        return [first, f"({self.computed})", *others]

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how a migration constructs it."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "computed": self.computed}


def of_known(name: str, *columns: str, known: int = -1) -> PartialIndex:
    """Return the index of the rows in which the column at the place `known` isn't null."""
    return PartialIndex(fields=columns, name=name, where=f"{columns[known]} IS NOT NULL")


def unique_known(name: str, *columns: str, known: int = 0) -> UniqueConstraint:
    """Return the unique key that only has the rows in which the column at `known` isn't null.

    Others can't be equal to any row, so it forbids as much as one of all rows, and is smaller.
    """
    return UniqueConstraint(columns, name, condition=f"{columns[known]} IS NOT NULL")


def by_link(table: str, token: str) -> tuple[PartialIndex, PartialIndex]:
    """Return the indexes of the rows with and without a link, newest first.

    `token` is the column with the link's token.
    """
    columns = ("company_id", "created_at", "id")
    return (
        PartialIndex(fields=columns, name=f"{table}_shared", where=f"{token} IS NOT NULL"),
        PartialIndex(fields=columns, name=f"{table}_unshared", where=f"{token} IS NULL"),
    )


async def create_statistics(editor: Any) -> None:  # noqa: ANN401  # Tortoise's editor
    """Have PostgreSQL know that a customer's documents are all of one company.

    Otherwise it takes those of a customer in a company to be few, and combines two indexes in place
    of following the one that has them in order.
    """
    if editor.DIALECT == "sqlite":
        return
    for table in _WITH_CUSTOMER:
        await editor.client.execute_script(
            f"CREATE STATISTICS IF NOT EXISTS {table}_customer (dependencies)"
            f" ON customer_id, company_id FROM {table}; ANALYZE {table} (customer_id, company_id)"
        )


async def drop_statistics(editor: Any) -> None:  # noqa: ANN401  # Tortoise's editor
    """Drop what `create_statistics` created."""
    if editor.DIALECT == "sqlite":
        return
    for table in _WITH_CUSTOMER:
        await editor.client.execute_script(f"DROP STATISTICS {table}_customer")
