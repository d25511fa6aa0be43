"""Any object by its ID, for clients such as Relay that refetch single objects."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from tortoise.models import Model

import models
from context import Info
from errors import NotFound
from schema.api_keys import ApiKey
from schema.companies import AuditEntry, Company
from schema.credit_applications import CreditApplication
from schema.credit_payouts import CreditPayout
from schema.customers import Customer
from schema.emails import EmailDelivery
from schema.invoices import CreditNote, Invoice
from schema.nodes import Node
from schema.payments import Payment
from schema.permissions import Requires
from schema.questions import Question
from schema.quotes import Quote
from schema.refunds import Refund
from schema.sessions import Session
from schema.users import User
from schema.webhooks import Webhook, WebhookDelivery
from services.billing import queries
from services.common.lookups import parse_id
from services.common.nodes import NodeKind, find_kind
from services.identity.sessions import sessions_of

RowT = TypeVar("RowT", bound=Model)
Load: TypeAlias = Callable[[Info, UUID], Awaitable[Node | None]]


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="The object with this ID. NOT_FOUND if there is none that the caller may see.",
        extensions=[Requires()],
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The ID.")],
    ) -> Node | None:
        id_ = parse_id(id)
        kind = await find_kind(info.context.staff, id_)
        node = await _LOADERS[kind](info, id_) if kind else None
        if node is None:
            raise NotFound
        return node


async def _load_company(info: Info, _: UUID) -> Company:
    return Company.of(await queries.company_of(info.context.staff), info.context.urls)


async def _load_session(info: Info, id_: UUID) -> Session | None:
    staff = info.context.staff
    rows = [row for row in await sessions_of(staff) if row.id == id_]
    return Session.of(rows[0], staff) if rows else None


async def _load_invoice(info: Info, id_: UUID) -> Invoice | None:
    row = await info.context.loaders.invoices.load(id_)
    return Invoice.of(row, info.context.viewer) if row else None


async def _load_payment(info: Info, id_: UUID) -> Payment:
    row = await models.Payment.get(id=id_).select_related("invoice")
    return Payment.of(row, row.invoice, info.context.viewer.language)


async def _load_refund(info: Info, id_: UUID) -> Refund:
    row = await models.StripeRefund.get(id=id_).select_related("payment__invoice")
    return Refund.of(row, row.payment.invoice, info.context.viewer.language)


async def _load_credit_application(info: Info, id_: UUID) -> CreditApplication:
    row = await models.CreditApplication.get(id=id_)
    applied = await info.context.loaders.applications_of_notes.load(row.credit_note_id)
    [credit] = [each for each in applied if each.application.id == id_]
    return CreditApplication.of(credit, info.context.viewer.language)


async def _load_credit_payout(info: Info, id_: UUID) -> CreditPayout:
    row = await models.CreditPayout.get(id=id_).select_related("credit_note")
    paid_out = await info.context.loaders.payouts.load(row.credit_note_id)
    [credit] = [each for each in paid_out if each.payout.id == id_]
    return CreditPayout.of(credit, row.credit_note, info.context.viewer.language)


async def _load_api_key(info: Info, id_: UUID) -> ApiKey | None:
    row = await queries.api_keys(info.context.staff).get_or_none(id=id_)
    return ApiKey.of(row) if row else None


def _by_id(model: type[RowT], make: Callable[[RowT, Info], Node]) -> Load:
    async def load(info: Info, id_: UUID) -> Node | None:
        row = await model.get_or_none(id=id_)
        return make(row, info) if row else None

    return load


_LOADERS: Final[dict[NodeKind, Load]] = {
    NodeKind.COMPANY: _load_company,
    NodeKind.SESSION: _load_session,
    NodeKind.INVOICE: _load_invoice,
    NodeKind.QUOTE: _by_id(models.Quote, lambda row, info: Quote.of(row, info.context.viewer)),
    NodeKind.QUESTION: _by_id(models.Question, lambda row, _: Question.of(row)),
    NodeKind.CREDIT_NOTE: _by_id(
        models.CreditNote, lambda row, info: CreditNote.of(row, info.context.viewer)
    ),
    NodeKind.CUSTOMER: _by_id(
        models.Customer, lambda row, info: Customer.of(row, info.context.viewer)
    ),
    NodeKind.PAYMENT: _load_payment,
    NodeKind.REFUND: _load_refund,
    NodeKind.CREDIT_APPLICATION: _load_credit_application,
    NodeKind.CREDIT_PAYOUT: _load_credit_payout,
    NodeKind.EMAIL_DELIVERY: _by_id(models.EmailDelivery, lambda row, _: EmailDelivery.of(row)),
    NodeKind.USER: _by_id(models.User, lambda row, _: User.of(row)),
    NodeKind.API_KEY: _load_api_key,
    NodeKind.AUDIT_ENTRY: _by_id(models.AuditEntry, lambda row, _: AuditEntry.of(row)),
    NodeKind.WEBHOOK: _by_id(models.Webhook, lambda row, _: Webhook.of(row)),
    NodeKind.WEBHOOK_DELIVERY: _by_id(
        models.WebhookDelivery, lambda row, _: WebhookDelivery.of(row)
    ),
}
"""How each kind is loaded: None if the row was deleted after its kind was found."""
