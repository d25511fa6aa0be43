"""The payloads of webhooks: JSON of the schema's types, from one query for each kind of event."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from inspect import isawaitable
from typing import Any, Final, TypeAlias, cast
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

Fields: TypeAlias = Mapping[str, object]
"""The fields of a payload's data."""

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
    call, which is shortly before the first attempt. What the deliveries are about is loaded
    together.
    """
    return partial(_render, services, _schema(api))


async def _render(
    services: Services, schema: GraphQLSchema, deliveries: Sequence[WebhookDelivery]
) -> Sequence[dict[str, Any] | BaseException | None]:
    company = await models.Company.get(id=deliveries[0].company_id)
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
    context = Context(services=services, client_info=ClientInfo(ip=None), authorization=None)
    context.authenticate_as(staff)
    subjects = await _load(company.id, deliveries)
    viewer = Viewer.of(staff, services.urls)

    async def render(delivery: WebhookDelivery) -> dict[str, Any] | None:
        subject = subjects.get((delivery.subject_type, delivery.subject_id))
        fields = subject and _SOURCES[delivery.subject_type].fields(subject, viewer)
        if fields is None:
            return None
        with_link = delivery.event is WebhookEvent.LINK_SHARED
        document = _document(delivery.subject_type, with_link=with_link)
        executed = execute(schema, document, fields, context)
        result = await executed if isawaitable(executed) else executed
        if result.errors:
            raise ExceptionGroup("The payload can't be rendered.", result.errors)
        return result.data

    payloads: Sequence[dict[str, Any] | BaseException | None] = await asyncio.gather(
        *map(render, deliveries), return_exceptions=True
    )
    return payloads


async def _load(
    company_id: UUID, deliveries: Sequence[WebhookDelivery]
) -> Mapping[tuple[SubjectType, str], Model]:
    """Return what the deliveries are about, in one statement for each type."""
    ids: defaultdict[SubjectType, set[str]] = defaultdict(set)
    for delivery in deliveries:
        ids[delivery.subject_type].add(delivery.subject_id)
    found: dict[tuple[SubjectType, str], Model] = {}
    for type_, of_type in ids.items():
        source = _SOURCES[type_]
        rows = source.model.filter(id__in=list(of_type), company_id=company_id)
        for row in await rows.select_related(*source.parents):
            found[type_, str(row.pk)] = row
    return found


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


def _view_fields(row: models.InvoiceView, viewer: Viewer) -> Fields:
    [event] = events_of([row])
    viewed = InvoiceViewed.of(event, viewer)
    return {"view": viewed.view, "invoice": viewed.invoice}


def _update_fields(row: models.InvoiceUpdate, viewer: Viewer) -> Fields:
    [event] = events_of([row])
    updated = InvoiceUpdated.of(event, viewer)
    names = ("change", "amount", "at", "actor", "reason", "invoice")
    return {name: getattr(updated, name) for name in names}


def _question_fields(row: models.Question, _: Viewer) -> Fields | None:
    return None if row.deleted_at is not None else {"question": Question.of(row)}


@dataclass(frozen=True, slots=True)
class _Source:
    """The rows that events are about, and what payloads take from them."""

    model: type[Model]
    fields: Callable[[Any, Viewer], Fields | None]
    """Returns None for a row that counts as deleted."""
    parents: Sequence[str] = ()


_SOURCES: Final[Mapping[SubjectType, _Source]] = {
    SubjectType.INVOICE: _Source(
        models.Invoice, lambda row, viewer: {"invoice": Invoice.of(row, viewer)}
    ),
    SubjectType.INVOICE_VIEW: _Source(models.InvoiceView, _view_fields, ["invoice"]),
    SubjectType.INVOICE_UPDATE: _Source(models.InvoiceUpdate, _update_fields, ["invoice"]),
    SubjectType.QUOTE: _Source(models.Quote, lambda row, viewer: {"quote": Quote.of(row, viewer)}),
    SubjectType.CREDIT_NOTE: _Source(
        models.CreditNote, lambda row, viewer: {"creditNote": CreditNote.of(row, viewer)}
    ),
    SubjectType.CUSTOMER: _Source(
        models.Customer, lambda row, viewer: {"customer": Customer.of(row, viewer)}
    ),
    SubjectType.QUESTION: _Source(models.Question, _question_fields),
    SubjectType.EMAIL_DELIVERY: _Source(
        models.EmailDelivery, lambda row, _: {"delivery": EmailDelivery.of(row)}
    ),
    SubjectType.WEBHOOK: _Source(models.Webhook, lambda row, _: {"webhook": Webhook.of(row)}),
}
