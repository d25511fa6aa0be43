"""graphql-core's own execution, to compare with that of the portal."""

import pytest
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.execution import PortalExecutor


def execute_without_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let graphql-core execute all operations."""
    for name in ("execute_operation", "collect_and_execute_subfields"):
        own = getattr(StrawberryGraphQLCoreExecutionContext, name)
        monkeypatch.setattr(PortalExecutor, name, own)
