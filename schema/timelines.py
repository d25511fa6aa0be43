"""Timelines of documents, of customers and of the whole company."""

from datetime import UTC, datetime
from typing import Final, Self

import strawberry

from context import Info
from models import DeliveryState
from schema.connections import DefaultSize, PageInfo
from schema.enums import MailKind, ViewSource, describe
from schema.money import Money
from services.activity import entries
from services.activity.entries import ActivityKind, SubjectKind
from services.activity.scopes import Scope
from services.activity.timelines import TimelinePage, load_timeline
from services.activity.words import Tone, Words, words_of

TIMELINE_PAGE: Final = DefaultSize(25)

describe(
    ActivityKind,
    "What happened.",
    CREATED="A draft or a customer was created.",
    EDITED="A customer was edited.",
    DELETED="A draft was deleted.",
    ISSUED="The document was issued.",
    CANCELLED="The invoice was cancelled.",
    VOIDED="The credit note was voided.",
    SHARED="The document or the customer's portal was shared.",
    SHARE_REVOKED="The link was revoked.",
    EMAILED="An e-mail about the document was sent or tried: see `email`.",
    EMAILS_TURNED_OFF="Staff turned off e-mails to an address of the customer.",
    OPENED="The invoice was opened by people, once or several times in a row: see `opens`.",
    READ="The invoice was read for the first time.",
    PAYMENT_RECEIVED="A payment was received.",
    PAYMENT_PENDING="A payment was started and hasn't settled yet.",
    PAYMENT_FAILED="A pending payment failed.",
    PAYMENT_REVERSED="A payment that was recorded by mistake was reversed.",
    REFUNDED="A payment was refunded, in full or in part.",
    DISPUTED="The payer's bank disputed a payment and took the money back for now.",
    REVERSAL_RETURNED="Money taken back by a refund or a dispute was returned.",
    CREDIT_APPLIED="Credit was applied.",
    CREDIT_REVERSED="Applied credit was removed again.",
    CREDIT_PAID_OUT="Credit was paid out to the customer.",
    CREDIT_PAYOUT_REVERSED="A payout of credit was reversed.",
    WRITTEN_OFF="What was due was written off, in full or in part.",
    WRITE_OFF_REVERSED="A write-off was reversed.",
    QUESTION_ASKED="The client asked a question.",
    QUESTION_ANSWERED="Staff answered or closed a question.",
    QUESTION_DELETED="Staff deleted a question.",
    QUOTE_ACCEPTED="The quote was accepted.",
    QUOTE_DECLINED="The quote was declined.",
)
describe(
    SubjectKind,
    "What something happened to.",
    INVOICE="An invoice.",
    QUOTE="A quote.",
    CREDIT_NOTE="A credit note.",
    CUSTOMER="A customer.",
)
describe(
    Tone,
    "How good news it is.",
    GOOD="Good: paid, read, accepted, or open right now.",
    BAD="Something failed.",
    INFO="It is under way.",
    NEUTRAL="Anything else.",
)


@strawberry.type(description="The document or the customer of an entry. `node(id)` has more of it.")
class TimelineSubject:
    type: SubjectKind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its ID.")
    label: str = strawberry.field(description="Its number or name.")
    exists: bool = strawberry.field(description="False for a draft that was deleted since.")

    @classmethod
    def of(cls, subject: entries.Subject | None) -> Self | None:
        if subject is None:
            return None
        return cls(
            type=subject.type,
            id=strawberry.ID(str(subject.id)),
            label=subject.label,
            exists=subject.exists,
        )


@strawberry.type(description="Views by people that followed each other on a day.")
class TimelineOpens:
    count: int = strawberry.field(description="How many there were.")
    first_at: datetime = strawberry.field(description="When the first was.")
    networks: list[str] = strawberry.field(description="The distinct IP addresses.")
    devices: list[str] = strawberry.field(description="The distinct names of devices.")
    sources: list[ViewSource] = strawberry.field(description="Where the viewers came from.")
    read_count: int = strawberry.field(description="In how many of them someone read it.")
    has_pdf_download: bool = strawberry.field(description="Whether the PDF was downloaded.")
    has_pay_click: bool = strawberry.field(description="Whether someone chose to pay online.")
    is_live: bool = strawberry.field(
        description="Whether the last one was within the last five minutes."
    )

    @classmethod
    def of(cls, entry: entries.Entry, now: datetime) -> Self | None:
        opens = entry.opens
        if opens is None:
            return None
        return cls(
            count=opens.count,
            first_at=opens.first_at,
            networks=list(opens.networks),
            devices=list(opens.devices),
            sources=list(opens.sources),
            read_count=opens.read_count,
            has_pdf_download=opens.has_pdf_download,
            has_pay_click=opens.has_pay_click,
            is_live=entry.is_live(now),
        )


@strawberry.type(description="An e-mail about a document.")
class TimelineEmail:
    id: strawberry.ID = strawberry.field(description="The delivery's ID.")
    kind: MailKind = strawberry.field(description="The kind of e-mail.")
    state: DeliveryState = strawberry.field(description="What has become of it.")
    recipient: str = strawberry.field(description="The recipient's address.")
    detail: str | None = strawberry.field(
        description="The mail server's last response, or why it wasn't sent."
    )

    @classmethod
    def of(cls, email: entries.Email | None) -> Self | None:
        if email is None:
            return None
        return cls(
            id=strawberry.ID(str(email.id)),
            kind=email.kind,
            state=email.state,
            recipient=email.recipient,
            detail=email.detail,
        )


@strawberry.type(description="The payment that an entry is about.")
class TimelinePayment:
    id: strawberry.ID | None = strawberry.field(
        description="The payment's ID; null if nothing was received."
    )
    method: str | None = strawberry.field(description="How it was made, if that is known.")
    reference: str | None = strawberry.field(description="The bank's or payer's reference.")
    stripe_url: str | None = strawberry.field(
        description="Where the company finds it at Stripe; null if Stripe has no part in it."
    )

    @classmethod
    def of(cls, payment: entries.PaymentDetails | None, words: Words) -> Self | None:
        if payment is None:
            return None
        return cls(
            id=strawberry.ID(str(payment.id)) if payment.id else None,
            method=words.method or None,
            reference=payment.reference,
            stripe_url=payment.stripe_url,
        )


@strawberry.type(description="A client's question, or an answer to one.")
class TimelineMessage:
    question_id: strawberry.ID = strawberry.field(description="The question's ID.")
    author: str = strawberry.field(description="The name of whoever wrote it.")
    text: str = strawberry.field(description="What was written; empty if it was deleted.")

    @classmethod
    def of(cls, message: entries.Message | None) -> Self | None:
        if message is None:
            return None
        return cls(
            question_id=strawberry.ID(str(message.question_id)),
            author=message.author,
            text=message.text,
        )


@strawberry.type(
    description="Something that happened, with sentences in English that are ready to be shown."
)
class TimelineEntry:
    id: strawberry.ID = strawberry.field(
        description="Tells it from the other entries of the company. Opens that are folded have "
        "the ID of the latest one."
    )
    kind: ActivityKind = strawberry.field(description="What happened.")
    tone: Tone = strawberry.field(description="How good news it is.")
    at: datetime = strawberry.field(description="When it happened; of opens, the latest one.")
    text: str = strawberry.field(
        description='What happened, for the page of the document: "Paid €20.00 by card".'
    )
    sentence: str = strawberry.field(
        description='What happened, for a feed: "Ada Lovelace paid €20.00 for INV-00001".'
    )
    details: list[str] = strawberry.field(description="What else is known, in a few words each.")
    actor: str | None = strawberry.field(
        description="The name of the user or API key that did it; null if nobody of the company "
        "did."
    )
    document: TimelineSubject | None = strawberry.field(
        description="The document; null if it happened to a customer."
    )
    customer: TimelineSubject | None = strawberry.field(description="The customer.")
    amount: Money | None = strawberry.field(description="The amount; null if there is none.")
    note: str | None = strawberry.field(
        description="Why, in the words of the one who did it, or what it was about."
    )
    signed_by: str | None = strawberry.field(
        description="The name that the client gave with the answer to a quote."
    )
    opens: TimelineOpens | None = strawberry.field(description="The views of OPENED and READ.")
    email: TimelineEmail | None = strawberry.field(description="The e-mail of EMAILED.")
    payment: TimelinePayment | None = strawberry.field(description="The payment, if it is known.")
    message: TimelineMessage | None = strawberry.field(description="The question or answer.")

    @classmethod
    def of(cls, entry: entries.Entry, language: str, now: datetime) -> Self:
        words = words_of(entry, language, now)
        return cls(
            id=strawberry.ID(entry.id),
            kind=entry.kind,
            tone=words.tone,
            at=entry.at,
            text=words.text,
            sentence=words.plain_sentence,
            details=list(words.details),
            actor=entry.actor,
            document=TimelineSubject.of(entry.document),
            customer=TimelineSubject.of(entry.customer),
            amount=Money.of(entry.amount, language) if entry.amount else None,
            note=entry.note,
            signed_by=entry.signed_by,
            opens=TimelineOpens.of(entry, now),
            email=TimelineEmail.of(entry.email),
            payment=TimelinePayment.of(entry.payment, words),
            message=TimelineMessage.of(entry.message),
        )


@strawberry.type(description="An entry with its cursor.")
class TimelineEdge:
    node: TimelineEntry = strawberry.field(description="The entry.")
    cursor: str = strawberry.field(description="The entry's opaque position in the timeline.")


@strawberry.type(description="A page of a timeline, newest entries first.")
class Timeline:
    edges: list[TimelineEdge] = strawberry.field(description="The entries of this page.")
    page_info: PageInfo = strawberry.field(description="How to get further pages.")

    @classmethod
    def of(cls, page: TimelinePage, language: str) -> Self:
        now = datetime.now(UTC)
        edges = [
            TimelineEdge(node=TimelineEntry.of(entry, language, now), cursor=cursor)
            for entry, cursor in zip(page.entries, page.cursors, strict=True)
        ]
        return cls(
            edges=edges,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=page.cursors[0] if page.cursors else None,
                end_cursor=page.end_cursor,
            ),
        )


async def timeline_of(info: Info, scope: Scope, first: int | None, after: str | None) -> Timeline:
    """Return a page of a timeline. Null means the same as omitting it. Raises BadInput."""
    size = TIMELINE_PAGE if first is None else first
    page = await load_timeline(info.context.staff, scope, size, after)
    return Timeline.of(page, info.context.viewer.language)
