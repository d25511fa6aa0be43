"""The one schema: its roots, its scalars and its extensions."""

from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.documents import Documents
from api.errors import CodedErrors
from api.execution import PortalExecutor
from resolvers.access import AccessMutations, AccessQueries
from resolvers.invoicing import InvoicingMutations
from resolvers.sharing import SharingMutations
from resolvers.viewing import ViewingMutations, ViewingQueries, ViewingSubscription
from schema.enums import ErrorCode
from schema.scalars import SCALARS


@strawberry.type(description="What can be read.")
class Query(ViewingQueries, AccessQueries):
    """The root of queries."""


@strawberry.type(description="What can be done.")
class Mutation(ViewingMutations, AccessMutations, SharingMutations, InvoicingMutations):
    """The root of mutations."""


@strawberry.type(description="What can be followed live.")
class Subscription(ViewingSubscription):
    """The root of subscriptions."""


class PortalSchema(strawberry.Schema):
    """A schema whose errors are logged where they are coded, and nowhere else."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: see `api.errors`."""


@cache
def make_schema() -> PortalSchema:
    """Return the schema; it is built once."""
    return PortalSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[ErrorCode],
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=PortalExecutor,
        extensions=[CodedErrors, Documents],
    )
