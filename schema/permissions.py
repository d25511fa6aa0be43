"""Permissions that fields need, declared on the fields and checked before they are resolved."""

from collections.abc import Callable
from inspect import isasyncgen
from typing import Any

from graphql import OperationType
from strawberry.extensions import FieldExtension

from auth.permissions import Permission
from context import Info, Loaders


class Requires(FieldExtension):
    """Admits only staff with all of `permissions`.

    Raises Unauthenticated for other callers, and Forbidden if a permission is missing. Sets
    `info.context.staff`.
    """

    def __init__(self, *permissions: Permission) -> None:
        self.permissions = permissions

    async def resolve_async(
        self, next_: Callable[..., Any], source: object, info: Info, **kwargs: object
    ) -> Any:  # noqa: ANN401  # the field's own value
        """Check the permissions, then resolve the field."""
        staff = await info.context.authenticate()
        staff.require(*self.permissions)
        if info.path.prev is None and info.operation.operation is OperationType.MUTATION:
            info.context.loaders = Loaders()  # discards rows loaded for an earlier mutation
        answer = next_(source, info, **kwargs)
        return answer if isasyncgen(answer) else await answer
