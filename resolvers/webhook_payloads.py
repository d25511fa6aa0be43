"""The payloads of webhooks: JSON of the schema's types, from one query for each kind of event."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from inspect import isawaitable
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    execute,
    parse,
)
from tortoise.models import Model

import models
from auth.client_info import ClientInfo
from auth.permissions import Permission
from auth.staff import Staff
from context import Context, Services, Viewer
from models import SubjectType, WebhookDelivery, WebhookEvent
from schema.customers import Customer
from schema.emails import EmailDelivery
from schema.invoices import CreditNote, Invoice
from schema.live_events import InvoiceUpdated, InvoiceViewed
from schema.questions import Question
from schema.quotes import Quote
from schema.webhooks import Webhook
from services.webhooks.delivery_worker import Render
from subscriptions.replay import events_of

M = TypeVar("M", bound=Model)
Load = Callable[[WebhookDelivery, Viewer], Awaitable[dict[str, object] | None]]
"""Returns the fields of a payload's data, or None if the delivery's subject no longer exists."""

_FRAGMENTS: Final = """
fragment amount on Money { amount currency }
fragment recipient on Customer { id name email }
fragment invoice on Invoice {
  id number status isOverdue issueDate dueDate purchaseOrder
  total { ...amount } amountPaid { ...amount } amountPending { ...amount }
  amountWrittenOff { ...amount } amountDue { ...amount }
  sharedAt createdAt customer { ...recipient }
}
"""
_QUERIES: Final = {
    SubjectType.INVOICE: "invoice { ...invoice }",
    SubjectType.INVOICE_VIEW: """
        view { id viewedAt source ip userAgent automated readAt }
        invoice {
          ...invoice
          viewStats {
            viewCount uniqueIps firstViewedAt lastViewedAt readCount firstReadAt
          }
        }
    """,
    SubjectType.INVOICE_UPDATE: """
        change amount { ...amount } at actor reason invoice { ...invoice }
    """,
    SubjectType.QUOTE: """
        quote {
          id number status isExpired issueDate validUntil total { ...amount }
          sentAt decidedAt answeredBy answerNote answerPurchaseOrder
          sharedAt createdAt customer { ...recipient }
        }
    """,
    SubjectType.CREDIT_NOTE: """
        creditNote {
          id number status issueDate total { ...amount } remaining { ...amount } reason
          issuedAt sharedAt createdAt customer { ...recipient }
        }
    """,
    SubjectType.CUSTOMER: "customer { ...recipient portalSharedAt createdAt }",
    SubjectType.QUESTION: """
        question {
          id name email text askedAt
          invoice { id number } quote { id number } creditNote { id number }
          customer { ...recipient }
        }
    """,
    SubjectType.EMAIL_DELIVERY: """
        delivery { id kind category recipient state detail attempts createdAt }
    """,
    SubjectType.WEBHOOK: "webhook { id url events description enabled createdAt }",
}


def payload_renderer(services: Services, api: GraphQLSchema) -> Render:
    """Return a function that makes the data of a payload, with the types of `api`.

    The data is what staff who see all invoices would see. It shows the state at the time of the
    call, which is right before the first attempt.
    """
    return partial(_render, services, _schema(api))


async def _render(
    services: Services, schema: GraphQLSchema, delivery: WebhookDelivery
) -> dict[str, Any] | None:
    company = await models.Company.get(id=delivery.company_id)
    staff = Staff(
        credential_id=UUID(int=0),
        company_id=company.id,
        user_id=None,
        name=company.name,
        email=None,
        permissions=frozenset({Permission.VIEW_INVOICES}),
        language=company.language,
        time_zone=company.time_zone,
    )
    source = await _LOADERS[delivery.subject_type](delivery, Viewer.of(staff, services.urls))
    if source is None:
        return None
    context = Context(services=services, client_info=ClientInfo(ip=None), authorization=None)
    context.authenticate_as(staff)
    document = _document(
        delivery.subject_type, with_link=delivery.event is WebhookEvent.LINK_SHARED
    )
    executed = execute(schema, document, source, context)
    result = await executed if isawaitable(executed) else executed
    if result.errors:
        raise ExceptionGroup("The payload can't be rendered.", result.errors)
    return result.data


def _schema(api: GraphQLSchema) -> GraphQLSchema:
    """Return a schema whose query has what payloads can have."""
    types = api.type_map
    of_view, of_update = types["InvoiceViewed"], types["InvoiceUpdated"]
    assert isinstance(of_view, GraphQLObjectType)
    assert isinstance(of_update, GraphQLObjectType)
    fields = {
        name: GraphQLField(cast("GraphQLObjectType", types[type_]))
        for name, type_ in (
            ("invoice", "Invoice"),
            ("quote", "Quote"),
            ("creditNote", "CreditNote"),
            ("customer", "Customer"),
            ("question", "Question"),
            ("delivery", "EmailDelivery"),
            ("webhook", "Webhook"),
        )
    }
    for name in ("change", "amount", "at", "actor", "reason"):
        fields[name] = GraphQLField(of_update.fields[name].type)
    fields["view"] = GraphQLField(of_view.fields["view"].type)
    return GraphQLSchema(query=GraphQLObjectType("WebhookData", fields), assume_valid=True)


@cache
def _document(subject: SubjectType, *, with_link: bool) -> DocumentNode:
    """Return the query of an event. Links are secret, so payloads have them only if told to."""
    text = f"{{ {_QUERIES[subject]} }} {_FRAGMENTS}"
    if with_link:
        text = text.replace(" sharedAt ", " sharedAt shareUrl ")
        text = text.replace(" portalSharedAt ", " portalSharedAt portalUrl ")
    return parse(text)


async def _find(model: type[M], delivery: WebhookDelivery, *parents: str) -> M | None:
    rows = model.filter(id=delivery.subject_id, company_id=delivery.company_id)
    return await rows.select_related(*parents).first()


async def _invoice(delivery: WebhookDelivery, viewer: Viewer) -> dict[str, object] | None:
    row = await _find(models.Invoice, delivery)
    return None if row is None else {"invoice": Invoice.of(row, viewer)}


async def _invoice_view(delivery: WebhookDelivery, viewer: Viewer) -> dict[str, object] | None:
    row = await _find(models.InvoiceView, delivery, "invoice")
    if row is None:
        return None
    [event] = events_of([row])
    viewed = InvoiceViewed.of(event, viewer)
    return {"view": viewed.view, "invoice": viewed.invoice}


async def _invoice_update(delivery: WebhookDelivery, viewer: Viewer) -> dict[str, object] | None:
    row = await _find(models.InvoiceUpdate, delivery, "invoice")
    if row is None:
        return None
    [event] = events_of([row])
    updated = InvoiceUpdated.of(event, viewer)
    names = ("change", "amount", "at", "actor", "reason", "invoice")
    return {name: getattr(updated, name) for name in names}


async def _quote(delivery: WebhookDelivery, viewer: Viewer) -> dict[str, object] | None:
    row = await _find(models.Quote, delivery)
    return None if row is None else {"quote": Quote.of(row, viewer)}


async def _credit_note(delivery: WebhookDelivery, viewer: Viewer) -> dict[str, object] | None:
    row = await _find(models.CreditNote, delivery)
    return None if row is None else {"creditNote": CreditNote.of(row, viewer)}


async def _customer(delivery: WebhookDelivery, viewer: Viewer) -> dict[str, object] | None:
    row = await _find(models.Customer, delivery)
    return None if row is None else {"customer": Customer.of(row, viewer)}


async def _question(delivery: WebhookDelivery, _: Viewer) -> dict[str, object] | None:
    row = await _find(models.Question, delivery)
    return None if row is None or row.deleted_at is not None else {"question": Question.of(row)}


async def _email(delivery: WebhookDelivery, _: Viewer) -> dict[str, object] | None:
    row = await _find(models.EmailDelivery, delivery)
    return None if row is None else {"delivery": EmailDelivery.of(row)}


async def _webhook(delivery: WebhookDelivery, _: Viewer) -> dict[str, object] | None:
    row = await _find(models.Webhook, delivery)
    return None if row is None else {"webhook": Webhook.of(row)}


_LOADERS: Final[Mapping[SubjectType, Load]] = {
    SubjectType.INVOICE: _invoice,
    SubjectType.INVOICE_VIEW: _invoice_view,
    SubjectType.INVOICE_UPDATE: _invoice_update,
    SubjectType.QUOTE: _quote,
    SubjectType.CREDIT_NOTE: _credit_note,
    SubjectType.CUSTOMER: _customer,
    SubjectType.QUESTION: _question,
    SubjectType.EMAIL_DELIVERY: _email,
    SubjectType.WEBHOOK: _webhook,
}
