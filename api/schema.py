"""The one schema: its roots, its scalars and its extensions."""

from contextlib import aclosing
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionContext

from api.errors import CodedErrors
from api.execution import PortalExecutor
from api.input_objects import make_input_objects_directly
from api.query_cache import QueryDocuments
from resolvers.api_keys import ApiKeyMutations
from resolvers.checkouts import CheckoutMutations
from resolvers.companies import CompanyMutations
from resolvers.credit_applications import CreditApplicationMutations
from resolvers.credit_notes import CreditNoteMutations, CreditNoteQueries
from resolvers.credit_payouts import CreditPayoutMutations
from resolvers.customers import CustomerMutations
from resolvers.emails import EmailMutations
from resolvers.invoice_events import InvoiceEventSubscription
from resolvers.invoices import InvoiceMutations
from resolvers.links import LinkMutations
from resolvers.payments import PaymentMutations
from resolvers.portals import PortalQueries
from resolvers.preferences import PreferencesMutations, PreferencesQueries
from resolvers.quotes import QuoteMutations, QuoteQueries
from resolvers.second_factors import SecondFactorMutations
from resolvers.sessions import SessionMutations, SessionQueries
from resolvers.sign_in import CallerQueries, SignInMutations
from resolvers.stripe_accounts import StripeAccountMutations
from resolvers.users import UserMutations
from resolvers.views import ViewMutations, ViewQueries, ViewSubscription
from resolvers.write_offs import WriteOffMutations
from schema.enums import ErrorCode
from schema.scalars import SCALARS


@strawberry.type(description="The queries.")
class Query(
    ViewQueries,
    PortalQueries,
    PreferencesQueries,
    QuoteQueries,
    CreditNoteQueries,
    CallerQueries,
    SessionQueries,
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
    EmailMutations,
):
    """The root of mutations."""


@strawberry.type(description="The subscriptions.")
class Subscription(ViewSubscription, InvoiceEventSubscription):
    """The root of subscriptions."""


class PortalSchema(strawberry.Schema):
    """A schema whose errors are logged only where they get their codes."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: `api.errors` logs them."""

    async def stream(self, *args: Any, **kwargs: Any) -> StreamResult:  # noqa: ANN401
        """Execute an operation and stream its results up to the first error that isn't its own.

        An event that failed was not delivered. If later ones followed, a client that keeps the last
        cursor would never get it. So the stream ends, and the client reconnects.
        """
        return _until_failure(await super().stream(*args, **kwargs))


async def _until_failure(results: StreamResult) -> StreamResult:
    async with aclosing(results):
        async for result in results:
            yield result
            errors = getattr(result, "errors", None) or ()
            codes = {(error.extensions or {}).get("code") for error in errors}
            if codes & {ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE}:
                return


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
    make_input_objects_directly(schema)
    return schema
