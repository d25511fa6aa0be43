"""Indexes that Tortoise can't declare by itself."""

from typing import Any

from tortoise.indexes import Index


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


def by_link(table: str, token: str) -> tuple[PartialIndex, PartialIndex]:
    """Return the indexes of the rows with and without a link, newest first.

    `token` is the column with the link's token.
    """
    columns = ("company_id", "created_at", "id")
    return (
        PartialIndex(fields=columns, name=f"{table}_shared", where=f"{token} IS NOT NULL"),
        PartialIndex(fields=columns, name=f"{table}_unshared", where=f"{token} IS NULL"),
    )
