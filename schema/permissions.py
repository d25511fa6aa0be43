"""Permissions that fields need, declared on the fields and checked before they are resolved."""

from collections.abc import Callable
from inspect import isasyncgen
from typing import Any

from graphql import OperationType
from strawberry.extensions import FieldExtension

from auth.permissions import Permission
from context import Info
from context.loaders import Loaders


class Requires(FieldExtension):
    """Admits only staff with all of `permissions`.

    Raises Unauthenticated for other callers, and Forbidden if a permission is missing. Sets
    `info.context.staff`. `before_set_up` also admits those who must set up a second factor first.
    """

    def __init__(self, *permissions: Permission, before_set_up: bool = False) -> None:
        self.permissions = permissions
        self.before_set_up = before_set_up

    async def resolve_async(
        self, next_: Callable[..., Any], source: object, info: Info, **kwargs: object
    ) -> Any:  # noqa: ANN401  # the field's own value
        """Check the permissions, then resolve the field."""
        staff = await info.context.authenticate()
        if not self.before_set_up:
            staff.require(*self.permissions)
        if info.path.prev is None and info.operation.operation is OperationType.MUTATION:
            # Discards rows loaded for an earlier mutation, but not what they cost.
            info.context.loaders = Loaders(info.context.loaders.budget)
        answer = next_(source, info, **kwargs)
        return answer if isasyncgen(answer) else await answer
