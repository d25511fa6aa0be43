"""The company at a glance: what its home page shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

import models
from context import Info, Viewer
from schema.customers import Customer
from schema.enums import describe
from schema.invoices import CreditNote, Invoice
from schema.money import Money
from schema.questions import Question
from schema.quotes import Quote
from services.billing.overview import figures, follow_ups
from services.billing.overview.follow_ups import FollowUpReason, load_follow_ups

describe(
    FollowUpReason,
    "Why a document is worth a follow-up, most important first.",
    QUESTION="The client has asked something that nobody has answered.",
    SEEN_UNPAID="It was opened and is overdue, and the client wasn't e-mailed about it in the last "
    "three days.",
    OPENED_AGAIN="It was opened five times or more in the last 24 hours, and the client wasn't "
    "e-mailed about it since.",
    FORWARDED="It was opened from three networks or more in the last seven days, so it may have "
    "been passed on.",
    NEVER_OPENED="It was e-mailed more than three days ago, and nobody has opened it.",
    QUOTE_WAITING="It is a quote that was sent more than three days ago and can still be accepted.",
)


@strawberry.type(description="The company's figures in one currency.")
class CurrencyFigures:
    currency: str = strawberry.field(description="An ISO 4217 code.")
    open: Money = strawberry.field(description="The total amount due on issued invoices.")
    overdue: Money = strawberry.field(description="The overdue part of `open`.")
    paid_this_month: Money = strawberry.field(
        description="Payments received in the current month of the company's time zone, less "
        "refunds, disputes and reversals of these payments."
    )

    @classmethod
    def of(cls, row: figures.CurrencyFigures, language: str) -> Self:
        return cls(
            currency=row.currency,
            open=Money.of(row.open, language),
            overdue=Money.of(row.overdue, language),
            paid_this_month=Money.of(row.paid_this_month, language),
        )


@strawberry.type(
    description="What is due on issued invoices in one currency, by the days since the due date."
)
class CurrencyAgeing:
    currency: str = strawberry.field(description="An ISO 4217 code.")
    not_due: Money = strawberry.field(description="The due date hasn't passed.")
    up_to_30_days: Money = strawberry.field(name="upTo30Days", description="1 to 30 days overdue.")
    up_to_60_days: Money = strawberry.field(name="upTo60Days", description="31 to 60 days overdue.")
    over_60_days: Money = strawberry.field(
        name="over60Days", description="More than 60 days overdue."
    )

    @classmethod
    def of(cls, row: figures.CurrencyFigures, language: str) -> Self:
        ageing = row.ageing
        return cls(
            currency=row.currency,
            not_due=Money.of(ageing.not_due, language),
            up_to_30_days=Money.of(ageing.up_to_30, language),
            up_to_60_days=Money.of(ageing.up_to_60, language),
            over_60_days=Money.of(ageing.over_60, language),
        )


@strawberry.type(description="A document that is worth a follow-up, and why.")
class FollowUp:
    reason: FollowUpReason = strawberry.field(description="The most important reason.")
    customer: Customer = strawberry.field(description="The document's customer.")
    invoice: Invoice | None = strawberry.field(description="The document, if it is an invoice.")
    quote: Quote | None = strawberry.field(description="The document, if it is a quote.")
    credit_note: CreditNote | None = strawberry.field(
        description="The document, if it is a credit note."
    )
    question: Question | None = strawberry.field(
        description="The oldest question that waits for an answer; null for other reasons than "
        "QUESTION."
    )
    emailed_at: datetime | None = strawberry.field(
        description="When the client was last e-mailed the document or a reminder; null if never, "
        "and for QUESTION."
    )
    recent_opens: int | None = strawberry.field(
        description="The views in the last 24 hours; null for other reasons than OPENED_AGAIN."
    )
    is_one_device: bool | None = strawberry.field(
        description="Whether these views came from one address and browser."
    )
    networks: int | None = strawberry.field(
        description="From how many networks it was opened in the last seven days; null for other "
        "reasons than FORWARDED."
    )
    networks_since: datetime | None = strawberry.field(
        description="When the first of these views was."
    )

    @classmethod
    def of(cls, row: follow_ups.FollowUp, viewer: Viewer) -> Self:
        document = row.document
        return cls(
            reason=row.reason,
            customer=Customer.of(row.customer, viewer),
            invoice=Invoice.of(document, viewer) if isinstance(document, models.Invoice) else None,
            quote=Quote.of(document, viewer) if isinstance(document, models.Quote) else None,
            credit_note=(
                CreditNote.of(document, viewer) if isinstance(document, models.CreditNote) else None
            ),
            question=Question.of(row.question) if row.question else None,
            emailed_at=row.emailed_at,
            recent_opens=row.recent_opens,
            is_one_device=row.is_one_device,
            networks=row.networks,
            networks_since=row.networks_since,
        )


@strawberry.type(description="The company at a glance.")
class Overview:
    @strawberry.field(
        description="The figures of each currency that has any, sorted by code. Currencies are "
        "never added up."
    )
    async def figures(self, info: Info) -> list[CurrencyFigures]:
        language = info.context.staff.language
        return [CurrencyFigures.of(each, language) for each in await _figures(info)]

    @strawberry.field(
        description="What is due on issued invoices in each currency that has figures, by the days "
        "since the due date."
    )
    async def ageing(self, info: Info) -> list[CurrencyAgeing]:
        language = info.context.staff.language
        return [CurrencyAgeing.of(each, language) for each in await _figures(info)]

    @strawberry.field(description="How many invoices are issued and not fully paid.")
    async def open_count(self, info: Info) -> int:
        return sum(each.open_count for each in await _figures(info))

    @strawberry.field(description="How many of these are overdue.")
    async def overdue_count(self, info: Info) -> int:
        return sum(each.overdue_count for each in await _figures(info))

    @strawberry.field(
        description="The documents that are worth a follow-up, each once, most important first, at "
        f"most {follow_ups.MAX_FOLLOW_UPS}. No invoice whose payment is on its way is among them, "
        "unless it has an unanswered question."
    )
    async def follow_ups(self, info: Info) -> list[FollowUp]:
        rows = await load_follow_ups(info.context.staff)
        info.context.loaders.budget.spend_rows(len(rows))
        return [FollowUp.of(each, info.context.viewer) for each in rows]


async def _figures(info: Info) -> Sequence[figures.CurrencyFigures]:
    return await info.context.loaders.figures.load(info.context.staff)
