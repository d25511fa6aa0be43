"""Any object by its ID, as clients such as Relay load one again."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry

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
from schema.quotes import Quote
from schema.refunds import Refund
from schema.sessions import Session
from schema.users import User
from schema.webhooks import Webhook, WebhookDelivery
from services.billing import queries
from services.common.lookups import parse_id
from services.common.nodes import NodeKind, find_kind
from services.identity.sessions import sessions_of

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


async def _load_quote(info: Info, id_: UUID) -> Quote | None:
    row = await models.Quote.get_or_none(id=id_)
    return Quote.of(row, info.context.viewer) if row else None


async def _load_credit_note(info: Info, id_: UUID) -> CreditNote | None:
    row = await models.CreditNote.get_or_none(id=id_)
    return CreditNote.of(row, info.context.viewer) if row else None


async def _load_customer(info: Info, id_: UUID) -> Customer | None:
    row = await models.Customer.get_or_none(id=id_)
    return Customer.of(row, info.context.viewer) if row else None


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


async def _load_email_delivery(_: Info, id_: UUID) -> EmailDelivery | None:
    row = await models.EmailDelivery.get_or_none(id=id_)
    return EmailDelivery.of(row) if row else None


async def _load_user(_: Info, id_: UUID) -> User | None:
    row = await models.User.get_or_none(id=id_)
    return User.of(row) if row else None


async def _load_api_key(info: Info, id_: UUID) -> ApiKey | None:
    row = await queries.api_keys(info.context.staff).get_or_none(id=id_)
    return ApiKey.of(row) if row else None


async def _load_audit_entry(_: Info, id_: UUID) -> AuditEntry | None:
    row = await models.AuditEntry.get_or_none(id=id_)
    return AuditEntry.of(row) if row else None


async def _load_webhook(_: Info, id_: UUID) -> Webhook | None:
    row = await models.Webhook.get_or_none(id=id_)
    return Webhook.of(row) if row else None


async def _load_webhook_delivery(_: Info, id_: UUID) -> WebhookDelivery | None:
    row = await models.WebhookDelivery.get_or_none(id=id_)
    return WebhookDelivery.of(row) if row else None


_LOADERS: Final[dict[NodeKind, Load]] = {
    NodeKind.COMPANY: _load_company,
    NodeKind.SESSION: _load_session,
    NodeKind.INVOICE: _load_invoice,
    NodeKind.QUOTE: _load_quote,
    NodeKind.CREDIT_NOTE: _load_credit_note,
    NodeKind.CUSTOMER: _load_customer,
    NodeKind.PAYMENT: _load_payment,
    NodeKind.REFUND: _load_refund,
    NodeKind.CREDIT_APPLICATION: _load_credit_application,
    NodeKind.CREDIT_PAYOUT: _load_credit_payout,
    NodeKind.EMAIL_DELIVERY: _load_email_delivery,
    NodeKind.USER: _load_user,
    NodeKind.API_KEY: _load_api_key,
    NodeKind.AUDIT_ENTRY: _load_audit_entry,
    NodeKind.WEBHOOK: _load_webhook,
    NodeKind.WEBHOOK_DELIVERY: _load_webhook_delivery,
}
"""Rows may be gone between the two statements, if they can be deleted at all."""
