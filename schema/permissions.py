"""The permission that a field needs, declared on the field and enforced before it is answered."""

from collections.abc import Callable
from inspect import isasyncgen
from typing import Any

from graphql import OperationType
from strawberry.extensions import FieldExtension

from auth.permissions import Permission
from context import Info, Loaders


class Requires(FieldExtension):
    """Lets only staff in, and of them only those with all of `permissions`.

    Unauthenticated for strangers, Forbidden for those who lack one. `info.context.staff` is set in
    every field that has this.
    """

    def __init__(self, *permissions: Permission) -> None:
        self.permissions = permissions

    async def resolve_async(
        self, next_: Callable[..., Any], source: object, info: Info, **kwargs: object
    ) -> Any:  # noqa: ANN401  # whatever the field answers
        """Check, then answer the field."""
        staff = await info.context.authenticate()
        staff.require(*self.permissions)
        if info.path.prev is None and info.operation.operation is OperationType.MUTATION:
            info.context.loaders = Loaders()  # what an earlier one has loaded is old by now
        answer = next_(source, info, **kwargs)
        return answer if isasyncgen(answer) else await answer
