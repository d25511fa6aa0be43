"""The one schema: its roots, its scalars and its extensions."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import strawberry
from graphql import GraphQLError, is_input_object_type, is_object_type
from graphql.utilities.print_schema import print_schema_definition
from strawberry.http import GraphQLRequestData
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from api.errors import CodedErrors
from api.event_streams import results_of
from api.execution import OperationContext, PortalExecutor
from api.executors import executor_of
from api.input_objects import make_input_objects_directly
from api.query_cache import QueryDocuments
from resolvers.api_keys import ApiKeyMutations
from resolvers.checkouts import CheckoutMutations, CheckoutQueries
from resolvers.companies import CompanyMutations
from resolvers.credit_notes import CreditNoteMutations, CreditNoteQueries
from resolvers.credit_uses import CreditApplicationMutations, CreditPayoutMutations
from resolvers.customers import CustomerMutations
from resolvers.emails import EmailMutations, EmailQueries
from resolvers.invoice_events import InvoiceEventSubscription
from resolvers.invoices import DraftPriceQueries, InvoiceMutations
from resolvers.links import LinkMutations
from resolvers.nodes import NodeQueries
from resolvers.notices import NoticeMutations, NoticeQueries
from resolvers.payments import ActionPreviewQueries, PaymentMutations, WriteOffMutations
from resolvers.portals import PortalQueries
from resolvers.preferences import PreferencesMutations, PreferencesQueries
from resolvers.questions import QuestionMutations
from resolvers.quotes import QuoteMutations, QuoteQueries
from resolvers.second_factors import SecondFactorMutations
from resolvers.sessions import CallerQueries, SessionMutations, SessionQueries, SignInMutations
from resolvers.stripe_accounts import StripeAccountMutations
from resolvers.users import UserMutations
from resolvers.views import ViewMutations, ViewQueries, ViewSubscription
from resolvers.webhooks import WebhookMutations
from schema.enums import ErrorCode
from schema.scalars import SCALARS


@strawberry.type(description="The queries.")
class Query(
    ViewQueries,
    PortalQueries,
    PreferencesQueries,
    QuoteQueries,
    CreditNoteQueries,
    CheckoutQueries,
    CallerQueries,
    SessionQueries,
    NoticeQueries,
    NodeQueries,
    DraftPriceQueries,
    ActionPreviewQueries,
    EmailQueries,
):
    """The root of queries."""


@strawberry.type(description="The mutations.")
class Mutation(
    ViewMutations,
    CheckoutMutations,
    PreferencesMutations,
    SignInMutations,
    SessionMutations,
    SecondFactorMutations,
    ApiKeyMutations,
    UserMutations,
    CompanyMutations,
    StripeAccountMutations,
    LinkMutations,
    CustomerMutations,
    InvoiceMutations,
    PaymentMutations,
    WriteOffMutations,
    CreditNoteMutations,
    CreditApplicationMutations,
    CreditPayoutMutations,
    QuoteMutations,
    QuestionMutations,
    EmailMutations,
    WebhookMutations,
    NoticeMutations,
):
    """The root of mutations."""


@strawberry.type(description="The subscriptions.")
class Subscription(ViewSubscription, InvoiceEventSubscription):
    """The root of subscriptions."""


_STREAMED: Final = frozenset({OperationType.SUBSCRIPTION})
_ALL: Final = frozenset(OperationType)


_DESCRIPTION: Final = """\
Invotify's customer portal: documents, the links that clients open, payments, and each open of an
invoice.

Businesses send `Authorization: Bearer` with an API key or the token of `signIn`. Fields that take
the `token` of a link need no credential. Every error has a code in `extensions.code`, one of
`ErrorCode`.\
"""


class PortalSchema(strawberry.Schema):
    """A schema whose errors are logged only where they get their codes."""

    def as_str(self) -> str:
        """Return the schema as text, with its description, which Strawberry leaves out."""
        return f"{print_schema_definition(self._schema)}\n\n{super().as_str()}"

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: `api.errors` logs them."""

    async def stream(  # type: ignore[override]  # Strawberry's has more that we don't use
        self,
        query: str | None,
        *,
        context_value: OperationContext,
        variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] = _ALL,
        **_: object,
    ) -> StreamResult:
        """Stream the results of a subscription. Strawberry does the rest, such as refusals."""
        context = context_value.of_operation()
        assert isinstance(context, OperationContext)
        allowed = frozenset(allowed_operation_types)
        parameters = GraphQLRequestData(
            query=query,
            variables=variable_values,
            operation_name=operation_name,
            extensions=operation_extensions,
        )
        executor = executor_of(self._schema, parameters, context, allowed & _STREAMED)
        if executor is not None:
            return results_of(executor)
        return await super().stream(
            query,
            variable_values=variable_values,
            context_value=context_value,
            operation_name=operation_name,
            allowed_operation_types=allowed,
        )


@cache
def make_schema() -> PortalSchema:
    """Return the schema, built once."""
    schema = PortalSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[ErrorCode],
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=PortalExecutor,
        extensions=[CodedErrors, QueryDocuments],
    )
    schema._schema.description = _DESCRIPTION
    _say_what_takes_one_value(schema)
    make_input_objects_directly(schema)
    _trust_classes(schema)
    return schema


def _say_what_takes_one_value(schema: PortalSchema) -> None:
    """Tell graphql-core which inputs are @oneOf, so that it checks their values in documents too.

    Strawberry keeps it to itself, and checks only what has been coerced.
    """
    for type_ in schema._schema.type_map.values():
        if is_input_object_type(type_):
            type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of


def _trust_classes(schema: PortalSchema) -> None:
    """Trust the classes of objects, instead of asking types whether objects belong to them.

    Strawberry lets types with an interface check. The types of `Node` name themselves, and only
    types that don't check can be planned.
    """
    for type_ in schema._schema.type_map.values():
        if is_object_type(type_):
            type_.is_type_of = None
